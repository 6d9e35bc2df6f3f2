//! `/_/requests`: what a tool has asked, for its builder

use serde_json::{Value, json};
use testkit::{TestCaller, TestServer};

const PATH: &str = "/_/requests";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const READ: &str = "DeviceManagementServiceConfig.Read.All";

both![a_builder_sees_what_a_tool_asked, what_is_asked_wrongly];

/// The requests of a caller's tenant, without those of nobody.
fn told(caller: &TestCaller<'_>, query: &str) -> Vec<Value> {
    let told = caller.read(&format!("{PATH}{query}"));
    let all = told["value"].as_array().cloned().unwrap_or_default();
    all.into_iter().filter(|request| !request["caller"].is_null()).collect()
}

fn a_builder_sees_what_a_tool_asked(server: &TestServer) {
    let all = server.caller();
    let tool = all.permission(READ);
    tool.get(&format!("{DEVICES}?$topp=5&secret=x")).send().refused(400, &["topp"]);
    tool.get("windowsAutopilotDeviceIdentitys").send().refused(404, &[]);
    tool.get(&format!("{DEVICES}?$top=5")).send().is(200);
    tool.post(DEVICES).json(&json!({"serialNumber": "1"})).send().refused(403, &["ReadWrite"]);
    let requests = told(&all, "");
    let [refused, read, missed, wrong] = &requests[..] else { panic!("{requests:?}") };
    assert_eq!((&refused["status"], &refused["method"]), (&json!(403), &json!("POST")));
    assert!(
        refused["error"]["message"].as_str().is_some_and(|text| text.contains("ReadWrite.All")),
        "{refused}"
    );
    assert_eq!((&read["permission"], &read["query"]), (&json!(READ), &json!("$top=5")));
    assert_eq!(read["caller"]["kind"], "delegated");
    assert!(missed["error"]["message"].as_str().is_some_and(|text| text.contains("Identities")), "{missed}");
    assert_eq!((&wrong["status"], &wrong["query"]), (&json!(400), &json!("$topp=5&secret=…")));
    let number = read["number"].as_u64().unwrap_or_default();
    assert_eq!(told(&all, &format!("?after={number}")).len(), 1);
    assert_eq!(told(&all.elsewhere(), "").len(), 0, "another tenant is told nothing");
}

fn what_is_asked_wrongly(server: &TestServer) {
    let caller = server.caller();
    caller.nobody().get(PATH).send().refused(401, &[]);
    caller.post(PATH).json(&json!({})).send().refused(405, &[]);
    caller.get(&format!("{PATH}?after=x")).send().refused(400, &["'after'"]);
    caller.get(&format!("{PATH}?before=1")).send().refused(400, &["before"]);
}
