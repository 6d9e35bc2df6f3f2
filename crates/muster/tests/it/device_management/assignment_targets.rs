//! `…/windowsAutopilotDeploymentProfiles/{id}/assignments/{id}`: an assignment may be aimed at somebody else

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use super::profile_assignment::{all_devices, assigned, group_of, has, has_none, state, tagged};
use crate::samples::{group_target, id};

const PROFILES: &str = "windowsAutopilotDeploymentProfiles";

both![
    whom_it_is_aimed_at_now_has_the_profile,
    the_rules_of_targets_hold_for_changes_too,
    a_group_without_its_id_is_refused,
    the_group_it_was_aimed_at_can_have_another,
];

/// The only assignment of a profile.
#[track_caller]
fn assignment(caller: &TestCaller<'_>, profile: &str) -> String {
    let listed = caller.list(&format!("{PROFILES}/{profile}/assignments"));
    assert_eq!(listed.len(), 1, "{listed:?}");
    format!("{PROFILES}/{profile}/assignments/{}", id(&listed[0]))
}

fn at(target: Value) -> Value {
    json!({ "target": target })
}

fn whom_it_is_aimed_at_now_has_the_profile(server: &TestServer) {
    let caller = server.caller();
    let [one, other] = ["One", "Other"].map(|tag| (tagged(&caller, tag, tag), group_of(&caller, tag)));
    let profile = assigned(&caller, "P", &[group_target(&one.1)]);
    assert_eq!((state(&caller, &one.0), state(&caller, &other.0)), (has("P"), has_none()));
    let path = assignment(&caller, &profile);
    caller.change(&path, &at(group_target(&other.1)));
    assert_eq!((state(&caller, &one.0), state(&caller, &other.0)), (has_none(), has("P")));
    // The id still names the group of the beginning; what counts is what it says.
    caller.remove(&path);
    assert_eq!((state(&caller, &one.0), state(&caller, &other.0)), (has_none(), has_none()));
    caller.remove(&format!("{PROFILES}/{profile}"));
}

fn the_rules_of_targets_hold_for_changes_too(server: &TestServer) {
    let caller = server.caller();
    let group = group_of(&caller, "G");
    let everybody = assigned(&caller, "A", &[all_devices()]);
    let some = assigned(&caller, "B", &[group_target(&group)]);
    let path = assignment(&caller, &some);
    caller.patch(&path).json(&at(all_devices())).send().refused(400, &["all devices already", &everybody]);
    assert_eq!(caller.read(&path)["target"]["groupId"], group.as_str());
    // It may be aimed at those that it is aimed at.
    caller.change(&assignment(&caller, &everybody), &at(all_devices()));
}

fn a_group_without_its_id_is_refused(server: &TestServer) {
    let caller = server.caller();
    let profile = assigned(&caller, "P", &[group_target("g")]);
    let path = assignment(&caller, &profile);
    for kind in ["groupAssignmentTarget", "exclusionGroupAssignmentTarget"] {
        for group in [json!(null), json!(""), json!(" ")] {
            let target = at(json!({"@odata.type": format!("#microsoft.graph.{kind}"), "groupId": group}));
            caller
                .post(&format!("{PROFILES}/{profile}/assignments"))
                .json(&target)
                .send()
                .refused(400, &["target/groupId"]);
            caller.patch(&path).json(&target).send().refused(400, &["target/groupId"]);
        }
    }
    caller.remove(&path);
    caller.remove(&format!("{PROFILES}/{profile}"));
}

fn the_group_it_was_aimed_at_can_have_another(server: &TestServer) {
    let caller = server.caller();
    let [one, other] = ["One", "Other"].map(|tag| (tagged(&caller, tag, tag), group_of(&caller, tag)));
    let profile = assigned(&caller, "P", &[group_target(&one.1)]);
    let aimed_elsewhere = assignment(&caller, &profile);
    caller.change(&aimed_elsewhere, &at(group_target(&other.1)));
    let path = format!("{PROFILES}/{profile}/assignments");
    let second = id(&caller.create(&path, &at(group_target(&one.1))));
    assert_eq!(second, format!("{profile}_{}_1", one.1));
    assert_eq!((state(&caller, &one.0), state(&caller, &other.0)), (has("P"), has("P")));
    // The same target twice is one too many, as ever.
    caller.act(&path, &at(group_target(&one.1))).refused(409, &[&second]);
    caller.remove(&format!("{path}/{second}"));
    assert_eq!((state(&caller, &one.0), state(&caller, &other.0)), (has_none(), has("P")));
}
