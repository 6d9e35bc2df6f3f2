//! `muster agent` as a real process, as an ordinary user, on a tree of files: from a code to a changed setting, and ended at
//! every stage

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use agent::{SimulatedFirmware, Vendor, write_tree};
use domain::hardware_hash::to_base64;
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{TestCaller, TestServer};
use uuid::Uuid;

use super::{DEVICES, code};
use crate::MUSTER;
use crate::samples::{configuration, id};

const CONFIGURATIONS: &str = "hardwareConfigurations";
/// Nobody's, for whom modes of files hold.
const ORDINARY_USER: u32 = 65_534;
/// More stages than a check-in has.
const STAGES_MAX: u64 = 200;

both![
    a_code_leads_to_a_changed_setting,
    what_is_refused_is_said_and_nothing_is_written,
    an_agent_that_is_not_enrolled_or_not_trusted_says_so,
    an_agent_may_be_ended_at_every_stage,
];

/// A machine whose BIOS is a tree of files, and the user that its agent runs as.
struct Machine {
    folder: TempDir,
    server: String,
    authority: PathBuf,
}

impl Machine {
    fn new(server: &TestServer, seed: u64) -> Machine {
        let folder = tempfile::tempdir().expect("a folder");
        write_tree(&folder.path().join("tree"), &SimulatedFirmware::new(Vendor::Dell, seed)).expect("a tree");
        // Each test has a machine of its own, whatever the seed.
        let uuid = folder.path().join("tree/dmi/product_uuid");
        let serial = folder.path().join("tree/dmi/product_serial");
        for (file, text) in [(uuid, Uuid::new_v4().to_string()), (serial, crate::samples::unique("S"))] {
            fs::remove_file(&file).expect("a file");
            fs::write(&file, text).expect("a file");
        }
        let authority = folder.path().join("ca.pem");
        fs::copy(server.authority_file(), &authority).expect("a file");
        let machine = Machine { folder, server: server.origin().to_owned(), authority };
        if is_root() {
            give_away(machine.folder.path());
        }
        machine
    }

    fn command(&self, more: &[&str]) -> Command {
        self.command_to(&self.server, more)
    }

    fn command_to(&self, server: &str, more: &[&str]) -> Command {
        let mut command = Command::new(MUSTER);
        command.env_clear().current_dir(self.folder.path()).arg("agent");
        command.args(["--server", server, "--once", "--state", "state"]);
        command.args(["--fwattr-root", "tree/firmware-attributes", "--dmi-root", "tree/dmi"]);
        command.arg("--ca").arg(&self.authority).args(more);
        if is_root() {
            command.uid(ORDINARY_USER).gid(ORDINARY_USER);
        }
        command
    }

    fn run(&self, more: &[&str]) -> Output {
        self.command(more).output().expect("a process")
    }

    #[track_caller]
    fn goes_well(&self, more: &[&str]) -> String {
        let output = self.run(more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{more:?}: {said}");
        said
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder
            .path()
            .join("tree/firmware-attributes/dell-wmi-sysman/attributes")
            .join(name)
            .join("current_value")
    }

    fn value(&self, name: &str) -> String {
        fs::read_to_string(self.file(name)).expect("a value").trim().to_owned()
    }

    /// Somebody changes a setting in BIOS Setup.
    fn change(&self, name: &str, value: &str) {
        fs::write(self.file(name), value).expect("a value");
    }

    fn values(&self, names: &[(&str, &str)]) -> Vec<String> {
        names.iter().map(|(name, _)| self.value(name)).collect()
    }
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|metadata| std::os::unix::fs::MetadataExt::uid(&metadata) == 0)
}

fn give_away(path: &Path) {
    chown(path, Some(ORDINARY_USER), Some(ORDINARY_USER)).expect("an owner");
    if path.is_dir() {
        for entry in fs::read_dir(path).expect("a folder") {
            give_away(&entry.expect("an entry").path());
        }
    }
}

/// A file with these settings, in Base64.
fn file(settings: &[(&str, &str)]) -> String {
    let lines: String = settings.iter().map(|(name, value)| format!("{name}={value}\r\n")).collect();
    to_base64(format!("[cctk]\r\n{lines}").as_bytes())
}

