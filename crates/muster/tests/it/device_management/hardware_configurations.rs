//! `/deviceManagement/hardwareConfigurations`, and what is contained in them

use data_encoding::BASE64;
use serde_json::{Value, json};
use testkit::{assert_subset, in_utc};

use crate::samples::{configuration, group_target, id};

const PATH: &str = "hardwareConfigurations";
const GROUP: &str = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";

both![
    create_starts_at_version_1_with_its_dates,
    the_version_counts_what_is_delivered_and_nothing_else,
    an_update_answers_the_whole_object,
    what_a_create_must_say_and_what_it_may_leave_out,
    names_are_not_empty,
    lengths_are_bounded,
    content_is_padded_base64,
    assign_replaces_all_assignments,
    assign_names_the_member_it_takes,
    the_run_summary_is_there_from_the_start,
    what_is_contained_goes_with_its_parent,
];

fn create_starts_at_version_1_with_its_dates(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = configuration("A");
    body["version"] = json!(7);
    body["createdDateTime"] = json!("2017-01-01T00:02:43.5775965-08:00");
    let created = caller.create(PATH, &body);
    assert_eq!(created["version"], 1);
    let date = |name: &str| in_utc(created[name].as_str().unwrap_or_default());
    let now = in_utc(&utc_now(&caller)).expect("a date");
    let age = now.duration_since(date("createdDateTime").expect("a date")).as_secs();
    assert!((0..=60).contains(&age), "{created}: {age} s old");
    assert_eq!(date("createdDateTime"), date("lastModifiedDateTime"));
}

fn the_version_counts_what_is_delivered_and_nothing_else(server: &testkit::TestServer) {
    let caller = server.caller();
    let created = caller.create(PATH, &configuration("A"));
    let path = format!("{PATH}/{}", id(&created));
    let steps = [
        (json!({"displayName": "B"}), 0),
        (json!({"description": "x"}), 0),
        (json!({"roleScopeTagIds": ["0"]}), 0),
        (json!({"hardwareConfigurationFormat": "surface"}), 0),
        (json!({"version": 99}), 0),
        (json!({}), 0),
        (json!({"fileName": "settings.cctk"}), 0),
        (json!({"configurationFileContent": "W2NjdGtdCg=="}), 0),
        (json!({"perDevicePasswordDisabled": false}), 0),
        (json!({"fileName": "other.cctk"}), 1),
        (json!({"configurationFileContent": "bmV3"}), 1),
        (json!({"perDevicePasswordDisabled": true}), 1),
        (
            json!({"fileName": "third.cctk", "configurationFileContent": "bmV3ZXI=", "perDevicePasswordDisabled": false}),
            1,
        ),
        (json!({"fileName": "third.cctk", "displayName": "C", "version": 1}), 0),
    ];
    let mut version = 1;
    for (body, rise) in steps {
        version += rise;
        let changed = caller.change(&path, &body);
        assert_eq!(changed["version"], version, "after {body}");
        assert_eq!(changed["createdDateTime"], created["createdDateTime"], "after {body}");
    }
    assert_eq!(caller.read(&path)["version"], version);
}

fn an_update_answers_the_whole_object(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &configuration("A"))));
    let changed = caller.change(&path, &json!({"description": "new"}));
    assert_subset(
        &changed,
        &json!({"description": "new", "displayName": "A", "configurationFileContent": "W2NjdGtdCg=="}),
    );
    assert_eq!(changed, caller.read(&path));
}

fn what_a_create_must_say_and_what_it_may_leave_out(server: &testkit::TestServer) {
    let caller = server.caller();
    for required in ["displayName", "fileName", "configurationFileContent"] {
        let mut body = configuration("A");
        body.as_object_mut().expect("an object").remove(required);
        caller.act(PATH, &body).refused(400, &[required]);
    }
    let mut body = configuration("A");
    for optional in ["hardwareConfigurationFormat", "perDevicePasswordDisabled"] {
        body.as_object_mut().expect("an object").remove(optional);
    }
    let created = caller.create(PATH, &body);
    assert_subset(
        &created,
        &json!({"hardwareConfigurationFormat": "dell", "perDevicePasswordDisabled": false, "description": null}),
    );
}

fn names_are_not_empty(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &configuration("A"))));
    for property in ["displayName", "fileName"] {
        for empty in ["", " ", "\t\u{a0}"] {
            let words = format!("The property '{property}' must not be empty.");
            let mut body = configuration("B");
            body[property] = json!(empty);
            caller.act(PATH, &body).refused(400, &[&words]);
            caller.patch(&path).json(&json!({property: empty})).send().refused(400, &[&words]);
            let own = format!("{path}/{property}");
            caller.request("PUT", &own).json(&json!({"value": empty})).send().refused(400, &[&words]);
        }
    }
    assert_eq!(caller.list(PATH).len(), 1);
    assert_eq!(caller.read(&path)["displayName"], "A");
}

