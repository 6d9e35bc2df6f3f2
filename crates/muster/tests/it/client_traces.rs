//! What real clients were seen to send, in their order, and what they look for in the answers

use serde_json::{Value, json};

use crate::samples::{configuration, device, id, imported, password_info, serials};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTED: &str = "importedWindowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const CONFIGURATIONS: &str = "hardwareConfigurations";
const PASSWORDS: &str = "hardwarePasswordInfo";
const GROUP: &str = "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e";

both![
    a_registration_script,
    a_profile_module,
    inventories_that_page,
    a_management_tool,
    a_declarative_tool,
    a_deployment_tool,
    readers_of_passwords,
    importers_of_lists,
];

/// The requests of Get-WindowsAutopilotInfoCommunity 5.0.16, -Online.
fn a_registration_script(server: &testkit::TestServer) {
    let caller = server.caller();
    let existing = id(&caller.create(DEVICES, &device("OLD")));
    // It calls ToString(format) on the date of each device.
    assert!(caller.list(DEVICES).iter().all(|device| device["lastContactedDateTime"].is_string()));
    let record = json!({
        "@odata.type": "#microsoft.graph.importedWindowsAutopilotDeviceIdentity",
        "groupTag": "tag", "serialNumber": "S 1", "productKey": "", "hardwareIdentifier": "T0FqAAEAHAAAAAoA",
        "assignedUserPrincipalName": "",
        "state": {
            "@odata.type": "microsoft.graph.importedWindowsAutopilotDeviceIdentityState",
            "deviceImportStatus": "pending", "deviceRegistrationId": "", "deviceErrorCode": 0, "deviceErrorName": "",
        },
    });
    let made = caller.post(IMPORTED).json(&record).header("Expect", "100-continue").send().is(201).json();
    // It waits for as long as it reads `unknown`, and takes any other word for the end.
    let listed = &caller.list(&format!("{IMPORTED}/"))[0];
    let status = listed["state"]["deviceImportStatus"].as_str().unwrap_or_default();
    assert!(["unknown", "complete", "error"].contains(&status), "{listed}");
    for body in [
        "{ groupTag: \"new\" }",
        "{ displayName: \"PC-1\" }",
        "{ userPrincipalName: \"u@b.example\", addressableUserName: \"U\", displayName: \"PC-2\", groupTag: \"newer\" }",
    ] {
        caller.post(&format!("{DEVICES}/{existing}/UpdateDeviceProperties")).text(body).send().is(204);
    }
    let expanded =
        caller.read(&format!("{DEVICES}/{existing}?$expand=deploymentProfile,intendedDeploymentProfile"));
    assert!(expanded["deploymentProfileAssignmentStatus"].is_string());
    assert_eq!(expanded["groupTag"], "newer");
    for path in [
        format!("{DEVICES}?$filter=contains(serialNumber,'OLD')"),
        format!("{IMPORTED}/?$filter=contains(serialNumber,'S 1')"),
    ] {
        assert_eq!(caller.list(&path).len(), 1, "{path}");
    }
    caller.remove(&format!("{IMPORTED}/{}", id(&made)));
    caller.post("windowsAutopilotSettings/sync").send().is(204);
    caller.read("windowsAutopilotSettings");
    caller.remove(&format!("{DEVICES}/{existing}"));
}

