//! What tools in the field were seen to ask the directory around a registration: requests as data, in their order

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

use crate::samples::{device, dynamic_group, group_target, id, profile, settle, static_group};

both![tools_are_answered_as_they_expect];

/// A request of a tool, and what it looks for: the status, and values at JSON pointers of the answer.
struct Step {
    method: &'static str,
    path: &'static str,
    body: Value,
    status: u16,
    expected: Vec<(&'static str, Value)>,
}

fn get(path: &'static str, expected: Vec<(&'static str, Value)>) -> Step {
    Step { method: "GET", path, body: Value::Null, status: 200, expected }
}

fn send(method: &'static str, path: &'static str, body: Value, status: u16) -> Step {
    Step { method, path, body, status, expected: Vec::new() }
}

/// The requests of each tool. `{…}` stands for what a registration and its groups are called.
fn tools() -> Vec<(&'static str, Vec<Step>)> {
    vec![
        (
            "a service that adds devices with vulnerable software to a group: again and again, as alerts come",
            vec![
                get(
                    "/v1.0/devices?$filter=deviceId eq '{deviceId}'",
                    vec![("/value/0/id", json!("{object}"))],
                ),
                send(
                    "POST",
                    "/v1.0/groups/{empty}/members/$ref",
                    json!({"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/{object}"}),
                    204,
                ),
                Step {
                    expected: vec![(
                        "/error/message",
                        json!(
                            "One or more added object references already exist for the following modified properties: 'members'."
                        ),
                    )],
                    ..send(
                        "POST",
                        "/v1.0/groups/{empty}/members/$ref",
                        json!({"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/{object}"}),
                        400,
                    )
                },
                send("DELETE", "/v1.0/groups/{empty}/members/{object}/$ref", Value::Null, 204),
                send("DELETE", "/v1.0/groups/{empty}/members/{object}/$ref", Value::Null, 404),
            ],
        ),
        (
            "a web portal that explains which policies reach a device",
            vec![
                get(
                    "/v1.0/devices?$filter=deviceId eq '{deviceId}'&$select=id",
                    vec![("/value/0/id", json!("{object}"))],
                ),
                Step {
                    expected: vec![("/value", json!(["{lobby}", "{rule}"]))],
                    ..send(
                        "POST",
                        "/v1.0/devices/{object}/getMemberGroups",
                        json!({"securityEnabledOnly": false}),
                        200,
                    )
                },
                Step {
                    expected: vec![("/value", json!(["{lobby}"]))],
                    ..send(
                        "POST",
                        "/v1.0/devices/{object}/checkMemberGroups",
                        json!({"groupIds": ["{lobby}", "{empty}"]}),
                        200,
                    )
                },
                Step {
                    expected: vec![("/value", json!([]))],
                    ..send(
                        "POST",
                        "/beta/groups/{lobby}/getMemberGroups",
                        json!({"securityEnabledOnly": true}),
                        200,
                    )
                },
            ],
        ),
        (
            "a portal for several tenants, which asks for a device with its groups in one request",
            vec![get(
                "/v1.0/devices?$filter=deviceId eq '{deviceId}'&$expand=memberOf($select=id,displayName,groupTypes)",
                vec![
                    ("/value/0/memberOf/0/displayName", json!("Lobby")),
                    ("/value/0/memberOf/1/groupTypes", json!(["DynamicMembership"])),
                ],
            )],
        ),
        (
            "an inventory in Python, which adds what the directory knows to each device",
            vec![
                get(
                    "/v1.0/devices?$filter=deviceId eq '{deviceId}'&$select=createdDateTime,trustType",
                    vec![("/value/0/trustType", json!("AzureAd"))],
                ),
                get(
                    "/v1.0/deviceManagement/windowsAutopilotDeviceIdentities?$filter=azureActiveDirectoryDeviceId eq '{deviceId}'",
                    vec![("/value/0/serialNumber", json!("SN-1"))],
                ),
            ],
        ),
        (
            "a workflow that stamps devices, by their extension attributes",
            vec![
                send(
                    "PATCH",
                    "/v1.0/devices/{object}",
                    json!({"extensionAttributes": {"extensionAttribute1": "a", "extensionAttribute2": "b"}}),
                    200,
                ),
                send(
                    "PATCH",
                    "/v1.0/devices(deviceId='{deviceId}')",
                    json!({"extensionAttributes": {"extensionAttribute2": "c"}}),
                    200,
                ),
                get(
                    "/beta/devices/{object}?$select=extensionAttributes",
                    vec![
                        ("/extensionAttributes/extensionAttribute1", json!("a")),
                        ("/extensionAttributes/extensionAttribute2", json!("c")),
                        ("/extensionAttributes/extensionAttribute15", Value::Null),
                    ],
                ),
                get(
                    "/v1.0/devices?$filter=extensionAttributes/extensionAttribute2 eq 'c'&$count=true",
                    vec![("/@odata.count", json!(1))],
                ),
            ],
        ),
        (
            "a registration tool with a window, which lists the groups of each profile",
            vec![
                get(
                    "/beta/deviceManagement/windowsAutopilotDeploymentProfiles",
                    vec![("/value/0/displayName", json!("P"))],
                ),
                get(
                    "/beta/deviceManagement/windowsAutopilotDeploymentProfiles/{profile}/assignments",
                    vec![("/value/0/target/groupId", json!("{rule}"))],
                ),
                get(
                    "/v1.0/groups/{rule}?$select=id,displayName,groupTypes,membershipRule,membershipRuleProcessingState,securityEnabled,mailEnabled",
                    vec![("/groupTypes/0", json!("DynamicMembership"))],
                ),
                get(
                    "/v1.0/groups?%24filter=displayName eq 'Rule'&%24select=id,displayName",
                    vec![("/value/0/id", json!("{rule}"))],
                ),
                get(
                    "/v1.0/groups/{rule}/transitiveMemberOf/microsoft.graph.group",
                    vec![("/value", json!([]))],
                ),
            ],
        ),
        (
            "a script that tags devices by the group they are in",
            vec![
                get(
                    "/v1.0/groups/{lobby}/transitiveMembers/microsoft.graph.device?$select=id,deviceId,displayName&$top=999",
                    vec![("/value/0/deviceId", json!("{deviceId}"))],
                ),
                get(
                    "/beta/deviceManagement/windowsAutopilotDeviceIdentities?$filter=contains(serialNumber,'SN-1')",
                    vec![("/value/0/id", json!("{registration}"))],
                ),
                send(
                    "POST",
                    "/beta/deviceManagement/windowsAutopilotDeviceIdentities/{registration}/updateDeviceProperties",
                    json!({"groupTag": "Lobby"}),
                    204,
                ),
                send("POST", "/beta/deviceManagement/windowsAutopilotSettings/sync", Value::Null, 204),
            ],
        ),
    ]
}

