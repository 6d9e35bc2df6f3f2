//! Which configuration wins a device: `…/assign`, groups, filters, all devices and all users.

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use super::hardware_configuration_run_states::{assert_counted, report};
use super::profile_assignment::{group_of, tagged};
use crate::samples::{configuration, group_target, id, settle};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const NOBODY: &str = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";

both![
    the_oldest_by_group_wins_and_otherwise_the_oldest_for_all,
    an_exclusion_comes_before_everything,
    a_filter_lets_through_who_is_in_its_group_or_who_is_not,
    all_users_are_the_devices_that_have_one,
    a_state_ends_with_its_assignment,
    a_state_ends_when_the_device_leaves_the_group,
    a_state_ends_when_another_configuration_wins,
    what_is_assigned_again_stays,
    why_tells_who_wins_and_why_the_others_do_not,
    a_caller_can_wait_for_a_state,
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

/// The ids of the devices that have a state under a configuration, which all count.
#[track_caller]
fn having(caller: &TestCaller<'_>, configuration: &str) -> Vec<String> {
    settle(caller);
    assert_counted(caller, configuration);
    let mut ids: Vec<String> =
        caller.list(&format!("{CONFIGURATIONS}/{configuration}/deviceRunStates")).iter().map(id).collect();
    ids.sort();
    ids
}

/// Two devices of one user, tagged `Lab` and `Hall`, with the groups of both tags.
#[track_caller]
fn two_devices(caller: &TestCaller<'_>) -> ([String; 2], [String; 2]) {
    let devices = ["Lab", "Hall"].map(|tag| {
        let device =
            json!({"serialNumber": tag, "groupTag": tag, "userPrincipalName": "anna@contoso.example"});
        id(&caller.create(DEVICES, &device))
    });
    (devices, ["Lab", "Hall"].map(|tag| group_of(caller, tag)))
}

fn a_state_ends_with_its_assignment(server: &TestServer) {
    let caller = server.caller();
    let ([inside, outside], [lab, hall]) = two_devices(&caller);
    let configuration = assigned(&caller, "A", &[group_target(&lab), group_target(&hall)]);
    report(&caller, &inside, &configuration, "success");
    report(&caller, &outside, &configuration, "fail");
    let mut both = vec![inside.clone(), outside.clone()];
    both.sort();
    assert_eq!(having(&caller, &configuration), both);
    assign(&caller, &configuration, &[group_target(&lab)]);
    assert_eq!(having(&caller, &configuration), std::slice::from_ref(&inside));
    let assignments = format!("{CONFIGURATIONS}/{configuration}/assignments");
    let one = id(&caller.list(&assignments)[0]);
    caller.change(&format!("{assignments}/{one}"), &json!({"target": group_target(&hall)}));
    assert!(having(&caller, &configuration).is_empty());
    report(&caller, &outside, &configuration, "fail");
    caller.create(&assignments, &json!({"target": excluded(&hall)}));
    assert!(having(&caller, &configuration).is_empty());
    for assignment in caller.list(&assignments) {
        if assignment["target"]["@odata.type"] == "#microsoft.graph.exclusionGroupAssignmentTarget" {
            caller.remove(&format!("{assignments}/{}", id(&assignment)));
        }
    }
    report(&caller, &outside, &configuration, "success");
    caller.remove(&format!("{assignments}/{one}"));
    assert!(having(&caller, &configuration).is_empty());
}

fn a_state_ends_when_the_device_leaves_the_group(server: &TestServer) {
    let caller = server.caller();
    let ([inside, outside], [lab, hall]) = two_devices(&caller);
    let configuration = assigned(&caller, "A", &[group_target(&lab), group_target(&hall)]);
    for device in [&inside, &outside] {
        report(&caller, device, &configuration, "success");
    }
    caller.change(&format!("{DEVICES}/{outside}"), &json!({"groupTag": "Yard"}));
    assert_eq!(having(&caller, &configuration), std::slice::from_ref(&inside));
    let rule = r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Nothing"))"#;
    caller.patch(&format!("/beta/groups/{lab}")).json(&json!({"membershipRule": rule})).send().is(200);
    assert!(having(&caller, &configuration).is_empty());
}

fn a_state_ends_when_another_configuration_wins(server: &TestServer) {
    let caller = server.caller();
    let ([inside, outside], [lab, _]) = two_devices(&caller);
    let for_all = assigned(&caller, "all", &[target("allDevices")]);
    for device in [&inside, &outside] {
        report(&caller, device, &for_all, "success");
    }
    let by_group = assigned(&caller, "group", &[group_target(&lab)]);
    assert_eq!(having(&caller, &for_all), std::slice::from_ref(&outside));
    report(&caller, &inside, &by_group, "pending");
    // A report of what it has no more is not stored, and what it has is told.
    report(&caller, &inside, &for_all, "success");
    assert_eq!(having(&caller, &for_all), std::slice::from_ref(&outside));
    assert_eq!(having(&caller, &by_group), std::slice::from_ref(&inside));
    caller.remove(&format!("{CONFIGURATIONS}/{by_group}"));
    report(&caller, &inside, &for_all, "success");
    assert_eq!(having(&caller, &for_all).len(), 2);
}

fn what_is_assigned_again_stays(server: &TestServer) {
    let caller = server.caller();
    let configuration = assigned(&caller, "A", &[target("allDevices"), group_target(NOBODY)]);
    let assignments = || caller.list(&format!("{CONFIGURATIONS}/{configuration}/assignments"));
    let tags = || -> Vec<String> {
        assignments().iter().map(|one| one["@odata.etag"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let before = tags();
    assign(&caller, &configuration, &[target("allDevices"), group_target(NOBODY)]);
    assert_eq!(tags(), before);
    assign(&caller, &configuration, &[target("allDevices"), target("allDevices")]);
    assert_eq!(assignments().len(), 2);
    assert_eq!(tags().iter().filter(|tag| before.contains(tag)).count(), 1);
}

fn why_tells_who_wins_and_why_the_others_do_not(server: &TestServer) {
    let caller = server.caller();
    let ([inside, _], [lab, _]) = two_devices(&caller);
    let winner = assigned(&caller, "winner", &[group_target(&lab)]);
    let loser = assigned(&caller, "loser", &[group_target(&lab)]);
    let excluding = assigned(&caller, "excluding", &[group_target(&lab), excluded(&lab)]);
    let filtered_out = assigned(&caller, "filtered", &[filtered(target("allDevices"), "include", NOBODY)]);
    let elsewhere = assigned(&caller, "elsewhere", &[group_target(NOBODY)]);
    let nowhere = assigned(&caller, "nowhere", &[]);
    let abstract_target = json!({"@odata.type": "#microsoft.graph.deviceAndAppManagementAssignmentTarget"});
    let breaching = assigned(&caller, "breaching", &[abstract_target]);
    report(&caller, &inside, &winner, "success");
    for (configuration, wins, words) in [
        (&winner, true, "group 'Lab', whose rule selects the device"),
        (&loser, false, "An older configuration, or one by group, wins"),
        (&excluding, false, "It excludes the group 'Lab'"),
        (&filtered_out, false, "lets nobody through"),
        (&elsewhere, false, "No assignment of it names the device."),
        (&nowhere, false, "It has no assignments."),
        (&breaching, false, "No assignment of it names the device."),
    ] {
        let path = format!("{CONFIGURATIONS}/{configuration}/muster.why(deviceId='{inside}')");
        let explanation = caller.read(&path);
        assert_eq!(explanation["isWinner"], wins, "{explanation}");
        let reason = explanation["reason"].as_str().unwrap_or_default();
        assert!(reason.contains(words), "{reason} has not {words}");
        let state = if configuration == &winner { json!("success") } else { Value::Null };
        assert_eq!(explanation["runState"], state);
        let candidates = explanation["candidates"].as_array().expect("candidates");
        let names: Vec<&Value> = candidates.iter().map(|one| &one["displayName"]).collect();
        assert_eq!(names, ["winner", "loser", "excluding", "filtered"]);
        let winners: Vec<&Value> = candidates.iter().filter(|one| one["isWinner"] == true).collect();
        assert_eq!(winners.len(), 1);
        assert!(explanation["breaches"][0].as_str().unwrap_or_default().contains(&breaching));
    }
    // It is right at once, whatever is stored of the device still.
    assign(&caller, &winner, &[]);
    let explanation = caller.read(&format!("{CONFIGURATIONS}/{loser}/muster.why(deviceId='{inside}')"));
    assert_eq!(explanation["isWinner"], true);
    let path = format!("{CONFIGURATIONS}/{winner}/muster.why");
    caller.get(&format!("{path}(deviceId='{NOBODY}')")).send().refused(404, &[]);
    caller.get(&format!("{path}()")).send().refused(400, &["deviceId"]);
}

fn a_caller_can_wait_for_a_state(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "SN-1", "Lab");
    let configuration = assigned(&caller, "A", &[target("allDevices")]);
    let wait = |until: &str, seconds: u64| {
        let path = format!("{CONFIGURATIONS}/{configuration}/deviceRunStates/{device}");
        caller.read(&format!("{path}/muster.wait(until='{until}',timeoutSeconds={seconds})"))["value"].clone()
    };
    assert_eq!(wait("success", 0), false);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| wait("success", 30));
        report(&caller, &device, &configuration, "pending");
        report(&caller, &device, &configuration, "success");
        assert_eq!(waiting.join().expect("an answer"), true);
    });
    assert_eq!(wait("fail", 0), false);
    assert_eq!(wait("reported", 0), true);
    let states = format!("{CONFIGURATIONS}/{configuration}/deviceRunStates");
    caller
        .get(&format!("{states}/{device}/muster.wait(until='nonsense')"))
        .send()
        .refused(400, &["scriptError"]);
    caller.get(&format!("{states}/{NOBODY}/muster.wait(until='success')")).send().refused(404, &[]);
}
