//! Which configuration wins a device: `…/assign`, groups, filters, all devices and all users.

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use super::profile_assignment::{group_of, tagged};
use crate::samples::{configuration, group_target, id};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const NOBODY: &str = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";

both![
    the_oldest_by_group_wins_and_otherwise_the_oldest_for_all,
    an_exclusion_comes_before_everything,
    a_filter_lets_through_who_is_in_its_group_or_who_is_not,
    all_users_are_the_devices_that_have_one,
];

fn target(kind: &str) -> Value {
    json!({"@odata.type": format!("#microsoft.graph.{kind}AssignmentTarget")})
}

fn excluded(group: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": group})
}

fn filtered(mut target: Value, kind: &str, filter: &str) -> Value {
    target["deviceAndAppManagementAssignmentFilterId"] = json!(filter);
    target["deviceAndAppManagementAssignmentFilterType"] = json!(kind);
    target
}

/// A configuration that is assigned to these targets.
#[track_caller]
pub(super) fn assigned(caller: &TestCaller<'_>, name: &str, targets: &[Value]) -> String {
    let created = id(&caller.create(CONFIGURATIONS, &configuration(name)));
    assign(caller, &created, targets);
    created
}

#[track_caller]
pub(super) fn assign(caller: &TestCaller<'_>, configuration: &str, targets: &[Value]) {
    let assignments: Vec<Value> = targets.iter().map(|target| json!({"target": target})).collect();
    let body = json!({"hardwareConfigurationAssignments": assignments});
    caller.act(&format!("{CONFIGURATIONS}/{configuration}/assign"), &body).is(200);
}

/// The configuration that a device is told to have.
#[track_caller]
pub(super) fn winner(caller: &TestCaller<'_>, device: &str) -> Option<String> {
    let answer = caller.act(&format!("{DEVICES}/{device}/muster.reportConfiguration"), &json!({}));
    match answer.status {
        204 => None,
        _ => answer.is(200).json()["configurationId"].as_str().map(str::to_owned),
    }
}

fn the_oldest_by_group_wins_and_otherwise_the_oldest_for_all(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "SN-1", "Lab");
    let group = group_of(&caller, "Lab");
    assert_eq!(winner(&caller, &device), None);
    let first_for_all = assigned(&caller, "all", &[target("allDevices")]);
    assigned(&caller, "all too", &[target("allDevices")]);
    assert_eq!(winner(&caller, &device), Some(first_for_all.clone()));
    let by_group = assigned(&caller, "group", &[group_target(&group)]);
    let younger = assigned(&caller, "group too", &[group_target(&group)]);
    assert_eq!(winner(&caller, &device), Some(by_group.clone()));
    caller.remove(&format!("{CONFIGURATIONS}/{by_group}"));
    assert_eq!(winner(&caller, &device), Some(younger.clone()));
    assign(&caller, &younger, &[group_target(NOBODY)]);
    assert_eq!(winner(&caller, &device), Some(first_for_all));
    caller.change(&format!("{DEVICES}/{device}"), &json!({"groupTag": "Lab"}));
}

fn an_exclusion_comes_before_everything(server: &TestServer) {
    let caller = server.caller();
    let [inside, outside] = ["Lab", "Hall"].map(|tag| tagged(&caller, tag, tag));
    let [lab, hall] = ["Lab", "Hall"].map(|tag| group_of(&caller, tag));
    let configuration = assigned(&caller, "A", &[target("allDevices"), group_target(&hall), excluded(&lab)]);
    assert_eq!(winner(&caller, &inside), None);
    assert_eq!(winner(&caller, &outside), Some(configuration));
}

fn a_filter_lets_through_who_is_in_its_group_or_who_is_not(server: &TestServer) {
    let caller = server.caller();
    let [inside, outside] = ["Lab", "Hall"].map(|tag| tagged(&caller, tag, tag));
    let lab = group_of(&caller, "Lab");
    let configuration = assigned(&caller, "A", &[]);
    for (kind, filter, reaches) in [
        ("include", &*lab, [true, false]),
        ("exclude", &lab, [false, true]),
        ("none", &lab, [true, true]),
        // A filter of which nothing is known lets nobody through.
        ("include", NOBODY, [false, false]),
        ("exclude", NOBODY, [false, false]),
    ] {
        assign(&caller, &configuration, &[filtered(target("allDevices"), kind, filter)]);
        let found = [&inside, &outside].map(|device| winner(&caller, device).is_some());
        assert_eq!(found, reaches, "{kind} {filter}");
    }
}

fn all_users_are_the_devices_that_have_one(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "SN-1", "Lab");
    let configuration = assigned(&caller, "A", &[target("allLicensedUsers")]);
    assert_eq!(winner(&caller, &device), None);
    let user = json!({"userPrincipalName": "anna@contoso.example", "addressableUserName": "Anna"});
    caller.act(&format!("{DEVICES}/{device}/assignUserToDevice"), &user).is(204);
    assert_eq!(winner(&caller, &device), Some(configuration));
}
