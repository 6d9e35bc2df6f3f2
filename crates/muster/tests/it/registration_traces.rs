//! What real clients were seen to send to register devices, from the first call to the last, and what they wait for

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use crate::samples::{dynamic_group, group_target, hash, id, profile, serials, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTED: &str = "importedWindowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";

both![
    a_script_registers_a_device_and_waits_for_its_profile,
    a_script_replaces_a_device,
    a_script_imports_a_list_and_clears_up,
    a_script_of_the_installer_finds_its_record,
    a_deployment_tool_imports_and_mends_the_tag,
    a_preflight_asks_in_one_batch,
    a_desired_state_looks_for_its_profile,
    a_declarative_tool_waits_for_what_it_assigned,
];

/// The record that the community's scripts send.
fn record(serial_number: &str, hash: &str, group_tag: &str) -> Value {
    json!({
        "@odata.type": "#microsoft.graph.importedWindowsAutopilotDeviceIdentity",
        "groupTag": group_tag, "serialNumber": serial_number, "productKey": "", "hardwareIdentifier": hash,
        "assignedUserPrincipalName": "",
        "state": {
            "@odata.type": "microsoft.graph.importedWindowsAutopilotDeviceIdentityState",
            "deviceImportStatus": "pending", "deviceRegistrationId": "", "deviceErrorCode": 0, "deviceErrorName": "",
        },
    })
}

/// What its script reads of a record, once it reads anything but `unknown`.
#[track_caller]
fn awaited(caller: &TestCaller<'_>, serial_number: &str) -> Value {
    // The script sleeps 30 seconds; here the work is waited for.
    settle(caller);
    let records = caller.list(IMPORTED);
    let found = records.iter().find(|record| record["serialNumber"] == serial_number);
    let state = found.unwrap_or_else(|| panic!("no record of {serial_number}"))["state"].clone();
    assert_ne!(state["deviceImportStatus"], "unknown");
    state
}

#[track_caller]
fn registered(caller: &TestCaller<'_>, serial_number: &str) -> String {
    let state = awaited(caller, serial_number);
    assert_eq!(
        (&state["deviceImportStatus"], &state["deviceErrorCode"], &state["deviceErrorName"]),
        (&json!("complete"), &json!(0), &json!("")),
        "{state}"
    );
    state["deviceRegistrationId"].as_str().filter(|id| !id.is_empty()).expect("an id").to_owned()
}

/// The requests of Get-WindowsAutopilotInfoCommunity, -Online -Assign.
fn a_script_registers_a_device_and_waits_for_its_profile(server: &TestServer) {
    let caller = server.caller();
    let rule = r#"(device.devicePhysicalIds -any (_ -eq "[OrderID]:Berlin"))"#;
    let group = id(&caller.create("/beta/groups", &dynamic_group("Berlin", rule)));
    let profile = id(&caller.create(PROFILES, &profile("P")));
    caller.create(&format!("{PROFILES}/{profile}/assignments"), &json!({"target": group_target(&group)}));
    let serial = unique("S");
    assert!(caller.list(DEVICES).iter().all(|device| device["serialNumber"] != serial.as_str()));
    let made = caller.act(IMPORTED, &record(&serial, &hash(&serial, vec![]), "Berlin")).is(201).json();
    assert_eq!(made["state"]["deviceImportStatus"], "pending", "it is shown what it sent");
    let device_id = registered(&caller, &serial);
    let device = caller.read(&format!("{DEVICES}/{device_id}"));
    assert_eq!((&device["id"], &device["serialNumber"]), (&json!(device_id), &json!(serial)));
    let directory = device["azureActiveDirectoryDeviceId"].as_str().unwrap_or_default();
    assert_eq!(caller.list(&format!("/beta/devices?$filter=deviceId eq '{directory}'")).len(), 1);
    let device =
        caller.read(&format!("{DEVICES}/{device_id}?$expand=deploymentProfile,intendedDeploymentProfile"));
    let status = device["deploymentProfileAssignmentStatus"].as_str().unwrap_or_default();
    assert!(status.starts_with("assigned"), "{status}");
    assert_eq!(device["deploymentProfile"]["id"], json!(profile));
    caller.remove(&format!("{IMPORTED}/{}", id(&made)));
    caller.post("windowsAutopilotSettings/sync").send().is(204);
}

/// The requests of the same script with -Delete.
fn a_script_replaces_a_device(server: &TestServer) {
    let caller = server.caller();
    let serial = unique("S");
    let body = record(&serial, &hash(&serial, vec![]), "");
    caller.create(IMPORTED, &body);
    let old = registered(&caller, &serial);
    caller.remove(&format!("{IMPORTED}/{}", id(&caller.list(IMPORTED)[0])));
    caller.remove(&format!("{DEVICES}/{old}"));
    // Managed devices are none of ours; the script goes on.
    let filter = format!("startsWith(serialNumber, '{serial}')");
    caller.get("managedDevices").query("$filter", &filter).send().refused(404, &["managedDevices"]);
    caller.create(IMPORTED, &body);
    assert_ne!(registered(&caller, &serial), old);
}

/// The requests of Import-AutopilotCSV.
fn a_script_imports_a_list_and_clears_up(server: &TestServer) {
    let caller = server.caller();
    let mut rows: Vec<String> = (0..5).map(|_| unique("S")).collect();
    for serial in &rows {
        caller.create(IMPORTED, &record(serial, &hash(serial, vec![]), "Hamburg"));
    }
    rows.iter().for_each(|serial| drop(registered(&caller, serial)));
    for record in caller.list(IMPORTED) {
        caller.remove(&format!("{IMPORTED}/{}", id(&record)));
    }
    assert!(caller.list(IMPORTED).is_empty());
    let devices = caller.list(&format!("{DEVICES}?$orderby=serialNumber"));
    rows.sort();
    assert_eq!(serials(&devices), rows);
    assert!(devices.iter().all(|device| device["groupTag"] == "Hamburg"));
}

/// The requests of add-check-PE.ps1, with Windows PowerShell 5.1.
fn a_script_of_the_installer_finds_its_record(server: &TestServer) {
    let caller = server.caller();
    let serial = unique("S");
    let body = record(&serial, &hash(&serial, vec![]), "PE");
    caller.post(IMPORTED).json(&body).header("Expect", "100-continue").send().is(201);
    settle(&caller);
    let listed = caller.get(IMPORTED).header("Content-Type", "application/json").send().is(200).json();
    assert_eq!(listed["value"][0]["serialNumber"], serial.as_str());
    assert_eq!(listed["value"][0]["state"]["deviceImportStatus"], "complete");
}

/// The requests of Foundry OSD.
fn a_deployment_tool_imports_and_mends_the_tag(server: &TestServer) {
    let caller = server.caller();
    let (serial, import) = (unique("S"), uuid::Uuid::new_v4().to_string());
    let item = json!({"importId": import, "serialNumber": serial, "hardwareIdentifier": hash(&serial, vec![]), "groupTag": "a"});
    let answer = caller.act(&format!("{IMPORTED}/import"), &json!({IMPORTED: [item]})).is(200).json();
    assert_eq!(answer["value"].as_array().map(Vec::len), Some(1));
    let path = format!("{IMPORTED}/{}", id(&answer["value"][0]));
    settle(&caller);
    let state = caller.read(&path)["state"].clone();
    assert_eq!(state["deviceImportStatus"], "complete", "{state}");
    let device_id = state["deviceRegistrationId"].as_str().unwrap_or_default();
    let device_path = format!("{DEVICES}/{device_id}");
    let device = caller.read(&device_path);
    assert_eq!((&device["id"], &device["serialNumber"]), (&json!(device_id), &json!(serial)));
    caller.act(&format!("{device_path}/updateDeviceProperties"), &json!({"groupTag": "b"})).is(204);
    assert_eq!(caller.read(&device_path)["groupTag"], "b");
    let found = caller.v1().list(&format!("{DEVICES}?$filter=serialNumber eq '{serial}'"));
    assert_eq!(serials(&found), [serial.as_str()]);
    // A second import of the device says that it is there.
    caller.act(&format!("{IMPORTED}/import"), &json!({IMPORTED: [item]})).is(200);
    settle(&caller);
    let records =
        caller.list(&format!("{IMPORTED}?$filter=importId eq '{import}' and state/deviceErrorCode eq 806"));
    assert_eq!(records[0]["state"]["deviceErrorName"], "ZtdDeviceAlreadyAssigned");
}

/// The requests of FleetMate and others.
fn a_preflight_asks_in_one_batch(server: &TestServer) {
    let caller = server.caller();
    let serial = unique("S");
    caller.create(IMPORTED, &record(&serial, &hash(&serial, vec![]), ""));
    registered(&caller, &serial);
    let requests = json!({"requests": [
        {"id": "intune", "method": "GET", "url": format!("/deviceManagement/managedDevices?$filter=serialNumber eq '{serial}'&$select=id")},
        {"id": "autopilot", "method": "GET", "url": format!("/deviceManagement/{DEVICES}?$filter=contains(serialNumber,'{serial}')")},
    ]});
    let answer = caller.act("/beta/$batch", &requests).is(200).json();
    let of = |name: &str| {
        let responses = answer["responses"].as_array().into_iter().flatten();
        responses.into_iter().find(|response| response["id"] == name).cloned().unwrap_or_default()
    };
    assert_eq!(of("intune")["status"], 404, "{answer}");
    assert_eq!(of("autopilot")["body"]["value"][0]["serialNumber"], serial.as_str(), "{answer}");
    let select = "id,serialNumber,displayName,groupTag,userPrincipalName,addressableUserName,enrollmentState,managedDeviceId,azureActiveDirectoryDeviceId";
    let listed = caller.v1().list(&format!("{DEVICES}?$select={select}&$top=100"));
    assert_eq!(listed[0]["enrollmentState"], "notContacted");
    let body = json!({"serialNumbers": [serial, "nobody's"]});
    let gone = caller.act(&format!("{DEVICES}/deleteDevices"), &body).is(200).json();
    let states: Vec<&Value> =
        gone["value"].as_array().into_iter().flatten().map(|state| &state["deletionState"]).collect();
    assert_eq!(states, ["accepted", "failed"]);
    for member in ["serialNumber", "deviceRegistrationId", "errorMessage"] {
        assert!(gone["value"][0].get(member).is_some(), "{gone}");
    }
    let message = gone["value"][1]["errorMessage"].as_str().unwrap_or_default();
    assert!(message.contains("ZtdDeviceIsNotRegistered"), "{message}");
}

/// The requests of Microsoft365DSC.
fn a_desired_state_looks_for_its_profile(server: &TestServer) {
    let caller = server.caller();
    let made = id(&caller.create(PROFILES, &profile("Wanted")));
    caller.get(&format!("{PROFILES}/{}", uuid::Uuid::new_v4())).send().refused(404, &[]);
    let found = caller.list(&format!("{PROFILES}?$filter=DisplayName eq 'Wanted'"));
    assert_eq!(found.iter().map(id).collect::<Vec<_>>(), [made.as_str()]);
    assert!(caller.list(&format!("{PROFILES}/{made}/assignments")).is_empty());
}

/// The requests of terraform-provider-microsoft365.
fn a_declarative_tool_waits_for_what_it_assigned(server: &TestServer) {
    let caller = server.caller();
    let serial = unique("S");
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &json!({"serialNumber": serial}))));
    let user = json!({"userPrincipalName": "u@b.example", "addressableUserName": "U"});
    caller.act(&format!("{path}/assignUserToDevice"), &user).is(204);
    assert_eq!(caller.read(&path)["userPrincipalName"], "u@b.example");
    let more = json!({"displayName": "PC-1", "groupTag": "g", "deviceAccountUpn": "hub@b.example",
        "deviceAccountPassword": "secret", "deviceFriendlyName": "Room 5"});
    caller.act(&format!("{path}/updateDeviceProperties"), &more).is(204);
    let device = caller.read(&path);
    for (member, value) in more.as_object().expect("an object") {
        assert_eq!(&device[member], value, "{device}");
    }
    caller.post(&format!("{path}/allowNextEnrollment")).send().is(204);
    caller.post(&format!("{path}/unassignUserFromDevice")).send().is(204);
    assert!(caller.read(&path)["userPrincipalName"].is_null());
    caller.remove(&path);
    caller.delete(&path).send().refused(404, &[]);
}