/// A configuration with these settings that is meant for all devices; its path.
#[track_caller]
fn configured(caller: &TestCaller<'_>, settings: &[(&str, &str)]) -> String {
    let mut body = configuration("Lock down");
    body["configurationFileContent"] = json!(file(settings));
    let path = format!("{CONFIGURATIONS}/{}", id(&caller.create(CONFIGURATIONS, &body)));
    let target = json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"});
    let assignments = json!({"hardwareConfigurationAssignments": [{"target": target}]});
    caller.act(&format!("{path}/assign"), &assignments).is(200);
    path
}

/// The state of the one device under a configuration, and the counters, which always agree with it.
#[track_caller]
fn state(caller: &TestCaller<'_>, configuration: &str) -> Value {
    let states = caller.list(&format!("{configuration}/deviceRunStates"));
    assert_eq!(states.len(), 1, "{states:?}");
    let summary = caller.read(&format!("{configuration}/runSummary"));
    let state = states[0]["configurationState"].as_str().unwrap_or_default();
    for (counter, name) in [
        ("successfulDeviceCount", "success"),
        ("failedDeviceCount", "fail"),
        ("errorDeviceCount", "scriptError"),
        ("pendingDeviceCount", "pending"),
        ("unknownDeviceCount", "unknown"),
        ("notApplicableDeviceCount", "notApplicable"),
    ] {
        assert_eq!(summary[counter], u64::from(state == name), "{counter} of {summary} for {state}");
    }
    states[0].clone()
}

fn a_code_leads_to_a_changed_setting(server: &TestServer) {
    let caller = server.caller();
    let machine = Machine::new(server, 1);
    machine.change("WakeOnLan", "LanOnly");
    let settings = [("wakeonlan", "disabled"), ("UefiNwStack", "Disabled"), ("AutoOnHr", "0")];
    let path = configured(&caller, &settings[..2]);
    let made =
        server.run("enroll-code", &["--tenant", &caller.tenant_id().to_string(), "--group-tag", "Lab"]);
    let code = String::from_utf8(made.stdout).expect("a code");
    let said = machine.goes_well(&["--enroll", code.trim()]);
    assert!(said.contains("changed"), "{said}");
    assert_eq!([machine.value("WakeOnLan"), machine.value("UefiNwStack")], ["Disabled", "Disabled"]);

    let device = caller.list(DEVICES).remove(0);
    assert_eq!((&device["groupTag"], &device["enrollmentState"]), (&json!("Lab"), &json!("enrolled")));
    let shown = state(&caller, &path);
    assert_eq!(shown["configurationState"], "success");
    assert_eq!(shown["internalVersion"], 1);
    assert_eq!(shown["id"], device["id"]);
    let output: Value =
        serde_json::from_str(shown["configurationOutput"].as_str().unwrap_or_default()).expect("a report");
    let names: Vec<&str> = output["results"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|result| result["name"].as_str())
        .collect();
    assert!(names.contains(&"WakeOnLan") && names.contains(&"UefiNwStack"), "{output}");

    let said = machine.goes_well(&[]);
    assert!(said.contains("nothing to do"), "{said}");
    machine.change("WakeOnLan", "LanWlan");
    machine.goes_well(&[]);
    assert_eq!(machine.value("WakeOnLan"), "Disabled", "drift is mended");
    assert_eq!(state(&caller, &path)["configurationState"], "success");

    caller.change(&path, &json!({"configurationFileContent": file(&[("Camera", "Disabled")])}));
    machine.goes_well(&[]);
    assert_eq!(machine.value("Camera"), "Disabled");
    assert_eq!(state(&caller, &path)["internalVersion"], 2);
    let key = fs::metadata(machine.folder.path().join("state/key")).expect("a key");
    assert_eq!(key.permissions().mode() & 0o777, 0o600);
}

