//! Which deployment profile a device has: `…/assignments`, groups, and the states that clients wait for.

use std::collections::HashMap;

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use crate::samples::{at_once, dynamic_group, group_target, id, profile, serials, settle, static_group};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const NEVER: &str = "0001-01-01T00:00:00Z";

both![
    a_rule_brings_devices_a_profile_and_takes_it,
    a_change_of_the_rule_reaches_those_it_selects,
    members_that_are_added_have_the_groups_profile,
    the_oldest_profile_wins_unless_it_excludes,
    what_no_group_has_is_for_all_devices,
    only_one_profile_is_for_all_devices,
    of_many_at_once_one_profile_is_for_all_devices,
    hardware_that_does_not_fit_fails,
    what_is_given_directly_stays_until_a_group_says_otherwise,
    a_profile_with_assignments_stays,
    a_group_that_ends_takes_its_profile_along,
    a_group_may_come_after_its_assignment,
    without_its_directory_object_a_device_is_in_no_group,
    a_change_touches_whom_it_is_about_and_nobody_else,
    a_rule_may_be_about_any_physical_id,
    a_rule_about_something_else_touches_whom_it_selects,
];

#[track_caller]
pub(super) fn tagged(caller: &TestCaller<'_>, serial_number: &str, tag: &str) -> String {
    id(&caller.create(DEVICES, &json!({"serialNumber": serial_number, "groupTag": tag})))
}

