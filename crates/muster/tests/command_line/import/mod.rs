//! `muster import`, against a server of its own.

mod interruption;
mod makers;
mod row;

use std::path::Path;
use std::process::Output;

use serde_json::{Value, json};

use crate::{DevServer, get, muster, run};

const HEADER: &str = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User\n";
const REPORT: &str = "line,serialNumber,result,code,name,cause,remedy,deviceId";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const RECORDS: &str = "importedWindowsAutopilotDeviceIdentities";

fn serve(folder: &Path) -> DevServer {
    DevServer::start(folder, &["--dev", "--plain-http"])
}

/// What is no hash, and so a device's name: a dev server takes it.
fn opaque(name: &str) -> String {
    data_encoding::BASE64.encode(format!("opaque {name}").as_bytes())
}

fn row(serial_number: &str) -> String {
    format!("{serial_number},,{},Berlin,\n", opaque(serial_number))
}

fn rows(count: usize) -> String {
    HEADER.to_owned() + &(0..count).map(|number| row(&format!("S-{number}"))).collect::<String>()
}

/// A list of the default tenant's, or another's.
fn list(server: &DevServer, folder: &Path, set: &str, tenant: &[&str]) -> Vec<Value> {
    let token = run(folder, &[&["token"], tenant].concat()).stdout;
    let token = String::from_utf8(token).unwrap();
    let (mut items, mut path) = (Vec::new(), Some(format!("/beta/deviceManagement/{set}?$top=1000")));
    while let Some(from) = path {
        let answer = get(server, &from, token.trim());
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let start = body.find('{').unwrap();
        let end = body.rfind('}').unwrap();
        let page: Value = serde_json::from_str(&body[start..=end]).unwrap();
        items.extend(page["value"].as_array().unwrap().iter().cloned());
        let next = page["@odata.nextLink"].as_str();
        path = next.map(|next| next[next.find("/beta").unwrap()..].to_owned());
    }
    items
}

fn lines(text: &[u8]) -> Vec<&str> {
    std::str::from_utf8(text).unwrap().lines().collect()
}

#[track_caller]
fn report(folder: &Path, name: &str) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    assert_eq!(text.lines().next(), Some(REPORT));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[track_caller]
fn exits(output: &Output, code: i32) {
    let said = [output.stdout.as_slice(), &output.stderr].concat();
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&said));
}

#[test]
fn each_row_is_told_what_became_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    let theirs = ["--tenant", "11111111-1111-4111-8111-111111111111"];
    std::fs::write(here.join("theirs.csv"), HEADER.to_owned() + &row("THEIRS")).unwrap();
    exits(&run(here, &[&["import", "theirs.csv"], &theirs[..]].concat()), 0);
    assert_eq!(list(&server, here, DEVICES, &theirs).len(), 1);

    let mixed = [
        HEADER,
        &row("A-1"),
        "A-2,,no Base64!,,\n",
        &row("THEIRS"),
        &row("A-1"),
        "A-3,,,,\n",
        "A-4,,b3BhcXVl,,nobody\n",
    ];
    std::fs::write(here.join("mixed.csv"), mixed.concat()).unwrap();
    let output = run(here, &["import", "mixed.csv", "--report", "report.csv", "--group-tag", "Kiosk"]);
    exits(&output, 1);
    let said = lines(&output.stdout);
    assert!(said[0].starts_with("mixed.csv:3: error hash-not-base64: "), "{said:?}");
    assert_eq!(
        said[1],
        "mixed.csv:4: error 808 ZtdDeviceAssignedToOtherTenant: another tenant has the device. Have that tenant delete the device, then import the row again."
    );
    assert_eq!(said[4], "rows: 6, registered: 1, already registered: 1, failed: 4");
    let devices = list(&server, here, DEVICES, &[]);
    assert_eq!(devices.len(), 1);
    assert_eq!((&devices[0]["serialNumber"], &devices[0]["groupTag"]), (&json!("A-1"), &json!("Kiosk")));

    let report = report(here, "report.csv");
    let told: Vec<[&str; 4]> = report.iter().map(|row| [&*row[0], &row[1], &row[2], &row[3]]).collect();
    assert_eq!(
        told,
        [
            ["2", "A-1", "registered", ""],
            ["3", "A-2", "error", "hash-not-base64"],
            ["4", "THEIRS", "error", "808"],
            ["5", "A-1", "alreadyRegistered", ""],
            ["6", "A-3", "error", "hash-missing"],
            ["7", "A-4", "error", "assigned-user"],
        ]
    );
    let id = devices[0]["id"].as_str().unwrap();
    assert_eq!([&*report[0][7], &report[3][7]], [id, id]);
    assert_eq!(report[2][4], "ZtdDeviceAssignedToOtherTenant");
    assert!(
        report.iter().filter(|row| row[2] == "error").all(|row| !row[5].is_empty() && !row[6].is_empty())
    );
}

