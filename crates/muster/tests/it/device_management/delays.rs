//! `autopilot.delays = "realistic"`: how long things take, on the clock that is turned

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use super::profile_assignment::{
    all_devices, assigned, group_of, has, has_none, now as assignment, state, tagged,
};
use crate::MUSTER;
use crate::samples::{device, dynamic_group, group_target, hash, id, import_of, profile, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";

fn realistic(database: TestDatabase) -> TestServer {
    let config = Some("[autopilot]\ndelays = \"realistic\"\n".to_owned());
    TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() })
}

fn advance(caller: &TestCaller<'_>, span: &str) {
    caller.act("/_/clock", &json!({"advance": span})).is(200);
}

fn until(caller: &TestCaller<'_>, event: &str) {
    caller.act("/_/clock", &json!({"until": event})).is(200);
}

fn now(caller: &TestCaller<'_>) -> i64 {
    let now = caller.get("/_/clock").send().is(200).json();
    now["now"].as_str().and_then(testkit::in_utc).map_or(0, |now| now.as_second())
}

fn status(caller: &TestCaller<'_>, device: &str) -> String {
    let device = caller.read(&format!("{DEVICES}/{device}"));
    device["deploymentProfileAssignmentStatus"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_profile_by_group_takes_a_quarter_of_an_hour() {
    for database in TestDatabase::ALL {
        let server = realistic(database);
        let caller = server.caller();
        let rule = r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:Berlin")"#;
        let group = id(&caller.create("/beta/groups", &dynamic_group("G", rule)));
        let profile = id(&caller.create(PROFILES, &profile("P")));
        caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": group_target(&group)}));
        let devices = ["A", "B"].map(|serial| id(&caller.create(DEVICES, &device(serial))));
        settle(&caller);
        let begin = now(&caller);
        advance(&caller, "PT14M");
        assert_eq!(status(&caller, &devices[0]), "pending");
        until(&caller, &format!("assignment:{}", devices[0]));
        assert_eq!(status(&caller, &devices[0]), "assignedInSync");
        let seconds = now(&caller) - begin;
        assert!((840..=960).contains(&seconds), "{seconds}");
        // What is over takes no time, and for what will never be nobody waits.
        let over = now(&caller);
        until(&caller, &format!("assignment:{}", devices[0]));
        caller.act("/_/clock", &json!({"until": "assignment:nowhere"})).refused(404, &["until", "nowhere"]);
        assert!(now(&caller) - over <= 30);
        until(&caller, &format!("assignment:{}", devices[1]));
        // Both at once: the step of many is found by each of them.
        caller.change(&format!("{PROFILES}/{profile}"), &json!({"description": "changed"}));
        until(&caller, &format!("assignment:{}", devices[1]));
        assert_eq!(devices.each_ref().map(|device| status(&caller, device)), ["assignedInSync"; 2]);
        caller.act("/_/clock", &json!({"until": "assigned:x"})).refused(400, &["assignment:<id>"]);
    }
}

#[test]
fn the_profile_of_all_devices_is_there_at_once() {
    for database in TestDatabase::ALL {
        let server = realistic(database);
        let caller = server.caller();
        let device = id(&caller.create(DEVICES, &device("A")));
        settle(&caller);
        assert_eq!(status(&caller, &device), "notAssigned");
        let profile = id(&caller.create(PROFILES, &profile("P")));
        let everybody = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
        caller.create(&format!("{PROFILES}/{profile}/assignments"), &everybody);
        settle(&caller);
        assert_eq!(status(&caller, &device), "assignedInSync");
    }
}

#[test]
fn a_deletion_takes_minutes_and_its_device_is_taken_meanwhile() {
    for database in TestDatabase::ALL {
        let server = realistic(database);
        let caller = server.caller();
        let serial_number = unique("S");
        let import = || {
            let body = import_of(&serial_number, &hash(&serial_number, vec![]));
            let record = id(&caller.create(IMPORTS, &body));
            until(&caller, &format!("import:{record}"));
            caller.read(&format!("{IMPORTS}/{record}"))["state"].clone()
        };
        let begin = now(&caller);
        let device = import()["deviceRegistrationId"].as_str().unwrap_or_default().to_owned();
        assert!((95..=120).contains(&(now(&caller) - begin)));
        let path = format!("{DEVICES}/{device}");
        caller.remove(&path);
        let begin = now(&caller);
        assert_eq!(import()["deviceErrorCode"], 806);
        caller.delete(&path).send().refused(400, &["ZtdDeviceDeletionInProgess"]);
        until(&caller, &format!("deletion:{device}"));
        let seconds = now(&caller) - begin;
        assert!((600..=1_800).contains(&seconds), "{seconds}");
        caller.get(&path).send().refused(404, &[]);
        caller.delete(&path).send().refused(404, &[]);
        assert_eq!(import()["deviceImportStatus"], "complete");
    }
}

#[test]
fn what_follows_from_what_comes_due_is_due_within_the_same_turn() {
    for database in TestDatabase::ALL {
        let server = realistic(database);
        let caller = server.caller();
        let rule = r#"device.devicePhysicalIds -any (_ -contains "[ZTDID]")"#;
        let group = id(&caller.create("/beta/groups", &dynamic_group("G", rule)));
        let profile = id(&caller.create(PROFILES, &profile("P")));
        caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": group_target(&group)}));
        let record = id(&caller.create(IMPORTS, &import_of("A", &hash("A", Vec::new()))));
        // 95 seconds until it is registered, and a quarter of an hour until it has its profile.
        advance(&caller, "PT40M");
        let record = caller.read(&format!("{IMPORTS}/{record}"));
        let device = record["state"]["deviceRegistrationId"].as_str().unwrap_or_default();
        assert_eq!(status(&caller, device), "assignedInSync", "{database:?}");
    }
}

#[test]
fn each_step_of_an_assignment_takes_its_time() {
    for database in TestDatabase::ALL {
        let server = realistic(database);
        let caller = server.caller();
        let profile = assigned(&caller, "P", &[group_target(&group_of(&caller, "A"))]);
        let device = tagged(&caller, "A", "A");
        let pending = ("pending".to_owned(), Value::Null, json!("P"));
        assert_eq!(state(&caller, &device), pending);
        advance(&caller, "PT14M");
        assert_eq!(assignment(&caller, &device), pending);
        advance(&caller, "PT2M");
        assert_eq!(assignment(&caller, &device), has("P"));
        caller.change(&format!("{PROFILES}/{profile}"), &json!({"description": "new"}));
        assert_eq!(state(&caller, &device), ("pending".to_owned(), json!("P"), json!("P")));
        advance(&caller, "PT15M");
        assert_eq!(assignment(&caller, &device), has("P"));
        // What is for all devices takes no time.
        let other = tagged(&caller, "B", "B");
        assert_eq!(state(&caller, &other), has_none());
        assigned(&caller, "Default", &[all_devices()]);
        assert_eq!(state(&caller, &other), has("Default"));
        let other = caller.read(&format!("{DEVICES}/{other}"));
        assert_eq!(other["deploymentProfileAssignmentDetailedStatus"], "none");
    }
}