/// A group of the devices with a tag.
#[track_caller]
pub(super) fn group_of(caller: &TestCaller<'_>, tag: &str) -> String {
    let rule = format!(r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:{tag}"))"#);
    id(&caller.create("/beta/groups", &dynamic_group(tag, &rule)))
}

/// A profile that is assigned to these targets.
#[track_caller]
pub(super) fn assigned(caller: &TestCaller<'_>, name: &str, targets: &[Value]) -> String {
    let profile = id(&caller.create(PROFILES, &profile(name)));
    for target in targets {
        caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": target}));
    }
    profile
}

/// The version of each device, by its serial number.
fn versions(caller: &TestCaller<'_>) -> HashMap<String, String> {
    settle(caller);
    let text = |device: &Value, name: &str| device[name].as_str().unwrap_or_default().to_owned();
    let devices = caller.list(DEVICES);
    devices.iter().map(|device| (text(device, "serialNumber"), text(device, "@odata.etag"))).collect()
}

/// The serial numbers of those that a step changes.
fn changed(caller: &TestCaller<'_>, step: impl FnOnce()) -> Vec<String> {
    let before = versions(caller);
    step();
    let after = versions(caller);
    let mut changed: Vec<String> = after
        .into_iter()
        .filter(|(serial, etag)| before.get(serial) != Some(etag))
        .map(|(serial, _)| serial)
        .collect();
    changed.sort();
    changed
}

fn a_change_touches_whom_it_is_about_and_nobody_else(server: &TestServer) {
    let caller = server.caller();
    let mut devices = HashMap::new();
    for tag in ["A", "B", "C"] {
        for number in 0..20 {
            let serial = format!("{tag}{number:02}");
            devices.insert(serial.clone(), tagged(&caller, &serial, tag));
        }
    }
    let group = group_of(&caller, "a");
    let of = |tag: &str| (0..20).map(|number| format!("{tag}{number:02}")).collect::<Vec<_>>();
    settle(&caller);
    assert_eq!(changed(&caller, || drop(assigned(&caller, "P", &[group_target(&group)]))), of("A"));
    let rule = |tag: &str| json!({"membershipRule": format!(r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:{tag}")"#)});
    let path = format!("/beta/groups/{group}");
    assert_eq!(changed(&caller, || drop(caller.change(&path, &rule("B")))), [of("A"), of("B")].concat());
    let retag = || {
        let path = format!("{DEVICES}/{}/updateDeviceProperties", devices["C07"]);
        caller.act(&path, &json!({"groupTag": "b"})).is(204);
    };
    assert_eq!(changed(&caller, retag), ["C07"]);
    assert_eq!(state(&caller, &devices["C07"]).1, "P");
    let everybody = changed(&caller, || drop(assigned(&caller, "All", &[all_devices()])));
    assert_eq!(everybody.len(), 60 - 21, "{everybody:?}");
}

fn a_rule_about_something_else_touches_whom_it_selects(server: &TestServer) {
    let caller = server.caller();
    let items: Vec<(String, String)> = ["Latitude 1", "Latitude 2", "Surface 1"]
        .iter()
        .map(|model| {
            let body = json!({"serialNumber": model, "model": model});
            ((*model).to_owned(), id(&caller.create(DEVICES, &body)))
        })
        .collect();
    let rule = |text: &str| json!({"membershipRule": format!("device.deviceModel {text}")});
    let made = dynamic_group("G", r#"device.deviceModel -startsWith "Latitude""#);
    let path = format!("/beta/groups/{}", id(&caller.create("/beta/groups", &made)));
    let group = path.rsplit('/').next().unwrap_or_default();
    settle(&caller);
    let latitudes = ["Latitude 1", "Latitude 2"];
    assert_eq!(changed(&caller, || drop(assigned(&caller, "P", &[group_target(group)]))), latitudes);
    // Who is selected by both rules is not touched.
    assert_eq!(
        changed(&caller, || drop(caller.change(&path, &rule(r#"-endsWith "1""#)))),
        ["Latitude 2", "Surface 1"]
    );
    assert_eq!(state(&caller, &items[2].1).1, "P");
    let pause = json!({"membershipRuleProcessingState": "Paused"});
    assert_eq!(changed(&caller, || drop(caller.change(&path, &pause))), ["Latitude 1", "Surface 1"]);
    assert_eq!(state(&caller, &items[0].1).1, json!(null));
    let go_on = json!({"membershipRuleProcessingState": "On"});
    assert_eq!(changed(&caller, || drop(caller.change(&path, &go_on))), ["Latitude 1", "Surface 1"]);
    assert_eq!(changed(&caller, || caller.remove(&path)), ["Latitude 1", "Surface 1"]);
}

fn a_rule_may_be_about_any_physical_id(server: &TestServer) {
    let caller = server.caller();
    let body =
        |serial: &str| json!({"serialNumber": serial, "purchaseOrderIdentifier": format!("Order {serial}")});
    let [one, other] = ["1", "2"].map(|serial| id(&caller.create(DEVICES, &body(serial))));
    let rules = [
        (format!(r#"device.devicePhysicalIds -any (_ -eq "[ZTDID]:{one}")"#), "By id", &one),
        (
            r#"device.devicePhysicalIds -any (_ -eq "[purchaseorderid]:ORDER 2")"#.to_owned(),
            "By order",
            &other,
        ),
    ];
    for (rule, name, device) in rules {
        let group = id(&caller.create("/beta/groups", &dynamic_group(name, &rule)));
        assigned(&caller, name, &[group_target(&group)]);
        assert_eq!(state(&caller, device).1, name);
        // The other way round: the profile is there first, and then the rule selects the device.
        let body = json!({"membershipRule": r#"device.displayName -eq "nobody""#});
        caller.change(&format!("/beta/groups/{group}"), &body);
        assert_eq!(state(&caller, device).1, json!(null));
        caller.change(&format!("/beta/groups/{group}"), &json!({"membershipRule": rule}));
        assert_eq!(state(&caller, device).1, name);
    }
}

pub(super) fn all_devices() -> Value {
    json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"})
}

pub(super) fn excluded(group: &str) -> Value {
    json!({"@odata.type": "#microsoft.graph.exclusionGroupAssignmentTarget", "groupId": group})
}

/// A device's status and the names of the profiles that it has and shall have, settled.
#[track_caller]
pub(super) fn state(caller: &TestCaller<'_>, device: &str) -> (String, Value, Value) {
    settle(caller);
    now(caller, device)
}

/// The same, as it is.
#[track_caller]
pub(super) fn now(caller: &TestCaller<'_>, device: &str) -> (String, Value, Value) {
    let path = format!("{DEVICES}/{device}?$expand=deploymentProfile,intendedDeploymentProfile");
    let device = caller.read(&path);
    let status = device["deploymentProfileAssignmentStatus"].as_str().unwrap_or_default().to_owned();
    let name = |reference: &str| device[reference]["displayName"].clone();
    (status, name("deploymentProfile"), name("intendedDeploymentProfile"))
}

pub(super) fn has(name: &str) -> (String, Value, Value) {
    ("assignedInSync".to_owned(), json!(name), json!(name))
}

pub(super) fn has_none() -> (String, Value, Value) {
    ("notAssigned".to_owned(), Value::Null, Value::Null)
}

fn a_rule_brings_devices_a_profile_and_takes_it(server: &TestServer) {
    let caller = server.caller();
    let early = tagged(&caller, "EARLY", "Kiosk");
    assert_eq!(state(&caller, &early), has_none());
    let group = group_of(&caller, "Kiosk");
    let profile = assigned(&caller, "Kiosk", &[group_target(&group)]);
    let late = tagged(&caller, "LATE", "KIOSK");
    let other = tagged(&caller, "OTHER", "Berlin");
    for (device, expected) in [(&early, has("Kiosk")), (&late, has("Kiosk")), (&other, has_none())] {
        assert_eq!(state(&caller, device), expected, "{device}");
    }
    let mut found = caller.list(&format!("{PROFILES}/{profile}/assignedDevices"));
    found.sort_by_key(|device| device["serialNumber"].to_string());
    assert_eq!(serials(&found), ["EARLY", "LATE"]);
    assert_ne!(caller.read(&format!("{DEVICES}/{late}"))["deploymentProfileAssignedDateTime"], NEVER);
    caller.act(&format!("{DEVICES}/{late}/updateDeviceProperties"), &json!({"groupTag": "Berlin"})).is(204);
    assert_eq!(state(&caller, &late), has_none());
    assert_eq!(caller.read(&format!("{DEVICES}/{late}"))["deploymentProfileAssignedDateTime"], NEVER);
    caller.remove(&format!("{PROFILES}/{profile}/assignments/{profile}_{group}_0"));
    assert_eq!(state(&caller, &early), has_none());
}

fn a_change_of_the_rule_reaches_those_it_selects(server: &TestServer) {
    let caller = server.caller();
    let (a, b) = (tagged(&caller, "A", "A"), tagged(&caller, "B", "B"));
    let group = group_of(&caller, "A");
    assigned(&caller, "P", &[group_target(&group)]);
    assert_eq!((state(&caller, &a), state(&caller, &b)), (has("P"), has_none()));
    for (rule, of_a, of_b) in [
        (r#"device.devicePhysicalIds -any (_ -eq "[OrderID]:B")"#, has_none(), has("P")),
        (r#"device.devicePhysicalIds -any (_ -contains "[ZTDId]")"#, has("P"), has("P")),
        (r#"device.displayName -eq "a""#, has("P"), has_none()),
    ] {
        caller.change(&format!("/beta/groups/{group}"), &json!({"membershipRule": rule}));
        assert_eq!((state(&caller, &a), state(&caller, &b)), (of_a, of_b), "{rule}");
    }
    caller.change(&format!("/beta/groups/{group}"), &json!({"membershipRuleProcessingState": "Paused"}));
    assert_eq!(state(&caller, &a), has_none());
}

fn members_that_are_added_have_the_groups_profile(server: &TestServer) {
    let caller = server.caller();
    let devices = ["A", "B"].map(|serial_number| tagged(&caller, serial_number, ""));
    let group = id(&caller.create("/beta/groups", &static_group("Lobby")));
    let objects = caller.list("/beta/devices");
    let object =
        |name: &str| objects.iter().find(|each| each["displayName"] == name).map(id).unwrap_or_default();
    let add = |name: &str| {
        let body = json!({"@odata.id": format!("https://graph.microsoft.com/beta/directoryObjects/{}", object(name))});
        caller.act(&format!("/beta/groups/{group}/members/$ref"), &body).is(204);
    };
    add("A");
    assigned(&caller, "P", &[group_target(&group)]);
    assert_eq!((state(&caller, &devices[0]), state(&caller, &devices[1])), (has("P"), has_none()));
    add("B");
    assert_eq!(state(&caller, &devices[1]), has("P"));
    caller.remove(&format!("/beta/groups/{group}/members/{}/$ref", object("A")));
    assert_eq!((state(&caller, &devices[0]), state(&caller, &devices[1])), (has_none(), has("P")));
}

fn the_oldest_profile_wins_unless_it_excludes(server: &TestServer) {
    let caller = server.caller();
    let groups = ["A", "B"].map(|tag| group_of(&caller, tag));
    let all = id(&caller.create(
        "/beta/groups",
        &dynamic_group("All", r#"(device.devicePhysicalIDs -any (_ -contains "[ZTDID]"))"#),
    ));
    let oldest = assigned(&caller, "Oldest", &[group_target(&all), excluded(&groups[1])]);
    assigned(&caller, "Newer", &[group_target(&groups[0]), group_target(&groups[1])]);
    let (a, b) = (tagged(&caller, "A", "A"), tagged(&caller, "B", "B"));
    assert_eq!((state(&caller, &a), state(&caller, &b)), (has("Oldest"), has("Newer")));
    caller.remove(&format!("{PROFILES}/{oldest}/assignments/{oldest}_{}_0", groups[1]));
    assert_eq!(state(&caller, &b), has("Oldest"));
    caller.remove(&format!("{PROFILES}/{oldest}/assignments/{oldest}_{all}_0"));
    assert_eq!((state(&caller, &a), state(&caller, &b)), (has("Newer"), has("Newer")));
}

fn what_no_group_has_is_for_all_devices(server: &TestServer) {
    let caller = server.caller();
    let (a, b) = (tagged(&caller, "A", "A"), tagged(&caller, "B", "B"));
    assigned(&caller, "Default", &[all_devices()]);
    assert_eq!(state(&caller, &a), has("Default"));
    let profile = assigned(&caller, "Group", &[group_target(&group_of(&caller, "A"))]);
    assert_eq!((state(&caller, &a), state(&caller, &b)), (has("Group"), has("Default")));
    let assignments = caller.list(&format!("{PROFILES}/{profile}/assignments"));
    caller.remove(&format!("{PROFILES}/{profile}/assignments/{}", id(&assignments[0])));
    assert_eq!(state(&caller, &a), has("Default"));
}

fn only_one_profile_is_for_all_devices(server: &TestServer) {
    let caller = server.caller();
    let group = group_of(&caller, "A");
    let first = assigned(&caller, "First", &[all_devices()]);
    let second = assigned(&caller, "Second", &[excluded(&group)]);
    for (profile, target) in [(&second, all_devices()), (&first, all_devices()), (&first, excluded(&group))] {
        caller
            .act(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": target}))
            .refused(400, &["all devices"]);
    }
    caller.elsewhere().create(PROFILES, &profile("Theirs"));
}

fn of_many_at_once_one_profile_is_for_all_devices(server: &TestServer) {
    let caller = server.caller();
    let profiles: Vec<String> = (0..8).map(|number| assigned(&caller, &format!("P{number}"), &[])).collect();
    let statuses = at_once(profiles.len(), |at| {
        let path = format!("{PROFILES}/{}/assignments", profiles[at]);
        caller.act(&path, &json!({"target": all_devices()})).status
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 7, "{statuses:?}");
}

fn hardware_that_does_not_fit_fails(server: &TestServer) {
    let caller = server.caller();
    let mut body = profile("Glasses");
    body["deviceType"] = json!("holoLens");
    let profile = id(&caller.create(PROFILES, &body));
    caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": all_devices()}));
    caller.remove(&format!(
        "{PROFILES}/{profile}/assignments/{}",
        id(&caller.list(&format!("{PROFILES}/{profile}/assignments"))[0])
    ));
    let target = group_target(&group_of(&caller, "A"));
    caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": target}));
    let device =
        id(&caller.create(DEVICES, &json!({"serialNumber": "A", "groupTag": "A", "model": "Latitude 5440"})));
    assert_eq!(state(&caller, &device), ("failed".to_owned(), Value::Null, json!("Glasses")));
    assert_eq!(
        caller.read(&format!("{DEVICES}/{device}"))["deploymentProfileAssignmentDetailedStatus"],
        "holoLensProfileNotSupported"
    );
    caller.change(&format!("{PROFILES}/{profile}"), &json!({"deviceType": "windowsPc"}));
    assert_eq!(state(&caller, &device), has("Glasses"));
    assert_eq!(
        caller.read(&format!("{DEVICES}/{device}"))["deploymentProfileAssignmentDetailedStatus"],
        "none"
    );
}

fn what_is_given_directly_stays_until_a_group_says_otherwise(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "A", "A");
    let direct = assigned(&caller, "Direct", &[]);
    settle(&caller);
    caller.act(&format!("{PROFILES}/{direct}/assign"), &json!({"deviceIds": [device]})).is(204);
    caller.act(&format!("{DEVICES}/{device}/updateDeviceProperties"), &json!({"groupTag": "B"})).is(204);
    assert_eq!(state(&caller, &device).1, json!("Direct"));
    assigned(&caller, "Group", &[group_target(&group_of(&caller, "B"))]);
    assert_eq!(state(&caller, &device), has("Group"));
}

fn a_profile_with_assignments_stays(server: &TestServer) {
    let caller = server.caller();
    let group = group_of(&caller, "A");
    let profile = assigned(&caller, "P", &[group_target(&group)]);
    caller.delete(&format!("{PROFILES}/{profile}")).send().refused(400, &["assignments"]);
    caller.remove(&format!("{PROFILES}/{profile}/assignments/{profile}_{group}_0"));
    caller.remove(&format!("{PROFILES}/{profile}"));
}

fn a_group_that_ends_takes_its_profile_along(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "A", "A");
    let group = group_of(&caller, "A");
    assigned(&caller, "P", &[group_target(&group)]);
    assert_eq!(state(&caller, &device), has("P"));
    caller.remove(&format!("/beta/groups/{group}"));
    assert_eq!(state(&caller, &device), has_none());
}

fn a_group_may_come_after_its_assignment(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "A", "A");
    let group = "5f0b3c1e-9d6a-4a55-8c39-2f8f5d1e7a10";
    assigned(&caller, "P", &[group_target(group)]);
    assert_eq!(state(&caller, &device), has_none());
    let body = dynamic_group("A", r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:A"))"#);
    caller.patch(&format!("/beta/groups/{group}")).header("If-None-Match", "*").json(&body).send().is(201);
    assert_eq!(state(&caller, &device), has("P"));
}

fn without_its_directory_object_a_device_is_in_no_group(server: &TestServer) {
    let caller = server.caller();
    let device = tagged(&caller, "A", "A");
    assigned(&caller, "P", &[group_target(&group_of(&caller, "A"))]);
    assert_eq!(state(&caller, &device), has("P"));
    caller.remove(&format!("/beta/devices/{}", id(&caller.list("/beta/devices")[0])));
    assert_eq!(state(&caller, &device), has_none());
}
