//! `/$ref`: which entities a navigation property leads to

use serde_json::json;

use crate::samples::{device, device_with_profile, id};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";

both![
    a_reference_names_its_entity,
    references_of_a_collection_come_in_pages,
    a_reference_that_leads_nowhere,
    what_a_reference_does_not_take,
    the_permissions_are_those_of_the_navigation,
];

fn a_reference_names_its_entity(server: &testkit::TestServer) {
    let caller = server.caller();
    let (device, profile) = device_with_profile(&caller);
    let url = |path: &str| format!("{}/{path}", caller.url(""));
    let metadata = caller.url("/beta/$metadata");
    for (path, target) in [
        (format!("{DEVICES}/{device}/deploymentProfile/$ref"), format!("{PROFILES}('{profile}')")),
        (format!("{DEVICES}('{device}')/intendedDeploymentProfile/$REF"), format!("{PROFILES}('{profile}')")),
        (format!("{PROFILES}/{profile}/assignedDevices/{device}/$ref"), format!("{DEVICES}('{device}')")),
    ] {
        let read = caller.read(&path);
        assert_eq!(read, json!({"@odata.context": format!("{metadata}#$ref"), "@odata.id": url(&target)}));
        // It can be followed.
        assert_eq!(
            id(&caller.read(read["@odata.id"].as_str().unwrap_or_default())),
            id(&caller.read(&url(&target)))
        );
    }
    let bare = caller
        .get(&format!(
            "{DEVICES}/{device}/deploymentProfile/$ref?$format=application/json;odata.metadata=none"
        ))
        .send()
        .is(200);
    assert_eq!(bare.json(), json!({"@odata.id": url(&format!("{PROFILES}('{profile}')"))}));
}

fn references_of_a_collection_come_in_pages(server: &testkit::TestServer) {
    let caller = server.caller();
    let (first, profile) = device_with_profile(&caller);
    let others = ["2", "3"].map(|serial| id(&caller.create(DEVICES, &device(serial))));
    caller.act(&format!("{PROFILES}/{profile}/assign"), &json!({"deviceIds": others})).is(204);
    let path = format!("{PROFILES}/{profile}/assignedDevices/$ref");
    let read = caller.read(&format!("{path}?$count=true"));
    assert_eq!(read["@odata.context"], caller.url("/beta/$metadata") + "#Collection($ref)");
    assert_eq!(read["@odata.count"], 3);
    let mut found: Vec<String> = Vec::new();
    for reference in caller.list(&format!("{path}?$top=1")) {
        let members: Vec<&String> =
            reference.as_object().into_iter().flatten().map(|(name, _)| name).collect();
        assert_eq!(members, ["@odata.id"]);
        found.push(id(&caller.read(reference["@odata.id"].as_str().unwrap_or_default())));
    }
    let mut expected = [first, others[0].clone(), others[1].clone()];
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let filtered = caller.get(&path).query("$filter", "serialNumber eq '3'").send().is(200).json();
    assert_eq!(filtered["value"].as_array().map(Vec::len), Some(1));
    let size = caller.get(&path).header("Prefer", "odata.maxpagesize=2").send().is(200);
    assert_eq!(size.json()["value"].as_array().map(Vec::len), Some(2));
    assert_eq!(size.header("Preference-Applied"), Some("odata.maxpagesize=2"));
}

fn a_reference_that_leads_nowhere(server: &testkit::TestServer) {
    let caller = server.caller();
    let device = id(&caller.create(DEVICES, &device("1")));
    caller.get(&format!("{DEVICES}/{device}/deploymentProfile/$ref")).send().is(204);
    caller.get(&format!("{DEVICES}/x/deploymentProfile/$ref")).send().refused(404, &["x"]);
    caller.get(&format!("{DEVICES}/{device}/$ref")).send().is(200);
    caller.get(&format!("{DEVICES}/{device}/serialNumber/$ref")).send().refused(404, &["$ref"]);
    let profile = id(&caller.create(PROFILES, &crate::samples::profile("P")));
    assert!(caller.list(&format!("{PROFILES}/{profile}/assignedDevices/$ref")).is_empty());
}

fn what_a_reference_does_not_take(server: &testkit::TestServer) {
    let caller = server.caller();
    let (device, profile) = device_with_profile(&caller);
    let body = json!({"@odata.id": caller.url(&format!("{PROFILES}('{profile}')"))});
    // A profile is given to devices by its action `assign`, and by nothing else.
    for (method, path) in [
        ("PUT", format!("{DEVICES}/{device}/deploymentProfile/$ref")),
        ("DELETE", format!("{DEVICES}/{device}/deploymentProfile/$ref")),
        ("POST", format!("{PROFILES}/{profile}/assignedDevices/$ref")),
        ("DELETE", format!("{PROFILES}/{profile}/assignedDevices/{device}/$ref")),
    ] {
        let answer = caller.request(method, &path).json(&body).send().refused(405, &[]);
        assert_eq!(answer.header("Allow"), Some("GET, HEAD"), "{method} {path}");
    }
    for query in ["$select=id", "$expand=deploymentProfile"] {
        let path = format!("{PROFILES}/{profile}/assignedDevices/$ref?{query}");
        caller.get(&path).send().refused(400, &[query.split('=').next().unwrap_or_default()]);
    }
}

fn the_permissions_are_those_of_the_navigation(server: &testkit::TestServer) {
    let caller = server.caller();
    let (device, _) = device_with_profile(&caller);
    let path = format!("{DEVICES}/{device}/deploymentProfile/$ref");
    caller.permission("DeviceManagementServiceConfig.Read.All").get(&path).send().is(200);
    let stranger = caller.permission("DeviceManagementConfiguration.Read.All");
    stranger.get(&path).send().refused(403, &["DeviceManagementServiceConfig.Read.All"]);
}