fn what_is_refused_is_said_and_nothing_is_written(server: &TestServer) {
    let caller = server.caller();
    let machine = Machine::new(server, 2);
    let settings = [("Camera", "Disabled"), ("WakeOnLan", "Sometimes")];
    let path = configured(&caller, &settings);
    let before = machine.values(&settings);
    let said = machine.goes_well(&["--enroll", &code(&caller, &json!({}))]);
    assert!(said.contains("1 refused") || said.contains("2 refused"), "{said}");
    assert_eq!(machine.values(&settings), before, "all or nothing");
    let shown = state(&caller, &path);
    assert_eq!(shown["configurationState"], "fail");
    assert!(shown["configurationError"].as_str().is_some_and(|error| error.contains("WakeOnLan")), "{shown}");

    // A file that this user may not write is a refusal of the BIOS.
    caller.change(
        &path,
        &json!({"configurationFileContent": file(&[("Camera", "Disabled"), ("NumLock", "Disabled")])}),
    );
    machine.change("Camera", "Enabled");
    machine.change("NumLock", "Enabled");
    fs::set_permissions(machine.file("NumLock"), fs::Permissions::from_mode(0o400)).expect("a mode");
    machine.goes_well(&[]);
    assert_eq!([machine.value("Camera"), machine.value("NumLock")], ["Enabled", "Enabled"]);
    let shown = state(&caller, &path);
    assert_eq!(shown["configurationState"], "fail");
    assert!(shown["configurationError"].as_str().is_some_and(|error| error.contains("NumLock")), "{shown}");

    // It is tried again, and goes well as soon as it can.
    fs::set_permissions(machine.file("NumLock"), fs::Permissions::from_mode(0o600)).expect("a mode");
    machine.goes_well(&[]);
    assert_eq!([machine.value("Camera"), machine.value("NumLock")], ["Disabled", "Disabled"]);
    assert_eq!(state(&caller, &path)["configurationState"], "success");
}

fn an_agent_that_is_not_enrolled_or_not_trusted_says_so(server: &TestServer) {
    let caller = server.caller();
    let machine = Machine::new(server, 3);
    let fails = |more: &[&str], words: &str| {
        let output = machine.run(more);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && said.contains(words), "{more:?}: {said}");
    };
    fails(&[], "--enroll");
    fails(&["--enroll", "abc"], "no such enrollment code");
    machine.goes_well(&["--enroll", &code(&caller, &json!({}))]);
    let device = format!("{DEVICES}/{}", id(&caller.list(DEVICES)[0]));
    caller.remove(&format!("{device}/musterAgent"));
    fails(&[], "enroll it anew");
    fails(&["--enroll", "abc"], "no such enrollment code");
    machine.goes_well(&["--enroll", &code(&caller, &json!({}))]);
    machine.goes_well(&[]);
}

/// After each end the state and the counters agree, nothing is called a success that is none, and the next agent makes it
/// good.
fn an_agent_may_be_ended_at_every_stage(server: &TestServer) {
    let caller = server.caller();
    let machine = Machine::new(server, 4);
    let sets = [
        [("Camera", "Disabled"), ("WakeOnLan", "LanOnly"), ("NumLock", "Disabled")],
        [("Camera", "Enabled"), ("WakeOnLan", "Disabled"), ("NumLock", "Enabled")],
    ];
    let wanted = |set: &[(&str, &str)]| set.iter().map(|(_, value)| (*value).to_owned()).collect::<Vec<_>>();
    let path = configured(&caller, &sets[0]);
    machine.goes_well(&["--enroll", &code(&caller, &json!({}))]);
    let mut stages = 0;
    for stage in 0..STAGES_MAX {
        let set = &sets[usize::from(stage % 2 == 0)];
        let before = machine.values(set);
        let version =
            caller.change(&path, &json!({"configurationFileContent": file(set)}))["version"].clone();
        let ended =
            machine.command(&[]).env("MUSTER_AGENT_END_AT", stage.to_string()).output().expect("a process");
        let shown = state(&caller, &path);
        if shown["configurationState"] == "success" && shown["internalVersion"] == version {
            assert_eq!(machine.values(set), wanted(set), "stage {stage}: a success that is none");
        }
        if !ended.status.success() {
            // The next one, which cannot reach the server, leaves all as it was or all as it shall be.
            let alone = machine.command_to("https://127.0.0.1:1", &[]).output().expect("a process");
            assert_eq!(alone.status.code(), Some(1));
            let values = machine.values(set);
            assert!(values == before || values == wanted(set), "stage {stage}: half is written: {values:?}");
        }
        machine.goes_well(&[]);
        assert_eq!(machine.values(set), wanted(set), "stage {stage}");
        let shown = state(&caller, &path);
        assert_eq!(
            (&shown["configurationState"], &shown["internalVersion"]),
            (&json!("success"), &version),
            "{stage}"
        );
        if ended.status.success() {
            stages = stage;
            break;
        }
    }
    assert!((20..STAGES_MAX).contains(&stages), "{stages} stages");
}
