//! Scope tags: who holds tags sees what carries one of them, by whichever way it is looked for, and nothing else of its kind.

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use super::hardware_configuration_assignment::winner;
use crate::samples::{configuration, group_target, id, profile};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const NOBODY: &str = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";

both![
    everything_carries_a_tag,
    who_holds_no_tag_sees_everything,
    what_carries_none_of_the_callers_tags_is_missing,
    what_a_caller_does_not_see_it_does_not_change,
    nobody_is_told_of_it_on_a_detour,
    a_client_that_follows_is_told_of_what_it_sees,
    a_new_object_has_its_creators_tags,
    a_caller_gives_only_tags_that_it_holds_and_keeps_one,
    what_decides_about_devices_sees_everything,
];

/// The sets that carry tags, with the body of one.
fn tagged_sets() -> [(&'static str, Value); 2] {
    [(CONFIGURATIONS, configuration("A")), (PROFILES, profile("A"))]
}

fn with_tags(body: &Value, tags: &[&str]) -> Value {
    let mut body = body.clone();
    body["roleScopeTagIds"] = json!(tags);
    body
}

#[track_caller]
fn names(caller: &TestCaller<'_>, path: &str) -> Vec<String> {
    caller.list(path).iter().map(|one| one["displayName"].as_str().unwrap_or_default().to_owned()).collect()
}

fn everything_carries_a_tag(server: &TestServer) {
    let caller = server.caller();
    for (set, body) in tagged_sets() {
        assert_eq!(caller.create(set, &body)["roleScopeTagIds"], json!(["0"]), "{set}");
        let created = caller.create(set, &with_tags(&body, &["7", "8"]));
        assert_eq!(created["roleScopeTagIds"], json!(["7", "8"]), "{set}");
        let path = format!("{set}/{}", id(&created));
        assert_eq!(
            caller.change(&path, &json!({"roleScopeTagIds": []}))["roleScopeTagIds"],
            json!(["0"]),
            "{set}"
        );
    }
}

fn who_holds_no_tag_sees_everything(server: &TestServer) {
    let caller = server.caller();
    for (set, body) in tagged_sets() {
        caller.create(set, &with_tags(&body, &["7"]));
        assert_eq!(caller.list(set).len(), 1);
    }
}

fn what_carries_none_of_the_callers_tags_is_missing(server: &TestServer) {
    let caller = server.caller();
    for (set, body) in tagged_sets() {
        for (name, tags) in
            [("seven", &["7"][..]), ("both", &["7", "8"]), ("eight", &["8"]), ("default", &[])]
        {
            let mut body = with_tags(&body, tags);
            body["displayName"] = json!(name);
            caller.create(set, &body);
        }
        for (held, expected) in [
            (&["7"][..], &["both", "seven"][..]),
            (&["8", "9"], &["both", "eight"]),
            (&["0"], &["default"]),
            (&["9"], &[]),
        ] {
            let confined = caller.scope_tags(held);
            assert_eq!(names(&confined, &format!("{set}?$orderby=displayName")), expected, "{set} {held:?}");
            let count = confined.get(&format!("{set}/$count")).send().is(200).text();
            assert_eq!(count, expected.len().to_string(), "{set} {held:?}");
            let page = confined.read(&format!("{set}?$count=true&$top=1"));
            assert_eq!(page["@odata.count"], expected.len(), "{set} {held:?}");
            let filtered = format!("{set}?$filter=displayName%20eq%20'eight'");
            let sees_eight = expected.contains(&"eight");
            assert_eq!(names(&confined, &filtered).len(), usize::from(sees_eight), "{set} {held:?}");
            let searched = format!("{set}?$search=eight");
            assert_eq!(names(&confined, &searched).len(), usize::from(sees_eight), "{set} {held:?}");
            for one in caller.list(set) {
                let name = one["displayName"].as_str().unwrap_or_default();
                let status = if expected.contains(&name) { 200 } else { 404 };
                let path = format!("{set}/{}", id(&one));
                for path in [&path, &format!("{path}/assignments"), &format!("{path}/displayName")] {
                    confined.get(path).send().is(status);
                }
            }
        }
    }
}

fn what_a_caller_does_not_see_it_does_not_change(server: &TestServer) {
    let caller = server.caller();
    for (set, body) in tagged_sets() {
        let path = format!("{set}/{}", id(&caller.create(set, &with_tags(&body, &["8"]))));
        let confined = caller.scope_tags(&["7"]);
        let target = json!({"target": group_target(NOBODY)});
        confined.patch(&path).json(&json!({"displayName": "B"})).send().refused(404, &[]);
        confined
            .request("PUT", &format!("{path}/displayName"))
            .json(&json!({"value": "B"}))
            .send()
            .refused(404, &[]);
        confined.delete(&path).send().refused(404, &[]);
        confined.act(&format!("{path}/assignments"), &target).refused(404, &[]);
        let assign = match set {
            PROFILES => json!({"deviceIds": []}),
            _ => json!({"hardwareConfigurationAssignments": [target]}),
        };
        confined.act(&format!("{path}/assign"), &assign).refused(404, &[]);
        let batch = json!({"requests": [{"id": "1", "method": "PATCH", "url": format!("/deviceManagement/{path}"),
            "body": {"displayName": "B"}, "headers": {"Content-Type": "application/json"}}]});
        let answer = confined.act("/beta/$batch", &batch).is(200).json();
        assert_eq!(answer["responses"][0]["status"], 404, "{answer}");
        assert_eq!(caller.read(&path)["displayName"], "A");
        assert!(caller.list(&format!("{path}/assignments")).is_empty());
    }
}

fn nobody_is_told_of_it_on_a_detour(server: &TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "SN-1"})));
    let profile = id(&caller.create(PROFILES, &with_tags(&profile("Secret"), &["8"])));
    caller.act(&format!("{PROFILES}/{profile}/assign"), &json!({"deviceIds": [device]})).is(204);
    let own = format!("{DEVICES}/{device}");
    assert_eq!(
        caller.read(&format!("{own}?$expand=deploymentProfile"))["deploymentProfile"]["displayName"],
        "Secret"
    );
    let confined = caller.scope_tags(&["7"]);
    assert_eq!(confined.read(&format!("{own}?$expand=deploymentProfile"))["deploymentProfile"], Value::Null);
    confined.get(&format!("{own}/deploymentProfile")).send().refused(404, &[]);
    for path in [
        format!("{DEVICES}?$filter=deploymentProfile/displayName%20eq%20'Secret'"),
        format!("{DEVICES}?$orderby=deploymentProfile/displayName"),
    ] {
        assert_eq!(caller.list(&path).len(), 1, "{path}");
        confined.get(&path).send().refused(403, &["deploymentProfile"]);
    }
    assert!(caller.get(&format!("{own}/muster.why()")).send().is(200).text().contains("Secret"));
    assert!(!confined.get(&format!("{own}/muster.why()")).send().is(200).text().contains("Secret"));
    let links = json!({"payloadIds": [profile]});
    caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": group_target(NOBODY)}));
    for (caller, has_link) in [(&caller, true), (&confined, false)] {
        let answer = caller.act(&format!("{PROFILES}/hasPayloadLinks"), &links).is(200).json();
        assert_eq!(answer["value"][0]["hasLink"], has_link);
    }
    // Devices carry no tags.
    assert_eq!(confined.list(DEVICES).len(), 1);
}

