//! `muster agent` as a real process, as an ordinary user, on a tree of files: from a code to a changed setting, and ended at
//! every stage

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use testkit::TestServer;

use super::machine::{Machine, configured, file, state};
use super::{DEVICES, code};
use crate::samples::id;

/// More stages than a check-in has.
const STAGES_MAX: u64 = 200;

both![
    a_code_leads_to_a_changed_setting,
    what_is_refused_is_said_and_nothing_is_written,
    an_agent_that_is_not_enrolled_or_not_trusted_says_so,
    an_agent_may_be_ended_at_every_stage,
];

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
