//! `/v1.0`: a smaller view of the same entities

use serde_json::{Value, json};
use testkit::assert_subset;

use crate::samples::{id, imported};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTED: &str = "importedWindowsAutopilotDeviceIdentities";

both![
    both_versions_show_the_same_entities,
    it_shows_its_own_properties_only,
    members_that_it_does_not_know_are_unknown_to_it,
    it_has_two_sets_and_their_actions,
    its_links_stay_in_it,
    its_permissions_are_its_own,
    its_metadata_is_its_own,
];

fn both_versions_show_the_same_entities(server: &testkit::TestServer) {
    let caller = server.caller();
    let (beta, v1) = (caller.clone(), caller.v1());
    let made = id(&v1.create(DEVICES, &json!({"serialNumber": "1", "groupTag": "A"})));
    assert_eq!(beta.read(&format!("{DEVICES}/{made}"))["serialNumber"], "1");
    beta.change(&format!("{DEVICES}/{made}"), &json!({"deviceFriendlyName": "Room 5", "groupTag": "B"}));
    let shown = v1.read(&format!("{DEVICES}/{made}"));
    assert_eq!(shown["groupTag"], "B");
    v1.change(&format!("{DEVICES}/{made}"), &json!({"groupTag": "C"}));
    // What the smaller version does not show, it does not touch.
    assert_subset(
        &beta.read(&format!("{DEVICES}/{made}")),
        &json!({"deviceFriendlyName": "Room 5", "groupTag": "C"}),
    );
}

fn it_shows_its_own_properties_only(server: &testkit::TestServer) {
    let caller = server.caller();
    let (beta, v1) = (caller.clone(), caller.v1());
    let created = v1.create(DEVICES, &json!({"serialNumber": "1"}));
    let mut names: Vec<&str> =
        created.as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect();
    names.retain(|name| !name.contains("@odata."));
    assert_eq!(names.len(), 17, "id and 16 properties: {names:?}");
    for name in
        ["deviceAccountPassword", "deploymentProfileAssignmentStatus", "remediationState", "azureAdDeviceId"]
    {
        assert!(!names.contains(&name), "{name}");
        v1.act(DEVICES, &json!({name: null})).refused(400, &[name]);
        v1.get(&format!("{DEVICES}?$select={name}")).send().refused(400, &[name]);
        v1.get(&format!("{DEVICES}?$orderby={name}")).send().refused(400, &[name]);
        assert!(beta.read(&format!("{DEVICES}/{}", id(&created))).get(name).is_some(), "{name}");
    }
    v1.get(&format!("{DEVICES}?$expand=deploymentProfile")).send().refused(400, &["deploymentProfile"]);
    v1.act(DEVICES, &json!({"enrollmentState": "blocked"})).refused(400, &["blocked"]);
    beta.act(DEVICES, &json!({"enrollmentState": "blocked"})).is(201);
}

fn members_that_it_does_not_know_are_unknown_to_it(server: &testkit::TestServer) {
    let caller = server.caller();
    let (beta, v1) = (caller.clone(), caller.v1());
    let made = id(&beta.create(DEVICES, &json!({"serialNumber": "1", "enrollmentState": "blocked"})));
    let path = format!("{DEVICES}/{made}");
    assert_eq!(beta.read(&path)["enrollmentState"], "blocked");
    assert_eq!(v1.read(&path)["enrollmentState"], "unknown");
    assert_eq!(v1.list(DEVICES)[0]["enrollmentState"], "unknown");
    assert_eq!(v1.read(&format!("{path}/enrollmentState"))["value"], "unknown");
    assert_eq!(v1.get(&format!("{path}/enrollmentState/$value")).send().is(200).body, b"unknown"[..]);
    // It stays what it is.
    v1.change(&path, &json!({"groupTag": "A"}));
    assert_eq!(beta.read(&path)["enrollmentState"], "blocked");
}

fn it_has_two_sets_and_their_actions(server: &testkit::TestServer) {
    let caller = server.caller().v1();
    for path in [
        "hardwareConfigurations",
        "hardwarePasswordInfo",
        "roleScopeTags",
        "windowsAutopilotSettings",
        "windowsAutopilotDeploymentProfiles",
    ] {
        caller.get(path).send().refused(404, &[path]);
    }
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &json!({}))));
    caller.act(&format!("{path}/updateDeviceProperties"), &json!({"groupTag": "T"})).is(204);
    caller
        .act(&format!("{path}/updateDeviceProperties"), &json!({"deviceFriendlyName": "T"}))
        .refused(400, &["deviceFriendlyName"]);
    caller
        .act(
            &format!("{path}/assignUserToDevice"),
            &json!({"userPrincipalName": "a@b.example", "addressableUserName": "A"}),
        )
        .is(204);
    caller.post(&format!("{path}/unassignUserFromDevice")).send().is(204);
    caller.post(&format!("{path}/allowNextEnrollment")).send().refused(404, &["allowNextEnrollment"]);
    let gone = caller.act(&format!("{DEVICES}/deleteDevices"), &json!({"serialNumbers": ["none"]})).is(200);
    assert_eq!(gone.json()["value"][0]["deletionState"], "failed");
    caller.get(&format!("{path}/deploymentProfile")).send().refused(404, &["deploymentProfile"]);
    let answer =
        caller.act(&format!("{IMPORTED}/import"), &json!({IMPORTED: [imported("1")]})).is(200).json();
    assert_subset(&answer["value"], &json!([imported("1")]));
}

fn its_permissions_are_its_own(server: &testkit::TestServer) {
    let caller = server.caller();
    let stranger = caller.permission("DeviceManagementConfiguration.ReadWrite.All");
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &json!({}))));
    let refused = stranger.v1().delete(&path).send();
    let message = refused.refused(403, &["DeviceManagementServiceConfig.ReadWrite.All"]).text();
    assert!(!message.contains("DeviceManagementConfiguration"), "{message}");
    assert!(
        !caller.v1().get("/v1.0/$metadata").send().is(200).text().contains("DeviceManagementConfiguration")
    );
    // A later edition of the pages of /beta allows it there.
    stranger.delete(&path).send().is(204);
}

fn its_links_stay_in_it(server: &testkit::TestServer) {
    let caller = server.caller().v1();
    for serial in ["1", "2"] {
        caller.create(DEVICES, &json!({"serialNumber": serial}));
    }
    let page: Value = caller.read(&format!("{DEVICES}?$top=1"));
    for link in [&page["@odata.nextLink"], &page["@odata.context"]] {
        assert!(
            link.as_str().is_some_and(|link| link.starts_with(&format!("{}/v1.0/", server.origin()))),
            "{link}"
        );
    }
    assert_eq!(caller.list(&format!("{DEVICES}?$top=1")).len(), 2);
}

fn its_metadata_is_its_own(server: &testkit::TestServer) {
    let model = crate::model::of(&server.caller(), "v1.0");
    let paths: Vec<&str> = model.sets.iter().map(|set| set.path.as_str()).collect();
    assert_eq!(paths, ["auditEvents", IMPORTED, DEVICES]);
    assert!(!model.enums["enrollmentState"].contains(&"blocked".to_owned()));
    assert!(!model.types.contains_key("hardwarePasswordInfo"));
}
