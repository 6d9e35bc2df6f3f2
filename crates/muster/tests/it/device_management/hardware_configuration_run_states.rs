//! `…/deviceRunStates`, `…/userRunStates` and `…/runSummary`: whoever writes a state, the counters equal the states.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer, assert_subset, in_utc};

use crate::samples::{Dice, at_once, configuration, id};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
/// The states, each with the first word of its counters.
const STATES: [(&str, &str); 6] = [
    ("unknown", "unknown"),
    ("success", "successful"),
    ("fail", "failed"),
    ("scriptError", "error"),
    ("pending", "pending"),
    ("notApplicable", "notApplicable"),
];
/// The states, the worst first.
const BY_SEVERITY: [&str; 6] = ["scriptError", "fail", "pending", "unknown", "success", "notApplicable"];

both![
    a_report_is_stored_under_the_names_of_the_registration,
    a_report_that_says_nothing_new_writes_nothing,
    what_clients_write_is_counted,
    a_device_counts_for_its_user_and_moves_with_it,
    counters_hold_in_a_change_set,
    a_summary_can_be_expanded_and_stands_in_no_expression,
    the_end_of_a_device_or_a_configuration_ends_its_states,
    reports_at_once_are_all_counted,
    a_report_must_make_sense,
];

/// A configuration for all devices.
#[track_caller]
pub(super) fn for_all(caller: &TestCaller<'_>, name: &str) -> String {
    let created = id(&caller.create(CONFIGURATIONS, &configuration(name)));
    let target = json!({"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"});
    let body = json!({"hardwareConfigurationAssignments": [{"target": target}]});
    caller.act(&format!("{CONFIGURATIONS}/{created}/assign"), &body).is(200);
    created
}

#[track_caller]
fn device(caller: &TestCaller<'_>, serial_number: &str, user: &str) -> String {
    id(&caller.create(DEVICES, &json!({"serialNumber": serial_number, "userPrincipalName": user})))
}

/// Reports a state of a configuration's first version.
#[track_caller]
pub(super) fn report(caller: &TestCaller<'_>, device: &str, configuration: &str, state: &str) {
    let body = json!({"configurationId": configuration, "version": 1, "state": state});
    caller.act(&format!("{DEVICES}/{device}/muster.reportConfiguration"), &body).is(200);
}

/// Holds the counters to the states, however they came about.
#[track_caller]
pub(super) fn assert_counted(caller: &TestCaller<'_>, configuration: &str) {
    let path = format!("{CONFIGURATIONS}/{configuration}");
    let devices = caller.list(&format!("{path}/deviceRunStates"));
    let users = caller.list(&format!("{path}/userRunStates"));
    let number = |entity: &Value, name: &str| entity[name].as_u64().expect("a number");
    let mut expected = serde_json::Map::new();
    for (state, word) in STATES {
        let in_state = devices.iter().filter(|device| device["configurationState"] == state).count();
        expected.insert(format!("{word}DeviceCount"), json!(in_state));
        let worst = |user: &&Value| {
            let has = |state: &&str| {
                let word = STATES.iter().find(|(known, _)| known == state).expect("a state").1;
                number(user, &format!("{word}DeviceCount")) > 0
            };
            BY_SEVERITY.iter().find(|state| has(state)).copied().unwrap_or("unknown") == state
        };
        expected.insert(format!("{word}UserCount"), json!(users.iter().filter(worst).count()));
    }
    let dates = devices.iter().chain(&users).filter_map(|state| state["lastStateUpdateDateTime"].as_str());
    let latest =
        dates.filter_map(in_utc).filter(|at| *at > in_utc("0001-01-02T00:00:00Z").expect("a date")).max();
    let mut summary = caller.read(&format!("{path}/runSummary"));
    let last_run = summary["lastRunDateTime"].take();
    assert_eq!(last_run.as_str().and_then(in_utc), latest, "{summary}");
    assert_subset(&summary, &Value::Object(expected));
    // Of users that devices name, what their devices say is all there is.
    let mut of_users: BTreeMap<String, [u64; 6]> = BTreeMap::new();
    for device in &devices {
        let Some(user) = device["upn"].as_str().filter(|user| !user.is_empty()) else { continue };
        let state =
            STATES.iter().position(|(state, _)| device["configurationState"] == *state).expect("a state");
        of_users.entry(user.to_lowercase()).or_default()[state] += 1;
    }
    for user in users {
        let name = user["upn"].as_str().unwrap_or_default().to_lowercase();
        let counted = STATES.map(|(_, word)| number(&user, &format!("{word}DeviceCount")));
        if let Some(expected) = of_users.remove(&name) {
            assert_eq!(counted, expected, "{user}");
        }
    }
    assert!(of_users.is_empty(), "users without a state: {of_users:?}");
}

