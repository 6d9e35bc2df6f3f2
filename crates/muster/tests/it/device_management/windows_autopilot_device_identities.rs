//! `/deviceManagement/windowsAutopilotDeviceIdentities`, and the way to their profiles

use serde_json::json;
use testkit::assert_subset;

use crate::samples::{device, device_with_profile, id, profile, serials};

const PATH: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const NEVER: &str = "0001-01-01T00:00:00Z";

both![
    timestamps_are_answered_in_utc_with_their_digits,
    required_dates_that_were_never_set_are_never_null,
    a_device_without_profile_has_no_place_for_assigned_devices,
    a_device_created_among_the_assigned_has_the_profile,
    the_profile_of_a_device_can_be_read_and_changed_through_it,
    a_profile_has_only_its_own_devices,
    serial_numbers_may_repeat,
    bodies_of_entities_are_strict_json,
];

fn timestamps_are_answered_in_utc_with_their_digits(server: &testkit::TestServer) {
    let caller = server.caller();
    let property = "lastContactedDateTime";
    for (sent, answered) in [
        ("2016-12-31T23:58:44.2908994-08:00", "2017-01-01T07:58:44.2908994Z"),
        ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("2024-02-29T00:30:00+05:30", "2024-02-28T19:00:00Z"),
        ("2024-02-29T12:00:00.5Z", "2024-02-29T12:00:00.5Z"),
        ("2024-02-29T12:00:00.0000001Z", "2024-02-29T12:00:00.0000001Z"),
        ("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z"),
        (NEVER, NEVER),
    ] {
        let created = caller.create(PATH, &json!({"serialNumber": "1", property: sent}));
        assert_eq!(created[property], answered);
        assert_eq!(caller.read(&format!("{PATH}/{}", id(&created)))[property], answered);
    }
}

fn required_dates_that_were_never_set_are_never_null(server: &testkit::TestServer) {
    let caller = server.caller();
    let created = caller.create(PATH, &device("1"));
    for read in [&created, &caller.read(&format!("{PATH}/{}", id(&created))), &caller.list(PATH)[0]] {
        for name in [
            "lastContactedDateTime",
            "deploymentProfileAssignedDateTime",
            "remediationStateLastModifiedDateTime",
        ] {
            assert_eq!(read[name], NEVER, "{name}");
        }
        assert_eq!(read["enrollmentState"], "notContacted");
        assert!(read["userPrincipalName"].is_null());
    }
}

fn a_device_without_profile_has_no_place_for_assigned_devices(server: &testkit::TestServer) {
    let caller = server.caller();
    let device_path = format!("{PATH}/{}", id(&caller.create(PATH, &device("1"))));
    caller.act(&format!("{device_path}/deploymentProfile/assignedDevices"), &device("2")).refused(404, &[]);
    caller.get(&format!("{device_path}/deploymentProfile/assignedDevices")).send().refused(404, &[]);
    let expanded = caller.read(&format!("{device_path}?$expand=deploymentProfile,intendedDeploymentProfile"));
    assert!(
        expanded["deploymentProfile"].is_null() && expanded["intendedDeploymentProfile"].is_null(),
        "{expanded}"
    );
    assert_eq!(caller.list(PATH).len(), 1);
}

fn a_device_created_among_the_assigned_has_the_profile(server: &testkit::TestServer) {
    let caller = server.caller();
    let (device_id, profile_id) = device_with_profile(&caller);
    let path = format!("{PATH}/{device_id}/deploymentProfile/assignedDevices");
    let created = caller.create(&path, &device("2"));
    assert_subset(&created, &device("2"));
    let assigned = caller.list(&format!("{PROFILES}/{profile_id}/assignedDevices"));
    let mut found = serials(&assigned);
    found.sort_unstable();
    assert_eq!(found, ["2", "PROFILED"]);
    let second = format!("{PATH}/{}", id(&created));
    assert_eq!(caller.read(&format!("{second}/deploymentProfile"))["id"], json!(profile_id));
    caller.remove(&format!("{path}/{}", id(&created)));
    caller.get(&second).send().refused(404, &[]);
}

fn the_profile_of_a_device_can_be_read_and_changed_through_it(server: &testkit::TestServer) {
    let caller = server.caller();
    let (device_id, profile_id) = device_with_profile(&caller);
    let path = format!("{PATH}/{device_id}");
    for way in ["deploymentProfile", "intendedDeploymentProfile"] {
        assert_eq!(caller.read(&format!("{path}/{way}"))["id"], json!(profile_id));
    }
    caller.change(&format!("{path}/deploymentProfile"), &json!({"description": "changed"}));
    assert_eq!(caller.read(&format!("{PROFILES}/{profile_id}"))["description"], "changed");
    let expanded = caller.read(&format!("{path}?$expand=deploymentProfile,intendedDeploymentProfile"));
    assert_eq!(expanded["deploymentProfile"]["id"], json!(profile_id));
    assert_eq!(expanded["intendedDeploymentProfile"]["displayName"], "Kiosk");
    let status = expanded["deploymentProfileAssignmentStatus"].as_str().unwrap_or_default();
    assert!(status.starts_with("assigned"), "{status}");
}

fn a_profile_has_only_its_own_devices(server: &testkit::TestServer) {
    let caller = server.caller();
    let (_, profile_id) = device_with_profile(&caller);
    let other = id(&caller.create(PATH, &device("OTHER")));
    let path = format!("{PROFILES}/{profile_id}/assignedDevices");
    assert_eq!(serials(&caller.list(&path)), ["PROFILED"]);
    caller.get(&format!("{path}/{other}")).send().refused(404, &[]);
    assert_eq!(caller.get(&format!("{path}/$count")).send().is(200).text(), "1");
    let empty = id(&caller.create(PROFILES, &profile("Empty")));
    assert!(caller.list(&format!("{PROFILES}/{empty}/assignedDevices")).is_empty());
}

fn serial_numbers_may_repeat(server: &testkit::TestServer) {
    let caller = server.caller();
    let ids = [0, 1].map(|_| id(&caller.create(PATH, &device("same"))));
    assert_ne!(ids[0], ids[1]);
    let found = caller.get(PATH).query("$filter", "contains(serialNumber,'same')").send().is(200).json();
    assert_eq!(found["value"].as_array().map(Vec::len), Some(2));
}

fn bodies_of_entities_are_strict_json(server: &testkit::TestServer) {
    let caller = server.caller();
    for body in ["{ serialNumber: \"1\" }", "{\"serialNumber\": \"1\",}", "{'serialNumber': '1'}"] {
        caller.post(PATH).text(body).send().refused(400, &[]);
    }
    assert!(caller.list(PATH).is_empty());
}
