//! Every documented example: the request as it stands, answered as it stands, up to what is the server's own
//!
//! `data/examples.jsonl` has one example a line. What its path needs is created first, with the body of the example
//! that creates its like. Single entities that the documents print inside `value` stand there bare.

use std::collections::HashMap;

use serde_json::{Value, json};
use testkit::{TestCaller, differences};
use uuid::Uuid;

use crate::samples;

const EXAMPLES: &str = include_str!("data/examples.jsonl");

/// What the server sets whatever is sent: dates, counters, and what the documents' examples got wrong about it.
const COMPUTED: [&str; 4] = ["createdDateTime", "lastModifiedDateTime", "version", "isBuiltIn"];

/// Examples whose answer depends on more than their path, and what of it is left out.
const ODD: [(&str, &str); 3] = [
    // Each tenant has the built-in tag besides; the set has tests of its own.
    ("beta.roleScopeTag.list", "value"),
    // The ids it asks for are no ids of ours; the function has tests of its own.
    ("beta.deviceManagement.getRoleScopeTagsByIds", "value"),
    // One imported record of a client is echoed, but the list shows the server's own state; it has tests of its own.
    ("beta.importedWindowsAutopilotDeviceIdentity.list", "state"),
];

pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) method: String,
    pub(crate) path: String,
    body: Value,
    status: u16,
    answer: Value,
}

pub(crate) fn examples() -> Vec<Example> {
    let text = |line: &Value, member: &str| line[member].as_str().expect("a text").to_owned();
    let parse = |line: &str| {
        let line: Value = serde_json::from_str(line).expect("an example a line");
        Example {
            name: text(&line, "name"),
            method: text(&line, "method"),
            path: text(&line, "path"),
            body: line["body"].clone(),
            status: line["status"].as_u64().and_then(|status| status.try_into().ok()).expect("a status"),
            answer: line["answer"].clone(),
        }
    };
    EXAMPLES.lines().map(parse).collect()
}

/// A collection's name, with its version and that of what contains it: several are called `assignments`.
fn collection(path: &str) -> String {
    let names: Vec<&str> = path.split('/').filter(|segment| *segment != "{id}").collect();
    format!("{}/{}", names[1], names[names.len().saturating_sub(2)..].join("/"))
}

/// Bodies that create an entity, by collection.
fn bodies(examples: &[Example]) -> HashMap<String, Value> {
    let mut bodies = HashMap::from([
        (
            "beta/deviceManagement/hardwareConfigurations".to_owned(),
            samples::configuration("Display Name value"),
        ),
        (
            "beta/deviceManagement/windowsAutopilotDeploymentProfiles".to_owned(),
            samples::profile("Display Name value"),
        ),
    ]);
    for example in examples.iter().filter(|example| example.method == "POST" && example.status == 201) {
        bodies.entry(collection(&example.path)).or_insert_with(|| example.body.clone());
    }
    bodies
}

/// Fills the open keys of a path, creating what they name. The last one gets `own` as its body, if there is one.
fn fill(caller: &TestCaller<'_>, path: &str, own: Option<&Value>, bodies: &HashMap<String, Value>) -> String {
    let segments: Vec<&str> = path.split('/').collect();
    let mut filled: Vec<String> = Vec::new();
    for (at, segment) in segments.iter().enumerate() {
        if *segment == "deploymentProfile" {
            give_profile(caller, &filled.join("/"));
        }
        if *segment != "{id}" {
            filled.push((*segment).to_owned());
            continue;
        }
        // Roles are not implemented, but a path may lead through any.
        if ["roleDefinitions", "roleAssignments"].contains(&segments[at - 1]) {
            filled.push(Uuid::new_v4().to_string());
            continue;
        }
        let own = own.filter(|_| at + 1 == segments.len());
        let body = own.or_else(|| bodies.get(&collection(&segments[..at].join("/"))));
        let created = caller.create(&filled.join("/"), body.unwrap_or(&json!({})));
        filled.push(samples::id(&created));
    }
    filled.join("/")
}

fn give_profile(caller: &TestCaller<'_>, device_path: &str) {
    let profile = samples::id(&caller.create("windowsAutopilotDeploymentProfiles", &samples::profile("P")));
    let device = device_path.rsplit('/').next().unwrap_or_default();
    let path = format!("windowsAutopilotDeploymentProfiles/{profile}/assign");
    caller.act(&path, &json!({"deviceIds": [device]})).is(204);
}

/// What is wrong with the answer to an example.
fn try_out(caller: &TestCaller<'_>, example: &Example, bodies: &HashMap<String, Value>) -> Vec<String> {
    let own = (example.method == "GET").then_some(&example.answer).filter(|answer| answer.is_object());
    // Profiles have two types; what is updated is of the one that the update names.
    let of_type =
        (example.method == "PATCH").then(|| &example.body["@odata.type"]).filter(|name| name.is_string());
    let blank = of_type.filter(|name| name.as_str().is_some_and(|name| name.ends_with("DeploymentProfile")));
    let blank = blank.map(|name| json!({"@odata.type": name}));
    let path = fill(caller, &example.path, own.or(blank.as_ref()), bodies);
    // What a list shows must be there first.
    let items = own.and_then(|answer| answer["value"].as_array()).cloned().unwrap_or_default();
    let is_function =
        path.rsplit('/').next().is_some_and(|last| last.contains('(') || last.starts_with("has"));
    if is_function {
        caller.create("roleScopeTags", &json!({"displayName": "Display Name value"}));
    } else {
        items.iter().for_each(|item| drop(caller.create(&path, item)));
    }
    let mut request = caller.request(&example.method, &path.replace('"', "%22").replace(' ', "%20"));
    if !example.body.is_null() {
        request = request.json(&example.body);
    }
    let answer = request.send();
    if answer.status != example.status {
        return vec![format!("answered {}: {}", answer.status, answer.text())];
    }
    if example.answer.is_null() {
        return if answer.body.is_empty() {
            Vec::new()
        } else {
            vec![format!("has a body: {}", answer.text())]
        };
    }
    let odd = ODD.iter().filter(|(name, _)| *name == example.name).map(|(_, member)| *member);
    let without: Vec<&str> = COMPUTED.into_iter().chain(odd).collect();
    differences(&answer.json(), &example.answer, &without)
}

both![every_documented_example,];

fn every_documented_example(server: &testkit::TestServer) {
    let examples = examples();
    let bodies = bodies(&examples);
    let mut wrong = Vec::new();
    for example in &examples {
        // A tenant each, so that lists and singletons hold nothing else.
        let found = try_out(&server.caller(), example, &bodies);
        if !found.is_empty() {
            wrong.push(format!(
                "{} ({} {}):\n  {}",
                example.name,
                example.method,
                example.path,
                found.join("\n  ")
            ));
        }
    }
    assert!(examples.len() > 50, "only {} examples", examples.len());
    assert!(wrong.is_empty(), "{} of {} examples:\n{}", wrong.len(), examples.len(), wrong.join("\n"));
}