fn a_client_that_follows_is_told_of_what_it_sees(server: &TestServer) {
    let caller = server.caller();
    let confined = caller.scope_tags(&["7"]);
    let link = |page: &Value| page["@odata.deltaLink"].as_str().expect("a link").to_owned();
    let told = |page: &Value| {
        let items = page["value"].as_array().expect("items");
        items.iter().map(|one| (id(one), one["@removed"].is_object())).collect::<Vec<_>>()
    };
    let seen = id(&caller.create(CONFIGURATIONS, &with_tags(&configuration("A"), &["7"])));
    let hidden = id(&caller.create(CONFIGURATIONS, &with_tags(&configuration("B"), &["8"])));
    let first = confined.read(&format!("{CONFIGURATIONS}/delta()"));
    assert_eq!(told(&first), [(seen.clone(), false)]);
    // What is created beyond its view is never told.
    caller.create(CONFIGURATIONS, &with_tags(&configuration("C"), &["8"]));
    let second = confined.read(&link(&first));
    assert_eq!(told(&second), []);
    caller.change(&format!("{CONFIGURATIONS}/{hidden}"), &json!({"roleScopeTagIds": ["7"]}));
    caller.change(&format!("{CONFIGURATIONS}/{seen}"), &json!({"roleScopeTagIds": ["8"]}));
    let mut third = told(&confined.read(&link(&second)));
    third.sort();
    let mut expected = [(hidden, false), (seen, true)];
    expected.sort();
    assert_eq!(third, expected);
}

