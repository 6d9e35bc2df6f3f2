//! Whatever is under way goes on where it was, however often the server is killed: the import of devices, the way to
//! their profiles, and their deletion

use serde_json::json;
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use crate::MUSTER;
use crate::samples::{dynamic_group, group_target, hash, id, import_of, profile, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
/// How many devices go the whole way, and how often each step of it is cut short.
const DEVICES_HELD: usize = 60;
const KILLS_EACH: u64 = 5;

/// A server that is killed in the middle of things.
struct Killed {
    server: TestServer,
    tenant: Uuid,
    kills: u64,
}

impl Killed {
    fn caller(&self) -> TestCaller<'_> {
        self.server.caller().tenant(self.tenant)
    }

    /// Turns the clock on, and kills the server while it does what comes due; then starts it again.
    fn cut_short(&mut self, span: &str) {
        for _ in 0..KILLS_EACH {
            self.kills += 1;
            let milliseconds = self.kills * 13 % 60;
            let caller = self.caller();
            caller.token();
            let server = &self.server;
            std::thread::scope(|scope| {
                // Its answer may never come.
                scope.spawn(move || drop(caller.post("/_/clock").json(&json!({"advance": span})).attempt()));
                std::thread::sleep(std::time::Duration::from_millis(milliseconds));
                server.kill_now();
            });
            self.server.kill();
            self.server.start_again();
        }
        // The clock of each process begins anew; this one goes beyond all before.
        let hours = json!({"advance": format!("PT{}H", self.kills)});
        self.caller().act("/_/clock", &hours).is(200);
    }
}

fn the_whole_way(database: TestDatabase) {
    let config = Some("[autopilot]\ndelays = \"realistic\"\n".to_owned());
    let server = TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
    let tenant = server.caller().tenant_id();
    let mut killed = Killed { server, tenant, kills: 0 };
    let profile_id = {
        let caller = killed.caller();
        let rule = r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:Kiosk")"#;
        let group = id(&caller.create("/beta/groups", &dynamic_group("Kiosks", rule)));
        let profile = id(&caller.create(PROFILES, &profile("P")));
        caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": group_target(&group)}));
        profile
    };
    let serials: Vec<String> = (0..DEVICES_HELD).map(|_| unique("S")).collect();
    let items: Vec<_> = serials
        .iter()
        .map(|serial| {
            let mut item = import_of(serial, &hash(serial, vec![]));
            item["groupTag"] = json!("Kiosk");
            item
        })
        .collect();
    killed.caller().act(&format!("{IMPORTS}/import"), &json!({IMPORTS: items})).is(200);

    killed.cut_short("PT2M");
    let records = killed.caller().list(IMPORTS);
    assert!(records.iter().all(|record| record["state"]["deviceImportStatus"] == "complete"), "{records:?}");
    assert_eq!(records.len(), DEVICES_HELD);
    assert_eq!(killed.caller().list(DEVICES).len(), DEVICES_HELD, "each device once");
    assert_eq!(killed.caller().list("/beta/devices").len(), DEVICES_HELD, "and in the directory");

    killed.cut_short("PT40M");
    let devices = killed.caller().list(&format!("{DEVICES}?$expand=deploymentProfile"));
    for device in &devices {
        assert_eq!(device["deploymentProfileAssignmentStatus"], "assignedInSync", "{device}");
        assert_eq!(device["deploymentProfile"]["id"], json!(profile_id), "{device}");
    }

    let gone =
        killed.caller().act(&format!("{DEVICES}/deleteDevices"), &json!({"serialNumbers": serials})).is(200);
    let states = gone.json()["value"].as_array().cloned().unwrap_or_default();
    assert!(states.iter().all(|state| state["deletionState"] == "accepted"), "{states:?}");
    killed.cut_short("PT1H");
    assert!(killed.caller().list(DEVICES).is_empty());
    assert!(killed.caller().list("/beta/devices").is_empty());
    // Nobody has them any more.
    let elsewhere = killed.server.caller();
    elsewhere.act(&format!("{IMPORTS}/import"), &json!({IMPORTS: items})).is(200);
    elsewhere.act("/_/clock", &json!({"advance": "PT2M"})).is(200);
    let records = elsewhere.list(IMPORTS);
    assert!(records.iter().all(|record| record["state"]["deviceImportStatus"] == "complete"), "{records:?}");
}

#[test]
fn every_step_survives_on_sqlite() {
    the_whole_way(TestDatabase::Sqlite);
}

#[test]
fn every_step_survives_on_postgres() {
    the_whole_way(TestDatabase::Postgres);
}
