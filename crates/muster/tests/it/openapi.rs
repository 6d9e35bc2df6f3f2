//! The OpenAPI document: open to all, valid, and about every documented call

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::{examples, sdk};

const PATH: &str = "/_/openapi.json";

both![
    anybody_may_read_it_and_it_is_always_the_same,
    a_version_can_be_had_alone,
    a_public_validator_takes_it,
    what_leads_back_to_itself_is_followed_once,
    every_documented_call_is_in_it,
    what_cannot_be_changed_is_only_read_alone,
    what_it_says_of_a_create_is_what_a_create_does,
    what_it_says_of_properties_is_answered,
];

fn anybody_may_read_it_and_it_is_always_the_same(server: &testkit::TestServer) {
    let caller = server.caller();
    let answer = caller.nobody().get(PATH).send().is(200);
    assert_eq!(answer.header("Content-Type"), Some("application/json"));
    assert!(answer.json()["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
    assert_eq!(answer.body, caller.get(PATH).send().is(200).body);
    caller.post(PATH).send().refused(405, &[]);
    caller.nobody().get("/_/openapi").send().refused(401, &[]);
}

fn a_version_can_be_had_alone(server: &testkit::TestServer) {
    let caller = server.caller().nobody();
    let paths = |query: &str| {
        let document = caller.get(&format!("{PATH}{query}")).send().is(200).json();
        document["paths"].as_object().cloned().unwrap_or_default()
    };
    let (both, beta, v1) = (paths(""), paths("?version=beta"), paths("?version=v1.0"));
    assert!(beta.len() > 100 && v1.len() > 10, "{} and {} paths", beta.len(), v1.len());
    assert_eq!(both.len(), beta.len() + v1.len());
    assert!(v1.keys().all(|path| path.starts_with("/v1.0")));
    caller.get(&format!("{PATH}?version=2")).send().refused(400, &["'2'", "v1.0"]);
}

/// Groups lead to devices, and devices to groups: followed to the end, they alone would be thousands of paths.
fn what_leads_back_to_itself_is_followed_once(server: &testkit::TestServer) {
    let document = server.caller().nobody().get(PATH).send().is(200).json();
    let derived = ["members", "transitiveMembers", "memberOf", "transitiveMemberOf"];
    let paths = document["paths"].as_object().cloned().unwrap_or_default();
    for name in derived {
        let count = paths.keys().filter(|path| path.ends_with(&format!("/{name}"))).count();
        assert!(count > 0, "{name} is in no path");
    }
    for path in paths.keys() {
        let followed = path.split('/').filter(|segment| derived.contains(segment)).count();
        assert!(followed <= 1, "{path}");
    }
}

fn a_public_validator_takes_it(server: &testkit::TestServer) {
    let python = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/contract-python/bin/python");
    if !sdk::is_installed("openapi-spec-validator", &python) {
        return;
    }
    for query in ["", "?version=beta", "?version=v1.0"] {
        let document = server.caller().get(&format!("{PATH}{query}")).send().is(200).body;
        let mut validator = Command::new(&python)
            .args(["-m", "openapi_spec_validator", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("Python starts");
        validator.stdin.take().expect("a pipe").write_all(&document).expect("the validator reads");
        let output = validator.wait_with_output().expect("the validator ends");
        let told = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        assert!(output.status.success(), "{query}: {told}");
    }
}

fn every_documented_call_is_in_it(server: &testkit::TestServer) {
    let document = server.caller().get(PATH).send().is(200).json();
    for example in examples::examples() {
        assert!(
            operation(&document, &example.method, &example.path).is_some(),
            "{}: {} {}",
            example.name,
            example.method,
            example.path
        );
    }
}

fn what_cannot_be_changed_is_only_read_alone(server: &testkit::TestServer) {
    let document = server.caller().get(PATH).send().is(200).json();
    let set = "importedWindowsAutopilotDeviceIdentities";
    let items: Vec<(&String, &Value)> = document["paths"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(path, _)| path.contains(set))
        .filter(|(path, _)| path.ends_with("/{property}"))
        .collect();
    let (within, own): (Vec<_>, Vec<_>) = items.into_iter().partition(|(path, _)| path.contains("/state/"));
    assert!(!within.is_empty() && within.iter().all(|(_, item)| item.get("put").is_none()), "{within:?}");
    for (path, item) in own {
        let names = item["put"]["parameters"].to_string();
        assert!(names.contains("groupTag") && !names.contains("importId"), "{path}: {names}");
    }
}

/// The operation of a call.
fn operation<'d>(document: &'d Value, method: &str, path: &str) -> Option<&'d Value> {
    let (path, _) = path.split_once('?').unwrap_or((path, ""));
    let mut items = document["paths"].as_object()?.iter();
    items.find_map(|(template, item)| item.get(method.to_lowercase()).filter(|_| fits(template, path)))
}

/// Whether a path is one that the template stands for. Arguments of functions may be any.
fn fits(template: &str, path: &str) -> bool {
    let name = |segment: &str| segment.split('(').next().unwrap_or_default().to_owned();
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let fits = |(wanted, given): (&&str, &&str)| wanted.starts_with('{') || name(wanted) == name(given);
    template.len() == path.len() && template.iter().zip(&path).all(fits)
}

fn what_it_says_of_a_create_is_what_a_create_does(server: &testkit::TestServer) {
    let caller = server.caller();
    let document = caller.get(PATH).send().is(200).json();
    let sets = "/beta/deviceManagement/hardwareConfigurations";
    let body = &document["paths"][sets]["post"]["requestBody"]["content"]["application/json"]["schema"];
    let required: Vec<&str> =
        body["required"].as_array().expect("names").iter().filter_map(Value::as_str).collect();
    assert_eq!(required, ["displayName", "fileName", "configurationFileContent"]);
    let whole = crate::samples::configuration("A");
    for name in required {
        let mut body = whole.clone();
        body.as_object_mut().expect("an object").remove(name);
        caller.post(sets).json(&body).send().refused(400, &[name]);
    }
    let passwords = &document["components"]["schemas"]["microsoft.graph.hardwarePasswordInfo"]["properties"];
    assert_eq!(passwords["previousPasswords"]["maxItems"], 1_000);
    assert_eq!(passwords["previousPasswords"]["items"]["maxLength"], 256);
    let schema = &document["components"]["schemas"]["microsoft.graph.hardwareConfiguration"]["properties"];
    let most = schema["displayName"]["maxLength"].as_u64().expect("a bound") as usize;
    for (length, status) in [(most, 201), (most + 1, 400)] {
        let body = crate::samples::configuration(&"x".repeat(length));
        caller.post(sets).json(&body).send().is(status);
    }
}

fn what_it_says_of_properties_is_answered(server: &testkit::TestServer) {
    let caller = server.caller();
    let document = caller.get(PATH).send().is(200).json();
    let sets = "/beta/deviceManagement/hardwareConfigurations";
    let made = crate::samples::id(&caller.create(sets, &crate::samples::configuration("A")));
    let template = format!("{sets}/{{hardwareConfiguration-id}}");
    let mut asked = 0;
    for (end, of) in [("", "get"), ("/$value", "get"), ("/$count", "get"), ("", "put"), ("", "delete")] {
        let operation = &document["paths"][format!("{template}/{{property}}{end}")][of];
        let parameters = operation["parameters"].as_array().unwrap_or_else(|| panic!("{of} {end}"));
        let property =
            parameters.iter().find(|parameter| parameter["name"] == "property").expect("a property");
        for name in property["schema"]["enum"].as_array().expect("names") {
            let path = format!("{sets}/{made}/{}{end}", name.as_str().expect("a name"));
            let answer = match of {
                "put" => caller.request("PUT", &path).json(&serde_json::json!({"value": {}})).send(),
                "delete" => caller.delete(&path).send(),
                _ => caller.get(&path).send(),
            };
            let told = operation["responses"][answer.status.to_string()].is_object();
            assert!(told, "{of} {path}: {}", answer.status);
            assert!(of != "get" || answer.status < 300, "{path}: {}", answer.status);
            asked += 1;
        }
    }
    assert!(asked > 20, "{asked}");
    let reference = &document["paths"][format!("{template}/assignments/$ref")]["get"]["responses"];
    assert!(reference["200"].is_object());
    caller.get(&format!("{sets}/{made}/assignments/$ref")).send().is(200);
}