fn a_new_object_has_its_creators_tags(server: &TestServer) {
    let caller = server.caller();
    for (set, body) in tagged_sets() {
        let confined = caller.scope_tags(&["8", "7"]);
        assert_eq!(confined.create(set, &body)["roleScopeTagIds"], json!(["7", "8"]), "{set}");
        assert_eq!(confined.create(set, &with_tags(&body, &["8"]))["roleScopeTagIds"], json!(["8"]), "{set}");
    }
}

fn a_caller_gives_only_tags_that_it_holds_and_keeps_one(server: &TestServer) {
    let caller = server.caller();
    for (set, body) in tagged_sets() {
        let confined = caller.scope_tags(&["7", "8"]);
        confined.act(set, &with_tags(&body, &["7", "9"])).refused(403, &["roleScopeTagIds", "'9'", "7, 8"]);
        let path = format!("{set}/{}", id(&caller.create(set, &with_tags(&body, &["7", "9"]))));
        // The tags that are there may stay, whoever gave them.
        confined.change(&path, &json!({"displayName": "B"}));
        let patch = |tags: &[&str]| confined.patch(&path).json(&json!({"roleScopeTagIds": tags})).send();
        patch(&["7", "8", "9"]).is(200);
        patch(&["7", "0"]).refused(403, &["'0'"]);
        patch(&["9"]).refused(403, &["last tag"]);
        patch(&[]).refused(403, &["roleScopeTagIds"]);
        patch(&["8"]).is(200);
        assert_eq!(caller.read(&path)["roleScopeTagIds"], json!(["8"]));
    }
}

fn what_decides_about_devices_sees_everything(server: &TestServer) {
    let caller = server.caller();
    let confined = caller.scope_tags(&["7"]);
    let device = id(&caller.create(DEVICES, &json!({"serialNumber": "SN-1"})));
    let all = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    // A profile that it does not see is for all devices already.
    let hidden = id(&caller.create(PROFILES, &with_tags(&profile("A"), &["8"])));
    caller.create(&format!("{PROFILES}/{hidden}/assignments"), &all);
    let own = id(&confined.create(PROFILES, &profile("B")));
    confined.act(&format!("{PROFILES}/{own}/assignments"), &all).refused(400, &["all devices already"]);
    // The older configuration wins, whoever asks; who does not see it is not given its file.
    for tags in [&["8"][..], &["7"]] {
        let created = id(&caller.create(CONFIGURATIONS, &with_tags(&configuration("A"), tags)));
        caller.create(&format!("{CONFIGURATIONS}/{created}/assignments"), &all);
    }
    let winning = winner(&caller, &device).expect("a winner");
    assert_eq!(caller.read(&format!("{CONFIGURATIONS}/{winning}"))["roleScopeTagIds"], json!(["8"]));
    assert_eq!(winner(&confined, &device), None);
}
