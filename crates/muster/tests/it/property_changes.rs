//! One property of an entity under a URL of its own: replaced, merged, set to null

use serde_json::{Value, json};

use crate::properties::{context, made};
use crate::samples::{configuration, password_info};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const PASSWORDS: &str = "hardwarePasswordInfo";

both![
    a_property_is_replaced_and_cleared,
    a_complex_property_is_replaced_or_merged,
    a_change_of_a_property_is_an_update_of_its_entity,
    what_cannot_be_changed_is_refused_by_name,
    preconditions_hold_for_a_property,
    a_secret_property_can_be_replaced,
    a_property_in_a_batch,
];

fn a_property_is_replaced_and_cleared(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    for (method, property, body, expected) in [
        ("PUT", "displayName", json!({"value": "B"}), json!("B")),
        ("PATCH", "displayName", json!({"value": "C"}), json!("C")),
        ("PUT", "description", json!({"value": "d", "@odata.type": "#String"}), json!("d")),
        ("PUT", "description", json!({"value": null}), Value::Null),
        ("PUT", "perDevicePasswordDisabled", json!({"value": true}), json!(true)),
        ("PUT", "hardwareConfigurationFormat", json!({"value": "surface"}), json!("surface")),
        ("PUT", "configurationFileContent", json!({"value": "YQ=="}), json!("YQ==")),
        ("PUT", "roleScopeTagIds", json!({"value": ["1", "2"]}), json!(["1", "2"])),
    ] {
        let path = format!("{configuration}/{property}");
        let answer = caller.request(method, &path).json(&body).send().is(204);
        let read = caller.get(&configuration).send().is(200);
        assert_eq!(read.json()[property], expected, "{path}");
        assert_eq!(answer.header("ETag"), read.header("ETag"), "{path}");
    }
    for (property, cleared) in [("description", Value::Null), ("roleScopeTagIds", json!(["0"]))] {
        caller.remove(&format!("{configuration}/{property}"));
        assert_eq!(caller.read(&configuration)[property], cleared, "{property}");
    }
    let whole = caller
        .request("PUT", &format!("{configuration}/displayName"))
        .header("Prefer", "return=representation")
        .json(&json!({"value": "D"}))
        .send()
        .is(200);
    assert_eq!(whole.header("Preference-Applied"), Some("return=representation"));
    assert_eq!(
        (&whole.json()["value"], context(&whole.json())),
        (&json!("D"), "hardwareConfigurations()/displayName".to_owned())
    );
}

fn a_complex_property_is_replaced_or_merged(server: &testkit::TestServer) {
    let caller = server.caller();
    let profile = made(&caller, "windowsAutopilotDeploymentProfiles", &crate::samples::profile("P"));
    let settings = format!("{profile}/outOfBoxExperienceSettings");
    let put = |body: Value| drop(caller.request("PUT", &settings).json(&body).send().is(204));
    put(json!({"hideEULA": true, "hidePrivacySettings": true}));
    caller.patch(&settings).json(&json!({"hideEULA": false})).send().is(204);
    let merged = caller.read(&settings);
    assert_eq!((&merged["hideEULA"], &merged["hidePrivacySettings"]), (&json!(false), &json!(true)));
    put(json!({"hideEULA": true}));
    let replaced = caller.read(&settings);
    assert_eq!((&replaced["hideEULA"], &replaced["hidePrivacySettings"]), (&json!(true), &json!(false)));
    caller
        .request("PUT", &format!("{settings}/hidePrivacySettings"))
        .json(&json!({"value": true}))
        .send()
        .is(204);
    assert_eq!(caller.read(&format!("{settings}/hidePrivacySettings"))["value"], true);
    assert_eq!(caller.read(&format!("{settings}/hideEULA"))["value"], true);
    caller.remove(&settings);
    caller.get(&settings).send().is(204);
    // What is null has nothing inside, neither to read nor to write.
    caller.get(&format!("{settings}/hideEULA")).send().refused(404, &[]);
    caller
        .request("PUT", &format!("{settings}/hideEULA"))
        .json(&json!({"value": true}))
        .send()
        .refused(404, &[]);
}

fn a_change_of_a_property_is_an_update_of_its_entity(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    for (property, value, version) in [
        ("displayName", json!("B"), 1),
        ("fileName", json!("other.cctk"), 2),
        ("configurationFileContent", json!("YWI="), 3),
        ("perDevicePasswordDisabled", json!(true), 4),
        ("perDevicePasswordDisabled", json!(true), 4),
    ] {
        let before = caller.read(&configuration);
        caller
            .request("PUT", &format!("{configuration}/{property}"))
            .json(&json!({"value": value}))
            .send()
            .is(204);
        let after = caller.read(&configuration);
        assert_eq!(after["version"], version, "{property}");
        assert_eq!(after["createdDateTime"], before["createdDateTime"]);
        assert!(after["lastModifiedDateTime"].as_str() >= before["lastModifiedDateTime"].as_str());
        assert_ne!(after["@odata.etag"], before["@odata.etag"]);
    }
}