/// A registration with its object, two groups that it is in, one that it is not in, and an assigned profile.
fn known(caller: &TestCaller<'_>) -> Vec<(&'static str, String)> {
    let registration = caller.create("windowsAutopilotDeviceIdentities", &device("SN-1"));
    settle(caller);
    let device_id = registration["azureAdDeviceId"].as_str().unwrap_or_default().to_owned();
    let object = id(&caller.read(&format!("/beta/devices(deviceId='{device_id}')")));
    let mut lobby = static_group("Lobby");
    lobby["members@odata.bind"] = json!([format!("https://graph.microsoft.com/beta/devices/{object}")]);
    let lobby = id(&caller.create("/beta/groups", &lobby));
    let empty = id(&caller.create("/beta/groups", &static_group("Empty")));
    let rule = id(&caller.create("/beta/groups", &dynamic_group("Rule", r#"device.displayName -eq "SN-1""#)));
    let profiles = "windowsAutopilotDeploymentProfiles";
    let profile = id(&caller.create(profiles, &profile("P")));
    caller.act(&format!("{profiles}/{profile}/assignments"), &json!({"target": group_target(&rule)})).is(201);
    vec![
        ("{deviceId}", device_id),
        ("{object}", object),
        ("{registration}", id(&registration)),
        ("{lobby}", lobby),
        ("{empty}", empty),
        ("{rule}", rule),
        ("{profile}", profile),
    ]
}

fn tools_are_answered_as_they_expect(server: &TestServer) {
    let caller = server.caller();
    let known = known(&caller);
    let filled =
        |text: &str| known.iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, value));
    let filled_json = |value: &Value| -> Value {
        serde_json::from_str(&filled(&value.to_string())).unwrap_or_else(|error| panic!("{value}: {error}"))
    };
    for (tool, steps) in tools() {
        for Step { method, path, body, status, expected } in steps {
            let request = caller.request(method, &filled(path).replace(' ', "%20"));
            let request = if body.is_null() { request } else { request.json(&filled_json(&body)) };
            let answer = request.send().is(status);
            for (pointer, value) in expected {
                let (found, value) = (answer.json(), filled_json(&value));
                assert_eq!(found.pointer(pointer), Some(&value), "{tool}: {path} {pointer}");
            }
        }
    }
}