fn lengths_are_bounded(server: &testkit::TestServer) {
    let caller = server.caller();
    for (property, most) in [("displayName", 150), ("fileName", 150), ("description", 1_000)] {
        // Characters, not bytes.
        let mut body = configuration("A");
        body[property] = json!("ü".repeat(most));
        assert_eq!(caller.create(PATH, &body)[property], body[property]);
        body[property] = json!("ü".repeat(most + 1));
        caller.act(PATH, &body).refused(400, &[property, &most.to_string()]);
    }
    for (bytes, status) in [(0, 201), (5_119, 201), (5_120, 201), (5_121, 400), (100_000, 400)] {
        let mut body = configuration("A");
        body["configurationFileContent"] = json!(BASE64.encode(&vec![b'x'; bytes]));
        let answer = caller.act(PATH, &body).is(status);
        match status {
            400 => assert!(answer.refused(400, &["configurationFileContent", "5120"]).status == 400),
            _ => assert_eq!(answer.json()["configurationFileContent"], body["configurationFileContent"]),
        }
    }
}

fn content_is_padded_base64(server: &testkit::TestServer) {
    let caller = server.caller();
    for literal in ["YWJ", "YQ", "not base64!", "YWJj\n", "YW-_", "===="] {
        let mut body = configuration("A");
        body["configurationFileContent"] = json!(literal);
        let words = format!("Cannot convert the literal '{literal}' to the expected type 'Edm.Binary'");
        caller.act(PATH, &body).refused(400, &[&words]);
    }
}

fn assign_replaces_all_assignments(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &configuration("A"))));
    let all = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    let group = json!({"target": group_target(GROUP)});
    for assignments in [json!([group, all]), json!([all]), json!([])] {
        let body = json!({"hardwareConfigurationAssignments": assignments});
        let answer = caller.act(&format!("{path}/assign"), &body).is(200).json();
        assert_subset(&answer["value"], &assignments);
        assert_eq!(
            caller.list(&format!("{path}/assignments")).len(),
            assignments.as_array().map_or(0, Vec::len)
        );
        let expanded = caller.read(&format!("{path}?$expand=assignments"));
        assert_subset(&sorted(&expanded["assignments"]), &sorted(&answer["value"]));
    }
    assert_eq!(caller.read(&path)["version"], 1);
}

fn assign_names_the_member_it_takes(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}/assign", id(&caller.create(PATH, &configuration("A"))));
    caller.act(&path, &json!({"assignments": []})).refused(400, &["hardwareConfigurationAssignments"]);
    let relaxed = "{ hardwareConfigurationAssignments: [] }";
    caller.post(&path).text(relaxed).send().refused(400, &[]);
    caller.act(&path, &json!({})).refused(400, &["hardwareConfigurationAssignments"]);
    let missing = format!("{PATH}/{GROUP}/assign");
    caller.act(&missing, &json!({"hardwareConfigurationAssignments": []})).refused(404, &[]);
}

fn the_run_summary_is_there_from_the_start(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}/runSummary", id(&caller.create(PATH, &configuration("A"))));
    let nothing = caller.read(&path);
    assert_subset(&nothing, &json!({"successfulDeviceCount": 0, "lastRunDateTime": null}));
    // As documented it is answered as it was sent, but only the states count.
    let body = json!({"failedDeviceCount": 3, "lastRunDateTime": "2016-12-31T23:57:28.499537-08:00"});
    assert_subset(&caller.change(&path, &body), &body);
    assert_eq!(caller.read(&path), nothing);
    caller.remove(&path);
    assert_eq!(caller.read(&path), nothing);
}

fn what_is_contained_goes_with_its_parent(server: &testkit::TestServer) {
    let caller = server.caller();
    let [first, second] =
        ["A", "B"].map(|name| format!("{PATH}/{}", id(&caller.create(PATH, &configuration(name)))));
    for name in ["deviceRunStates", "userRunStates", "assignments"] {
        let contained = id(&caller.create(&format!("{first}/{name}"), &json!({})));
        // Another parent does not have it.
        caller.get(&format!("{second}/{name}/{contained}")).send().refused(404, &[]);
        assert!(caller.list(&format!("{second}/{name}")).is_empty());
        assert_eq!(caller.list(&format!("{first}/{name}")).len(), 1);
    }
    caller.remove(&first);
    for name in ["deviceRunStates", "userRunStates", "assignments", "runSummary"] {
        caller.get(&format!("{first}/{name}")).send().refused(404, &[]);
        let verb = if name == "runSummary" { "PATCH" } else { "POST" };
        caller.request(verb, &format!("{first}/{name}")).json(&json!({})).send().refused(404, &[]);
    }
}

/// The server's own time, from the header of an answer that has one.
fn utc_now(caller: &testkit::TestCaller<'_>) -> String {
    let refusal = caller.get("nothing").send().json();
    refusal["error"]["innerError"]["date"].as_str().unwrap_or_default().to_owned()
}

/// Assignments by the type of their target: their order says nothing.
fn sorted(assignments: &Value) -> Value {
    let mut assignments = assignments.as_array().cloned().unwrap_or_default();
    assignments.sort_by_key(|assignment| assignment["target"]["@odata.type"].to_string());
    Value::Array(assignments)
}
