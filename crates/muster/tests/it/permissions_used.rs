//! `/_/permissions-used`: what an application needed, and what it need not have had

use serde_json::{Value, json};

use crate::samples::id;

const PATH: &str = "/_/permissions-used";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const READ: &str = "DeviceManagementServiceConfig.Read.All";
const WRITE: &str = "DeviceManagementServiceConfig.ReadWrite.All";
const OTHER: &str = "DeviceManagementRBAC.Read.All";

both![the_least_permissions_of_a_tool, what_is_asked_wrongly];

fn the_least_permissions_of_a_tool(server: &testkit::TestServer) {
    let all = server.caller();
    let tool = all.permission(READ).permission(WRITE).permission(OTHER);
    tool.get(DEVICES).send().is(200);
    let told = |caller: &testkit::TestCaller<'_>, query: &str| -> Vec<Value> {
        caller.read(&format!("{PATH}{query}"))["value"].as_array().cloned().unwrap_or_default()
    };
    let [reader] = &told(&tool, "")[..] else { panic!("one application") };
    assert_eq!(reader["kind"], "delegated");
    assert_eq!(reader["least"], json!([READ]));
    assert_eq!(reader["unneeded"].as_array().map(Vec::len), Some(2), "{reader}");

    let device = id(&tool.create(DEVICES, &json!({"serialNumber": "1"})));
    tool.app().get(&format!("{DEVICES}/{device}")).send().is(200);
    // What was refused is needed as well.
    tool.get("hardwareConfigurations").send().refused(403, &["DeviceManagementConfiguration.Read.All"]);
    let value = told(&tool, "");
    let of = |kind: &str| value.iter().find(|one| one["kind"] == kind).cloned().unwrap_or_default();
    assert_eq!(of("delegated")["least"], json!([WRITE, "DeviceManagementConfiguration.Read.All"]));
    assert_eq!(of("application")["least"], json!([READ]));
    let application = of("delegated")["application"].as_str().unwrap_or_default().to_owned();
    assert_eq!(told(&tool, &format!("?app={application}")).len(), 2);
    assert_eq!(told(&tool, "?app=00000000-0000-4000-8000-0000000000ff").len(), 0);
    assert_eq!(told(&tool.elsewhere(), "").len(), 0, "another tenant is told nothing");
}

fn what_is_asked_wrongly(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.nobody().get(PATH).send().refused(401, &[]);
    caller.post(PATH).json(&json!({})).send().refused(405, &[]);
    caller.get(&format!("{PATH}?app=mine")).send().refused(400, &["GUID"]);
    caller.get(&format!("{PATH}?application=x")).send().refused(400, &["'app'"]);
}
