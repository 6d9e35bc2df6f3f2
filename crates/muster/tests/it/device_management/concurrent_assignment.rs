//! Devices, rules and assignments that change at the same time, by several callers and on several servers: when all is
//! done, each device has the profile that the rules say, whoever was faster.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use super::profile_assignment::{all_devices, excluded};
use crate::MUSTER;
use crate::samples::{Dice, dynamic_group, group_target, id, profile, settle, static_group};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const TAGS: [&str; 3] = ["A", "B", "C"];
const NAMES: [&str; 3] = ["PC-1", "PC-2", "TV-1"];
const RULES: [&str; 5] = [
    r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:A")"#,
    r#"device.devicePhysicalIds -any (_ -in ["[OrderID]:A", "[OrderID]:B"])"#,
    r#"device.displayName -startsWith "PC""#,
    r#"device.deviceModel -eq null"#,
    r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:C")) -or (device.displayName -eq "TV-1")"#,
];
const CALLERS: usize = 6;
const STEPS: usize = 30;

/// What the callers change.
struct Fleet {
    tenant: Uuid,
    profiles: Vec<String>,
    rules: Vec<String>,
    lobby: String,
    /// The devices that are changed, beside those that are made.
    devices: Vec<String>,
}

impl Fleet {
    fn new(caller: &TestCaller<'_>) -> Fleet {
        let profiles = ["P1", "P2", "P3"].map(|name| id(&caller.create(PROFILES, &profile(name))));
        let rules =
            ["G1", "G2"].map(|name| id(&caller.create("/beta/groups", &dynamic_group(name, RULES[0]))));
        let device = |number: usize| {
            let body = json!({"serialNumber": format!("S{number}"), "groupTag": TAGS[number % TAGS.len()]});
            id(&caller.create(DEVICES, &body))
        };
        Fleet {
            tenant: caller.tenant_id(),
            profiles: profiles.into(),
            rules: rules.into(),
            lobby: id(&caller.create("/beta/groups", &static_group("Lobby"))),
            devices: (0..12).map(device).collect(),
        }
    }

    fn target(&self, dice: &mut Dice) -> Value {
        let group = match dice.below(3) {
            0 => &self.lobby,
            other => &self.rules[other - 1],
        };
        match dice.below(6) {
            0 => excluded(group),
            1 => all_devices(),
            _ => group_target(group),
        }
    }

    /// One change of anything, which others may be faster than.
    fn step(&self, caller: &TestCaller<'_>, dice: &mut Dice) {
        let device = &self.devices[dice.below(self.devices.len())];
        let rule = format!("/beta/groups/{}", self.rules[dice.below(self.rules.len())]);
        let assignments =
            format!("{PROFILES}/{}/assignments", self.profiles[dice.below(self.profiles.len())]);
        let status = match dice.below(12) {
            0 | 1 => {
                let tag = TAGS[dice.below(TAGS.len())];
                caller.act(DEVICES, &json!({"serialNumber": "NEW", "groupTag": tag})).status
            }
            2..=4 => {
                let path = format!("{DEVICES}/{device}/updateDeviceProperties");
                caller.act(&path, &json!({"groupTag": TAGS[dice.below(TAGS.len())]})).status
            }
            5 => {
                let body = json!({"displayName": NAMES[dice.below(NAMES.len())]});
                caller.act(&format!("{DEVICES}/{device}/updateDeviceProperties"), &body).status
            }
            6 | 7 => {
                let body = json!({"membershipRule": RULES[dice.below(RULES.len())]});
                caller.patch(&rule).json(&body).send().status
            }
            8 => {
                let state = ["On", "On", "Paused"][dice.below(3)];
                caller.patch(&rule).json(&json!({"membershipRuleProcessingState": state})).send().status
            }
            9 => caller.act(&assignments, &json!({"target": self.target(dice)})).status,
            10 => match caller.list(&assignments).first() {
                Some(first) => caller.delete(&format!("{assignments}/{}", id(first))).send().status,
                None => 404,
            },
            _ => self.move_in_or_out(caller, device),
        };
        assert!(status < 500, "{status}");
    }