fn what_cannot_be_changed_is_refused_by_name(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    let before = caller.read(&configuration);
    for (method, property, body, words) in [
        ("PUT", "version", "{\"value\": 7}", &["version"][..]),
        ("PUT", "id", "{\"value\": \"x\"}", &["id"]),
        ("DELETE", "createdDateTime", "", &["createdDateTime"]),
        ("DELETE", "displayName", "", &["displayName", "null"]),
        ("PUT", "displayName", "{\"value\": null}", &["displayName", "null"]),
        ("PUT", "displayName", "{\"value\": 5}", &["displayName", "Edm.String"]),
        ("PUT", "displayName", "{}", &["displayName", "value"]),
        ("PUT", "displayName", "{\"valeu\": \"x\"}", &["displayName", "value"]),
        ("PUT", "displayName", "{\"value\": \"x\", \"other\": 1}", &["displayName", "value"]),
        ("PUT", "displayName", "\"x\"", &["object"]),
        ("PUT", "displayName", "", &["JSON"]),
        ("PUT", "hardwareConfigurationFormat", "{\"value\": \"del\"}", &["del", "dell"]),
        ("PUT", "roleScopeTagIds", "{\"value\": \"0\"}", &["roleScopeTagIds", "array"]),
        ("PUT", "configurationFileContent", "{\"value\": \"?\"}", &["Edm.Binary"]),
    ] {
        let request = caller.request(method, &format!("{configuration}/{property}"));
        let request = if method == "DELETE" { request } else { request.text(body) };
        request.send().refused(400, words);
    }
    let long = json!({"value": "x".repeat(151)});
    caller.request("PUT", &format!("{configuration}/displayName")).json(&long).send().refused(400, &["150"]);
    assert_eq!(caller.read(&configuration), before);
}

fn preconditions_hold_for_a_property(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    let path = format!("{configuration}/displayName");
    let tag = caller.get(&path).send().is(200).header("ETag").unwrap_or_default().to_owned();
    assert_eq!(json!(tag), caller.read(&configuration)["@odata.etag"]);
    caller.get(&path).header("If-None-Match", &tag).send().is(304);
    let put =
        |tag: &str| caller.request("PUT", &path).header("If-Match", tag).json(&json!({"value": "B"})).send();
    put(&tag).is(204);
    put(&tag).refused(412, &["If-Match"]);
    caller.get(&path).header("If-None-Match", &tag).send().is(200);
    caller.delete(&format!("{configuration}/description")).header("If-Match", &tag).send().refused(412, &[]);
}

fn a_secret_property_can_be_replaced(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = made(&caller, PASSWORDS, &password_info("1"));
    caller.request("PUT", &format!("{path}/currentPassword")).json(&json!({"value": "neu"})).send().is(204);
    let read = caller.read(&path);
    assert_eq!(read["currentPassword"], "neu");
    assert_eq!(read["previousPasswords"], json!(["Current Password value", "Previous Passwords value"]));
    // What it was set to is told to whoever set it, without a look at anything else.
    let looks = || crate::at_rest::looks(server, caller.tenant_id());
    let before = looks();
    let shown = caller
        .request("PUT", &format!("{path}/previousPasswords"))
        .header("Prefer", "return=representation")
        .json(&json!({"value": ["a", "b"]}))
        .send()
        .is(200);
    assert_eq!(shown.json()["value"], json!(["a", "b"]));
    assert_eq!(looks(), before);
    caller.remove(&format!("{path}/currentPassword"));
    caller.get(&format!("{path}/currentPassword")).send().is(204);
    assert_eq!(caller.read(&path)["previousPasswords"], json!(["neu", "a", "b"]));
}

fn a_property_in_a_batch(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = made(&caller, CONFIGURATIONS, &configuration("A"));
    let url = |rest: &str| format!("/deviceManagement/{configuration}/{rest}");
    let answer = caller.act(
        "/beta/$batch",
        &json!({"requests": [
            {"id": "1", "method": "PUT", "url": url("displayName"), "body": {"value": "B"},
             "headers": {"Content-Type": "application/json"}},
            {"id": "2", "method": "GET", "url": url("displayName/$value"), "dependsOn": ["1"]},
            {"id": "3", "method": "GET", "url": url("configurationFileContent/$value")},
        ]}),
    );
    let body = answer.is(200).json();
    let of = |id: &str| {
        let parts = body["responses"].as_array().into_iter().flatten();
        parts
            .filter(|part| part["id"] == id)
            .map(|part| (part["status"].clone(), part["body"].clone()))
            .next()
    };
    assert_eq!(of("1"), Some((json!(204), Value::Null)));
    assert_eq!(of("2"), Some((json!(200), json!("B"))));
    assert_eq!(of("3"), Some((json!(200), json!("W2NjdGtdCg=="))));
}