fn a_report_is_stored_under_the_names_of_the_registration(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let device = device(&caller, "SN-1", "anna@contoso.example");
    let path = format!("{DEVICES}/{device}/muster.reportConfiguration");
    // Who only asks is told what to do, and nothing is stored.
    let told = caller.act(&path, &json!({})).is(200).json();
    assert_subset(
        &told,
        &json!({
            "configurationId": configuration, "version": 1, "fileName": "settings.cctk", "isAtomic": true,
            "hardwareConfigurationFormat": "dell", "configurationFileContent": "W2NjdGtdCg==",
            "perDevicePasswordDisabled": false,
        }),
    );
    let states = format!("{CONFIGURATIONS}/{configuration}/deviceRunStates");
    assert!(caller.list(&states).is_empty());
    let body = json!({
        "configurationId": configuration, "version": 1, "state": "fail", "output": "{}",
        "error": "SecureBoot: refused", "osVersion": "24.04",
    });
    caller.act(&path, &body).is(200);
    assert_subset(
        &caller.read(&format!("{states}/{device}")),
        &json!({
            "deviceName": "SN-1", "upn": "anna@contoso.example", "internalVersion": 1, "osVersion": "24.04",
            "configurationState": "fail", "configurationError": "SecureBoot: refused", "configurationOutput": "{}",
        }),
    );
    assert_counted(&caller, &configuration);
    report(&caller, &device, &configuration, "success");
    assert_subset(
        &caller.read(&format!("{states}/{device}")),
        &json!({"configurationState": "success", "configurationError": null, "osVersion": "24.04"}),
    );
    assert_eq!(caller.list(&states).len(), 1);
    assert_counted(&caller, &configuration);
}

fn a_report_that_says_nothing_new_writes_nothing(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let device = device(&caller, "SN-1", "anna@contoso.example");
    report(&caller, &device, &configuration, "success");
    let path = format!("{CONFIGURATIONS}/{configuration}");
    let states = || {
        let user = caller.list(&format!("{path}/userRunStates"));
        (
            caller.read(&format!("{path}/deviceRunStates/{device}")),
            user,
            caller.read(&format!("{path}/runSummary")),
        )
    };
    let before = states();
    report(&caller, &device, &configuration, "success");
    assert_eq!(states(), before);
}

fn what_clients_write_is_counted(server: &TestServer) {
    let caller = server.caller();
    let configuration = id(&caller.create(CONFIGURATIONS, &configuration("A")));
    let path = format!("{CONFIGURATIONS}/{configuration}");
    let mut dice = Dice(7);
    let mut written: Vec<String> = Vec::new();
    for step in 0..24 {
        let (state, _) = STATES[dice.below(6)];
        let user = ["", "a@example", "B@example", "b@EXAMPLE"][dice.below(4)];
        let body = json!({"configurationState": state, "upn": user});
        match dice.below(4) {
            0 if !written.is_empty() => caller.remove(&written.swap_remove(dice.below(written.len()))),
            1 if !written.is_empty() => drop(caller.change(&written[dice.below(written.len())], &body)),
            _ => {
                let created = id(&caller.create(&format!("{path}/deviceRunStates"), &body));
                written.push(format!("{path}/deviceRunStates/{created}"));
            }
        }
        if step % 6 == 5 {
            assert_counted(&caller, &configuration);
        }
    }
    let user = json!({"upn": "c@example", "failedDeviceCount": 2, "successfulDeviceCount": 1});
    let user =
        format!("{path}/userRunStates/{}", id(&caller.create(&format!("{path}/userRunStates"), &user)));
    assert_counted(&caller, &configuration);
    caller.change(&user, &json!({"failedDeviceCount": 0}));
    assert_counted(&caller, &configuration);
    caller.remove(&user);
    written.iter().for_each(|state| caller.remove(state));
    assert!(caller.list(&format!("{path}/userRunStates")).is_empty());
    assert_counted(&caller, &configuration);
}