/// The requests of the WindowsAutopilotIntune family of modules.
fn a_profile_module(server: &testkit::TestServer) {
    let caller = server.caller();
    let profile = json!({
        "@odata.type": "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile",
        "displayName": "P", "description": "", "language": "os-default", "extractHardwareHash": false,
        "deviceNameTemplate": "", "deviceType": "windowsPc", "enableWhiteGlove": true,
        "outOfBoxExperienceSettings": {
            "hidePrivacySettings": true, "hideEULA": true, "userType": "standard", "deviceUsageType": "singleUser",
            "skipKeyboardSelectionPage": true, "hideEscapeLink": true,
        },
    });
    let profile_id = id(&caller.create(PROFILES, &profile));
    assert_eq!(caller.list(PROFILES).len(), 1);
    assert!(caller.list(&format!("{PROFILES}/{profile_id}/assignedDevices")).is_empty());
    let assignment = format!("{profile_id}_{GROUP}_0");
    let target = json!({"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP});
    caller.create(
        &format!("{PROFILES}/{profile_id}/assignments"),
        &json!({"id": assignment, "target": target}),
    );
    caller.remove(&format!("{PROFILES}/{profile_id}/assignments/{assignment}"));
    assert_eq!(caller.list(&format!("{PROFILES}?$filter=DisplayName eq 'P'")).len(), 1);
    caller.remove(&format!("{PROFILES}/{profile_id}"));
}

/// The requests of AutopilotMonitor and FleetMate, on /v1.0.
fn inventories_that_page(server: &testkit::TestServer) {
    let caller = server.caller().v1();
    for serial in ["O'Brien-1", "O'Brien-2", "X"] {
        caller.create(DEVICES, &json!({"serialNumber": serial}));
    }
    let page =
        caller.read(&format!("{DEVICES}?$top=100&$filter=contains%28serialNumber%2C%27O%27%27Brien-1%27%29"));
    assert_eq!(page["value"].as_array().map(Vec::len), Some(1));
    let select = "id,serialNumber,displayName,groupTag,userPrincipalName,addressableUserName,enrollmentState,managedDeviceId,azureActiveDirectoryDeviceId";
    assert_eq!(caller.list(&format!("{DEVICES}?$select={select}&$top=1")).len(), 3);
    let page = caller.read(&format!("{DEVICES}?$select=groupTag&$top=2"));
    // Compared with the path it asked for, case by case.
    let next = page["@odata.nextLink"].as_str().unwrap_or_default();
    assert!(next.starts_with(&format!("{}?", caller.url(DEVICES))), "{next}");
    let found = caller.list(&format!("{DEVICES}?$filter=serialNumber eq 'X'"));
    assert_eq!(serials(&found), ["X"]);
}

/// The requests of IntuneManagement (Micke-K).
fn a_management_tool(server: &testkit::TestServer) {
    let caller = server.caller();
    let get = |path: &str| -> Value {
        let request = caller.get(path).header("Accept", "application/json;odata.metadata=full");
        request
            .header("Content-Type", "application/json; charset=utf-8")
            .header("ExpiresOn", "x")
            .send()
            .is(200)
            .json()
    };
    let mut body = configuration("B");
    body["description"] = json!("ü");
    body["assignments@odata.context"] = json!("https://graph.microsoft.com/beta/$metadata#x");
    body["@odata.context"] = json!("https://graph.microsoft.com/beta/$metadata#y");
    body["version"] = json!(3);
    let made =
        caller.post(CONFIGURATIONS).bytes("application/json; charset=utf-8", body.to_string().as_bytes());
    let path = format!("{CONFIGURATIONS}/{}", id(&made.send().is(201).json()));
    let listed = &get(&format!("{CONFIGURATIONS}?$top=50"))["value"][0];
    assert!(listed["assignments@odata.navigationLink"].is_string(), "{listed}");
    assert_eq!(listed["@odata.type"], "#microsoft.graph.hardwareConfiguration");
    let target =
        json!({"target": {"@odata.type": "#microsoft.graph.groupAssignmentTarget", "groupId": GROUP}});
    caller
        .act(&format!("{path}/assign"), &json!({"assignments": [target]}))
        .refused(400, &["hardwareConfigurationAssignments"]);
    caller.act(&format!("{path}/assign"), &json!({"hardwareConfigurationAssignments": [target]})).is(200);
    assert_eq!(get(&format!("{path}?$expand=assignments"))["assignments"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        get(&format!("{CONFIGURATIONS}?$filter=displayName eq 'B'"))["value"].as_array().map(Vec::len),
        Some(1)
    );
    let selected = &get(&format!("{CONFIGURATIONS}?$select=Id,displayName"))["value"][0];
    assert!(selected["id"].is_string() && selected["displayName"] == "B", "{selected}");
    caller
        .change(&path, &json!({"@odata.type": "#microsoft.graph.hardwareConfiguration", "displayName": "C"}));
    caller.remove(&path);
}

/// The requests of terraform-provider-microsoft365, whose SDK packs every body.
fn a_declarative_tool(server: &testkit::TestServer) {
    use std::io::Write;
    let caller = server.caller();
    let packed = |body: &Value| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(body.to_string().as_bytes()).expect("memory takes all");
        encoder.finish().expect("memory takes all")
    };
    let send = |method: &str, path: &str, body: &Value| {
        let request = caller.request(method, path).bytes("application/json", &packed(body));
        request.header("Content-Encoding", "gzip").header("Accept", "application/json").send()
    };
    let device_path = format!("{DEVICES}/{}", id(&send("POST", DEVICES, &device("1")).is(201).json()));
    let user = json!({"userPrincipalName": "u@b.example", "addressableUserName": "U"});
    send("POST", &format!("{device_path}/assignUserToDevice"), &user).is(204);
    assert_eq!(caller.read(&device_path)["userPrincipalName"], "u@b.example");
    // It names the user only.
    send("POST", &format!("{device_path}/assignUserToDevice"), &json!({"userPrincipalName": "u@x.y"}))
        .is(204);
    assert_eq!(caller.read(&device_path)["userPrincipalName"], "u@x.y");
    send("PATCH", &device_path, &json!({"serialNumber": "1", "groupTag": "new"})).is(200);
    caller.post(&format!("{device_path}/unassignUserFromDevice")).send().is(204);
    caller.remove(&device_path);
    caller.delete(&device_path).send().refused(404, &[]);

    let mut body = configuration("T");
    body.as_object_mut().expect("an object").remove("hardwareConfigurationFormat");
    let path = format!("{CONFIGURATIONS}/{}", id(&send("POST", CONFIGURATIONS, &body).is(201).json()));
    let answer =
        send("POST", &format!("{path}/assign"), &json!({"hardwareConfigurationAssignments": []})).is(200);
    assert_eq!(answer.json()["value"], json!([]));
    assert_eq!(caller.read(&format!("{path}?$expand=assignments"))["assignments"], json!([]));
    send(
        "PATCH",
        &path,
        &json!({"displayName": "U", "fileName": "u.cctk", "configurationFileContent": "eA=="}),
    )
    .is(200);
    caller.remove(&path);
}

/// The requests of Foundry OSD.
fn a_deployment_tool(server: &testkit::TestServer) {
    let caller = server.caller();
    let item = json!({"importId": GROUP, "serialNumber": "F-1", "hardwareIdentifier": "T0FqAAEAHAAAAAoA", "groupTag": "g"});
    let answer = caller.act(&format!("{IMPORTED}/import"), &json!({IMPORTED: [item]})).is(200).json();
    assert_eq!(answer["value"].as_array().map(Vec::len), Some(1));
    assert!(answer.get("@odata.nextLink").is_none());
    let record = caller.read(&format!("{IMPORTED}/{}", id(&answer["value"][0])));
    for entity in
        [&answer["value"][0], &record, &caller.list(&format!("{IMPORTED}?$filter=importId eq '{GROUP}'"))[0]]
    {
        for member in ["importId", "serialNumber", "hardwareIdentifier"] {
            assert_eq!(entity[member], item[member], "{entity}");
        }
    }
    caller.get(&format!("{DEVICES}/{GROUP}")).send().refused(404, &[]);
    let gone =
        caller.act(&format!("{DEVICES}/deleteDevices"), &json!({"serialNumbers": ["F-1"]})).is(200).json();
    assert_eq!(gone["value"][0]["deletionState"], "failed");
}

/// Microsoft's instructions for reading BIOS passwords, and the Python and JavaScript SDKs on the wire
fn readers_of_passwords(server: &testkit::TestServer) {
    let caller = server.caller();
    let made = id(&caller.create(PASSWORDS, &password_info("SN 1")));
    assert_eq!(caller.read(&format!("{PASSWORDS}('{made}')"))["currentPassword"], "Current Password value");
    assert_eq!(caller.list(&format!("{PASSWORDS}?$filter=serialNumber eq 'SN 1'")).len(), 1);
    let page = caller
        .get(&format!("{PASSWORDS}?$count=true&$orderby=serialNumber%20desc&$select=id,serialNumber&$top=2"));
    let page = page.header("Accept", "*/*").send().is(200).json();
    assert_eq!(page["@odata.count"], 1);
    assert!(page.get("@odata.nextLink").is_none(), "{page}");
    let encoded =
        format!("{PASSWORDS}?$filter=contains%28serialNumber%2C%27O%27%27Brien%20%26%20%2B%C3%A9%27%29");
    assert!(caller.list(&encoded).is_empty());
    let minimal = format!(
        "{PASSWORDS}?%24select=id%2CserialNumber&%24top=2&%24filter=contains%28serialNumber%2C%27SN%27%29"
    );
    assert_eq!(caller.list(&minimal).len(), 1);
    caller.get(&format!("{PASSWORDS}/a%20b%2F%C3%BC%27")).send().refused(404, &[]);
    let patch = caller.patch(&format!("{PASSWORDS}/{made}")).json(&json!({"currentPassword": "new2"}));
    assert_eq!(
        patch.header("Prefer", "return=representation").send().is(200).json()["currentPassword"],
        "new2"
    );
    assert_eq!(
        caller.get(&format!("{PASSWORDS}/$count")).header("Accept", "text/plain;q=0.9").send().is(200).text(),
        "1"
    );
}

/// The requests of Import-AutopilotDevices and others that import by the list.
fn importers_of_lists(server: &testkit::TestServer) {
    let caller = server.caller();
    let items: Vec<Value> = (0..3)
        .map(|at| {
            let mut item = imported(&format!("L-{at}"));
            item["groupTag"] = json!("");
            item["assignedUserPrincipalName"] = json!("");
            item
        })
        .collect();
    caller.act(&format!("{IMPORTED}/import"), &json!({IMPORTED: items})).is(200);
    for record in caller.list(&format!("{IMPORTED}?$top=1000")) {
        caller.remove(&format!("{IMPORTED}/{}", id(&record)));
    }
    assert!(caller.list(IMPORTED).is_empty());
}
