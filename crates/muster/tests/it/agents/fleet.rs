//! `muster simulate`: a thousand devices with faults, after which everything agrees

use std::collections::HashMap;
use std::process::{Command, Output};

use domain::hardware_hash::to_base64;
use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use super::{DEVICES, code};
use crate::MUSTER;
use crate::samples::{configuration, id, settle};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const SETTINGS: &str =
    "[cctk]\r\nCamera=Disabled\r\nWakeOnLan=Disabled\r\nTpmSecurity=Enabled\r\nNumLock=Enabled\r\n";

fn simulate(server: &TestServer, code: &str, machines: usize, more: &[&str]) -> Output {
    let mut command = Command::new(MUSTER);
    command.env_clear().args([
        "simulate",
        &machines.to_string(),
        "--server",
        server.origin(),
        "--enroll",
        code,
    ]);
    command.args(more).output().expect("a process")
}

#[track_caller]
fn configured(caller: &TestCaller<'_>) -> String {
    let mut body = configuration("Lock down");
    body["configurationFileContent"] = json!(to_base64(SETTINGS.as_bytes()));
    let path = format!("{CONFIGURATIONS}/{}", id(&caller.create(CONFIGURATIONS, &body)));
    let target = json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"});
    let assignments = json!({"hardwareConfigurationAssignments": [{"target": target}]});
    caller.act(&format!("{path}/assign"), &assignments).is(200);
    path
}

/// The password of each Dell machine is the current one of its record, and the others have none.
fn check_passwords(caller: &TestCaller<'_>, devices: &[&Value], registered: &[Value]) {
    let records: HashMap<String, Value> =
        caller.list("hardwarePasswordDetails").into_iter().map(|record| (id(&record), record)).collect();
    let records_of: HashMap<String, String> = registered
        .iter()
        .map(|device| (id(device), device["managedDeviceId"].as_str().unwrap_or_default().to_owned()))
        .collect();
    for device in devices {
        let record = device["deviceId"].as_str().and_then(|id| records.get(records_of.get(id)?));
        let current = record.and_then(|record| record["currentPassword"].as_str()).unwrap_or_default();
        assert_eq!(device["adminPassword"], current, "{device}");
        // Some have a longer one: somebody has set the least length in BIOS Setup.
        let lengths = if device["vendor"] == "dell" { 20..=32 } else { 0..=0 };
        assert!(lengths.contains(&current.len()), "{device}");
    }
}

/// Runs a fleet, half of it through another server if there is one, and checks that all agrees at the end.
fn a_fleet_ends_well(servers: &[&TestServer], machines: usize) {
    let caller = servers[0].caller();
    let path = configured(&caller);
    let code = code(&caller, &json!({"quota": machines}));
    let folder = tempfile::tempdir().expect("a folder");
    let each = machines / servers.len();
    let reports: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = servers
            .iter()
            .enumerate()
            .map(|(at, server)| {
                let (code, file) = (&code, folder.path().join(format!("{at}.json")));
                scope.spawn(move || {
                    let (seed, report) = ((at + 7).to_string(), file.display().to_string());
                    let more = [
                        "--vendor", "mix", "--faults", "20", "--for", "PT6S", "--pause", "PT3S", "--seed",
                        &seed, "--report", &report,
                    ];
                    let output = simulate(server, code, each, &more);
                    let said = String::from_utf8_lossy(&output.stderr).into_owned();
                    assert!(
                        output.status.success(),
                        "{said}\n{}",
                        server.log().lines().last().unwrap_or_default()
                    );
                    assert!(String::from_utf8_lossy(&output.stdout).contains("check-ins"), "a closing table");
                    serde_json::from_slice(&std::fs::read(&file).expect("a report")).expect("JSON")
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("a fleet")).collect()
    });
    settle(&caller);
    let devices: Vec<&Value> =
        reports.iter().flat_map(|report| report["machines"].as_array().into_iter().flatten()).collect();
    assert_eq!(devices.len(), machines);
    let faults: u64 = reports.iter().filter_map(|report| report["sums"]["faults"].as_u64()).sum();
    assert!(faults as usize > machines / 10, "{faults} faults");

    let registered = caller.list(DEVICES);
    assert_eq!(registered.len(), machines, "each device is registered once");
    assert!(registered.iter().all(|device| device["enrollmentState"] == "enrolled"));
    let states: HashMap<String, String> = caller
        .list(&format!("{path}/deviceRunStates"))
        .iter()
        .map(|state| (id(state), state["configurationState"].as_str().unwrap_or_default().to_owned()))
        .collect();
    check_passwords(&caller, &devices, &registered);
    for device in devices {
        let state = device["deviceId"].as_str().and_then(|id| states.get(id)).map(String::as_str);
        let (expected, run) = match device["vendor"].as_str() {
            Some("dell") => ("success", "applied"),
            _ => ("notApplicable", "none"),
        };
        assert_eq!((state, device["lastRun"].as_str()), (Some(expected), Some(run)), "{device}");
    }
    let summary = caller.read(&format!("{path}/runSummary"));
    let count = |name: &str| states.values().filter(|state| *state == name).count();
    for (counter, name) in [
        ("successfulDeviceCount", "success"),
        ("failedDeviceCount", "fail"),
        ("errorDeviceCount", "scriptError"),
        ("pendingDeviceCount", "pending"),
        ("unknownDeviceCount", "unknown"),
        ("notApplicableDeviceCount", "notApplicable"),
    ] {
        assert_eq!(summary[counter], count(name), "{counter} of {summary}");
    }
    let code = caller.list("musterEnrollmentCodes").remove(0);
    assert_eq!(code["usedCount"], machines);
}

fn plain(database: TestDatabase) -> TestServer {
    TestServer::start(MUSTER, database, ServerOptions { plain_http: true, ..ServerOptions::default() })
}

#[test]
fn a_thousand_devices_with_faults_end_well_on_sqlite() {
    a_fleet_ends_well(&[&plain(TestDatabase::Sqlite)], 1_000);
}

#[test]
fn a_thousand_devices_with_faults_end_well_on_two_servers_with_one_postgres() {
    let one = plain(TestDatabase::Postgres);
    let other = one.another();
    a_fleet_ends_well(&[&one, &other], 1_000);
}