fn a_device_counts_for_its_user_and_moves_with_it(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let devices = ["1", "2", "3"].map(|serial| device(&caller, serial, "anna@contoso.example"));
    for (device, state) in devices.iter().zip(["success", "pending", "fail"]) {
        report(&caller, device, &configuration, state);
    }
    assert_counted(&caller, &configuration);
    let summary = format!("{CONFIGURATIONS}/{configuration}/runSummary");
    assert_subset(
        &caller.read(&summary),
        &json!({"failedUserCount": 1, "pendingUserCount": 0, "failedDeviceCount": 1}),
    );
    let user = json!({"userPrincipalName": "bert@contoso.example", "addressableUserName": "Bert"});
    caller.act(&format!("{DEVICES}/{}/assignUserToDevice", devices[2]), &user).is(204);
    report(&caller, &devices[2], &configuration, "fail");
    assert_counted(&caller, &configuration);
    assert_subset(&caller.read(&summary), &json!({"failedUserCount": 1, "pendingUserCount": 1}));
    let users = caller.list(&format!("{CONFIGURATIONS}/{configuration}/userRunStates"));
    assert_eq!(users.len(), 2, "{users:?}");
}

fn counters_hold_in_a_change_set(server: &TestServer) {
    let caller = server.caller();
    let configuration = id(&caller.create(CONFIGURATIONS, &configuration("A")));
    let path = format!("/deviceManagement/{CONFIGURATIONS}/{configuration}/deviceRunStates");
    let request = |number: usize, body: Value| {
        json!({"id": number.to_string(), "method": "POST", "url": path, "body": body, "atomicityGroup": "g",
            "headers": {"Content-Type": "application/json"}})
    };
    let good: Vec<Value> = (0..4)
        .map(|number| {
            request(number, json!({"configurationState": "fail", "upn": format!("{number}@example")}))
        })
        .collect();
    caller.act("/beta/$batch", &json!({"requests": good})).is(200);
    assert_eq!(caller.list(&format!("{CONFIGURATIONS}/{configuration}/deviceRunStates")).len(), 4);
    assert_counted(&caller, &configuration);
    let mut bad = good;
    bad.push(request(9, json!({"configurationState": "nonsense"})));
    caller.act("/beta/$batch", &json!({"requests": bad})).is(200);
    assert_eq!(caller.list(&format!("{CONFIGURATIONS}/{configuration}/deviceRunStates")).len(), 4);
    assert_counted(&caller, &configuration);
}