#[test]
fn a_second_run_registers_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = serve(here);
    std::fs::write(here.join("list.csv"), rows(30)).unwrap();
    for (result, summary) in [
        ("registered", "rows: 30, registered: 30, already registered: 0, failed: 0"),
        ("alreadyRegistered", "rows: 30, registered: 0, already registered: 30, failed: 0"),
    ] {
        let output = run(here, &["import", "list.csv", "--report", "report.csv", "--batch-size", "7"]);
        exits(&output, 0);
        assert_eq!(lines(&output.stdout), [summary]);
        let report = report(here, "report.csv");
        let devices = list(&server, here, DEVICES, &[]);
        assert_eq!((report.len(), devices.len()), (30, 30));
        for row in report {
            let device = devices.iter().find(|device| device["serialNumber"] == *row[1]).unwrap();
            assert_eq!((&*row[2], &*row[7]), (result, device["id"].as_str().unwrap()));
        }
        assert!(!here.join("list.csv.import-state").exists(), "what has ended leaves nothing behind");
    }
}

#[test]
fn what_is_no_list_is_told_and_nothing_is_sent() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::create_dir(here.join("muster-data")).unwrap();
    for (content, code) in [
        (&b"Serial,Hash\nA,b\n"[..], "header-missing"),
        (b"Device Serial Number,Hardware Hash\n", "header-missing-column"),
        (b"Device Serial Number;Hardware Hash\n", "header-missing-column"),
        (b"\xff\xfeD\0", "header-missing"),
        (b"\xff\xfeD", "encoding-damaged"),
        (b"PK\x03\x04", "file-not-text"),
        (b"", "file-empty"),
    ] {
        std::fs::write(here.join("list.csv"), content).unwrap();
        let output = run(here, &["import", "list.csv"]);
        exits(&output, 1);
        assert!(lines(&output.stdout).iter().any(|line| line.contains(code)), "{code}: {output:?}");
    }
}

#[test]
fn a_dry_run_writes_nothing_and_needs_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let mut server = serve(here);
    std::fs::write(here.join("one.csv"), HEADER.to_owned() + &row("S-1")).unwrap();
    exits(&run(here, &["import", "one.csv"]), 0);
    std::fs::write(here.join("list.csv"), rows(3) + "A,,no Base64!,,\n").unwrap();
    let arguments = ["import", "list.csv", "--dry-run", "--report", "report.csv"];
    let output = run(here, &arguments);
    exits(&output, 1);
    let summary = *lines(&output.stdout).last().unwrap();
    assert_eq!(summary, "rows: 4, would be registered: 2, already registered: 1, failed: 1");
    let results: Vec<String> = report(here, "report.csv").into_iter().map(|row| row[2].clone()).collect();
    assert_eq!(results, ["wouldRegister", "alreadyRegistered", "wouldRegister", "error"]);
    assert_eq!(list(&server, here, DEVICES, &[]).len(), 1);
    assert_eq!(list(&server, here, RECORDS, &[]).len(), 1);

    server.terminate();
    assert_eq!(server.exit_code(), Some(0));
    let output = run(here, &arguments);
    exits(&output, 1);
    let summary = *lines(&output.stdout).last().unwrap();
    assert_eq!(summary, "rows: 4, would be registered: 3, already registered: 0, failed: 1");
    assert_eq!(lines(&output.stderr).len(), 1, "{output:?}");
}

#[test]
fn what_the_server_refuses_as_a_whole_ends_the_import() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let _server = serve(here);
    std::fs::write(here.join("list.csv"), rows(3)).unwrap();
    let reader = run(here, &["token", "--permission", "DeviceManagementServiceConfig.Read.All"]).stdout;
    let origin = std::fs::read_to_string(here.join("muster-data/origin")).unwrap();
    for (token, named) in [
        (String::from_utf8(reader).unwrap(), "DeviceManagementServiceConfig.ReadWrite.All"),
        ("x.y.z".to_owned(), "401"),
    ] {
        let output = run(here, &["import", "list.csv", "--token", token.trim(), "--url", &origin]);
        exits(&output, 1);
        let said = lines(&output.stderr);
        assert!(said.len() == 1 && said[0].contains(named), "{said:?}");
        assert!(said[0].contains("run the same command again"), "{said:?}");
        std::fs::remove_file(here.join("list.csv.import-state")).unwrap();
    }
}

#[test]
fn hashes_that_hold_are_imported_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let server = DevServer::start(here, &["--dev"]);
    let arguments = ["hash", "build", "--manufacturer", "Example Corp", "--serial", "T-1", "--tpm", "T-1"];
    let hash = String::from_utf8(run(here, &arguments).stdout).unwrap();
    std::fs::write(here.join("list.csv"), format!("{HEADER},,{},,\n", hash.trim_end())).unwrap();
    let elsewhere = server.origin.replace("127.0.0.1", "localhost");
    let output = run(here, &["import", "list.csv", "--report", "report.csv", "--url", &elsewhere]);
    exits(&output, 1);
    assert!(lines(&output.stderr)[0].contains("--ca FILE"), "whom to trust is not said: {output:?}");
    std::fs::remove_file(here.join("list.csv.import-state")).unwrap();
    exits(&run(here, &["import", "list.csv", "--report", "report.csv"]), 0);
    assert_eq!(report(here, "report.csv")[0][..3], ["2", "T-1", "registered"]);

    let environment = String::from_utf8(run(here, &["env"]).stdout).unwrap();
    let mut command = muster(here);
    for line in environment.lines() {
        let (name, value) = line.strip_prefix("export ").unwrap().split_once('=').unwrap();
        command.env(name, value.trim_matches('\''));
    }
    exits(&command.args(["import", "list.csv", "--report", "report.csv"]).output().unwrap(), 0);
    assert_eq!(report(here, "report.csv")[0][..3], ["2", "T-1", "alreadyRegistered"]);
}