    /// Adds a device to the lobby, or takes it out.
    fn move_in_or_out(&self, caller: &TestCaller<'_>, device: &str) -> u16 {
        let objects = caller.list("/beta/devices");
        let Some(object) = objects.iter().find(|object| registration(object) == device).map(id) else {
            return 404;
        };
        let body = json!({"@odata.id": format!("https://graph.microsoft.com/beta/devices/{object}")});
        let members = format!("/beta/groups/{}/members", self.lobby);
        match caller.act(&format!("{members}/$ref"), &body).status {
            400 => caller.delete(&format!("{members}/{object}/$ref")).send().status,
            status => status,
        }
    }

    /// The devices of each group by what the groups and the directory say.
    fn members(&self, caller: &TestCaller<'_>) -> HashMap<String, HashSet<String>> {
        let groups = self.rules.iter().chain([&self.lobby]);
        let members = |group: &String| {
            let members = caller.list(&format!("/beta/groups/{group}/members"));
            (group.clone(), members.iter().map(registration).collect())
        };
        groups.map(members).collect()
    }

    /// The profile that each device shall have, and a test of whether it has it.
    fn check(&self, caller: &TestCaller<'_>, of: &str) {
        let members = self.members(caller);
        let assigned: Vec<(&String, Vec<Value>)> = self
            .profiles
            .iter()
            .map(|profile| (profile, caller.list(&format!("{PROFILES}/{profile}/assignments"))))
            .collect();
        let targets = |assignments: &[Value], kind: &str| -> Vec<Value> {
            let targets = assignments.iter().map(|assignment| assignment["target"].clone());
            targets.filter(|target| target["@odata.type"] == format!("#microsoft.graph.{kind}")).collect()
        };
        for device in caller.list(&format!("{DEVICES}?$expand=deploymentProfile,intendedDeploymentProfile")) {
            let is_in = |target: &Value| {
                let group = target["groupId"].as_str().unwrap_or_default();
                members.get(group).is_some_and(|members| members.contains(&id(&device)))
            };
            let by_group = assigned.iter().find(|(_, assignments)| {
                targets(assignments, "groupAssignmentTarget").iter().any(is_in)
                    && !targets(assignments, "exclusionGroupAssignmentTarget").iter().any(is_in)
            });
            let by_default = || {
                let is_default = |assignments| !targets(assignments, "allDevicesAssignmentTarget").is_empty();
                assigned.iter().find(|(_, assignments)| is_default(assignments))
            };
            let expected = by_group.or_else(by_default).map(|(profile, _)| json!(profile));
            let status = if expected.is_some() { "assignedInSync" } else { "notAssigned" };
            let expected = expected.unwrap_or_default();
            let has = |reference: &str| device[reference]["id"].clone();
            assert_eq!(
                (
                    has("deploymentProfile"),
                    has("intendedDeploymentProfile"),
                    &device["deploymentProfileAssignmentStatus"]
                ),
                (expected.clone(), expected, &json!(status)),
                "{of}: {device}"
            );
        }
    }
}

/// The registration that a directory object is of.
fn registration(object: &Value) -> String {
    let ids = object["physicalIds"].as_array().cloned().unwrap_or_default();
    let id = ids.iter().filter_map(Value::as_str).find_map(|id| id.strip_prefix("[ZTDID]:"));
    id.unwrap_or_default().to_owned()
}

fn interleaved(servers: &[&TestServer], seed: u64) {
    let fleet = Fleet::new(&servers[0].caller());
    std::thread::scope(|scope| {
        for number in 0..CALLERS {
            let (fleet, server) = (&fleet, servers[number % servers.len()]);
            scope.spawn(move || {
                let caller = server.caller().tenant(fleet.tenant);
                let mut dice = Dice(seed * 1_000 + number as u64);
                (0..STEPS).for_each(|_| fleet.step(&caller, &mut dice));
            });
        }
    });
    let caller = servers[0].caller().tenant(fleet.tenant);
    settle(&caller);
    fleet.check(&caller, &format!("seed {seed}"));
}

#[test]
fn whoever_is_faster_the_rules_say_who_has_what_on_sqlite() {
    let server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    (1..=3).for_each(|seed| interleaved(&[&server], seed));
}

#[test]
fn whoever_is_faster_the_rules_say_who_has_what_with_two_servers_on_postgres() {
    let server = TestServer::start(MUSTER, TestDatabase::Postgres, ServerOptions::default());
    let other = server.another();
    (1..=3).for_each(|seed| interleaved(&[&server, &other], seed));
}