fn a_summary_can_be_expanded_and_stands_in_no_expression(server: &TestServer) {
    let caller = server.caller();
    let configurations = ["A", "B"].map(|name| id(&caller.create(CONFIGURATIONS, &configuration(name))));
    let states = format!("{CONFIGURATIONS}/{}/deviceRunStates", configurations[0]);
    caller.create(&states, &json!({"configurationState": "pending"}));
    for (configuration, pending) in configurations.iter().zip([1, 0]) {
        let expanded = caller.read(&format!("{CONFIGURATIONS}/{configuration}?$expand=runSummary"));
        let summary = caller.read(&format!("{CONFIGURATIONS}/{configuration}/runSummary"));
        assert_eq!(expanded["runSummary"]["pendingDeviceCount"], pending);
        assert_eq!(expanded["runSummary"]["@odata.etag"], summary["@odata.etag"]);
    }
    let listed = caller.list(&format!("{CONFIGURATIONS}?$expand=runSummary&$orderby=displayName"));
    let pending: Vec<&Value> = listed.iter().map(|one| &one["runSummary"]["pendingDeviceCount"]).collect();
    assert_eq!(pending, [&json!(1), &json!(0)]);
    let own = format!("{CONFIGURATIONS}/{}/runSummary/pendingDeviceCount", configurations[0]);
    assert_eq!(caller.read(&own)["value"], 1);
    let etag =
        caller.read(&format!("{CONFIGURATIONS}/{}/runSummary", configurations[0]))["@odata.etag"].clone();
    let etag = etag.as_str().expect("a tag");
    let summary = format!("{CONFIGURATIONS}/{}/runSummary", configurations[0]);
    caller.get(&summary).header("If-None-Match", etag).send().is(304);
    caller.create(&states, &json!({"configurationState": "pending"}));
    caller.get(&summary).header("If-None-Match", etag).send().is(200);
    caller
        .get(&format!("{CONFIGURATIONS}?$filter=runSummary/failedDeviceCount%20gt%200"))
        .send()
        .refused(501, &["runSummary"]);
}

fn the_end_of_a_device_or_a_configuration_ends_its_states(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let devices = ["1", "2"].map(|serial| device(&caller, serial, "anna@contoso.example"));
    devices.iter().for_each(|device| report(&caller, device, &configuration, "success"));
    caller.remove(&format!("{DEVICES}/{}", devices[0]));
    assert_eq!(caller.list(&format!("{CONFIGURATIONS}/{configuration}/deviceRunStates")).len(), 1);
    assert_counted(&caller, &configuration);
    caller.remove(&format!("{CONFIGURATIONS}/{configuration}"));
    caller.get(&format!("{CONFIGURATIONS}/{configuration}/runSummary")).send().refused(404, &[]);
    caller.act(&format!("{DEVICES}/{}/muster.reportConfiguration", devices[1]), &json!({})).is(204);
}

fn reports_at_once_are_all_counted(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let devices: Vec<String> =
        (0..12).map(|at| device(&caller, &at.to_string(), &format!("{}@contoso.example", at % 6))).collect();
    for round in 0..3 {
        at_once(devices.len(), |at| {
            report(&caller, &devices[at], &configuration, STATES[(at + round) % 6].0);
        });
        assert_counted(&caller, &configuration);
    }
}

fn a_report_must_make_sense(server: &TestServer) {
    let caller = server.caller();
    let configuration = for_all(&caller, "A");
    let device = device(&caller, "1", "");
    let path = format!("{DEVICES}/{device}/muster.reportConfiguration");
    for (body, words) in [
        (
            json!({"state": "succes", "configurationId": configuration, "version": 1}),
            "notApplicable, not 'succes'",
        ),
        (json!({"state": "success", "version": 1}), "configurationId"),
        (json!({"state": "success", "configurationId": configuration}), "version"),
        (json!({"state": "success", "configurationId": configuration, "version": 0}), "version"),
        (json!({"output": "x".repeat(70_000)}), "output"),
    ] {
        caller.act(&path, &body).refused(400, &[words]);
    }
    // What is reported of a configuration that the device is not to have is not stored.
    let other = id(&caller.create(CONFIGURATIONS, &crate::samples::configuration("B")));
    let body = json!({"state": "success", "configurationId": other, "version": 1});
    assert_eq!(caller.act(&path, &body).is(200).json()["configurationId"], configuration.as_str());
    assert!(caller.list(&format!("{CONFIGURATIONS}/{other}/deviceRunStates")).is_empty());
    caller.act(&format!("{DEVICES}/nobody/muster.reportConfiguration"), &json!({})).refused(404, &[]);
}
