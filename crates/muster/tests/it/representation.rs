//! How an answer is represented: `odata.metadata`, `IEEE754Compatible`, `@odata.context`, and what a client says about
//! the protocol

use serde_json::{Value, json};

use crate::samples::{configuration, device, device_with_profile, group_target, id, imported, profile};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PROFILES: &str = "windowsAutopilotDeploymentProfiles";
const FULL: &str = "application/json;odata.metadata=full";

both![
    the_type_of_an_answer_says_what_was_chosen,
    full_metadata_tells_types_links_and_operations,
    full_metadata_of_a_derived_type,
    full_metadata_of_nested_values,
    full_metadata_of_a_collection,
    without_metadata_nothing_is_told_but_data,
    minimal_metadata_tells_no_links,
    large_numbers_are_strings_for_who_asks,
    contexts_are_those_of_the_protocol,
    who_cannot_be_understood_is_refused,
];

#[track_caller]
fn read(caller: &testkit::TestCaller<'_>, path: &str, accept: &str) -> Value {
    caller.get(path).header("Accept", accept).send().is(200).json()
}

fn the_type_of_an_answer_says_what_was_chosen(server: &testkit::TestServer) {
    let caller = server.caller();
    let media_type = |parameters: &str| format!("application/json;odata.metadata={parameters};charset=utf-8");
    for (accept, format, expected) in [
        ("*/*", None, "minimal"),
        ("application/json", None, "minimal"),
        ("application/json;odata.metadata=minimal", None, "minimal"),
        ("application/json;odata.metadata=none", None, "none"),
        ("application/json;odata.metadata=full", None, "full"),
        ("application/json;metadata=full", None, "full"),
        ("application/json;IEEE754Compatible=true", None, "minimal;IEEE754Compatible=true"),
        ("application/json;odata.metadata=full;IEEE754Compatible=true", None, "full;IEEE754Compatible=true"),
        ("application/json;q=0.2, application/json;odata.metadata=none;q=0.8", None, "none"),
        ("text/html", Some("json"), "minimal"),
        ("application/json;odata.metadata=full", Some("application/json;odata.metadata=none"), "none"),
        ("*/*", Some("application/json;IEEE754Compatible=true"), "minimal;IEEE754Compatible=true"),
    ] {
        for path in [DEVICES, "windowsAutopilotSettings", "/beta"] {
            let request = caller.get(path).header("Accept", accept);
            let request = match format {
                Some(format) => request.query("%24Format", format),
                None => request,
            };
            let answer = request.send().is(200);
            assert_eq!(
                answer.header("Content-Type"),
                Some(&*media_type(expected)),
                "{path} {accept} {format:?}"
            );
        }
    }
    for accept in ["application/json;odata.metadata=some", "application/json;IEEE754Compatible=perhaps"] {
        caller.get(DEVICES).header("Accept", accept).send().refused(406, &[accept]);
    }
}

fn full_metadata_tells_types_links_and_operations(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = configuration("A");
    body["roleScopeTagIds"] = json!(["0"]);
    let id = id(&caller.create(CONFIGURATIONS, &body));
    let entity = read(&caller, &format!("{CONFIGURATIONS}/{id}"), FULL);
    let url = caller.url(&format!("{CONFIGURATIONS}('{id}')"));
    for (member, expected) in [
        (
            "@odata.context",
            json!(caller.url("/beta/$metadata#deviceManagement/hardwareConfigurations/$entity")),
        ),
        ("@odata.type", json!("#microsoft.graph.hardwareConfiguration")),
        ("@odata.id", json!(url)),
        ("@odata.editLink", json!(url)),
        ("createdDateTime@odata.type", json!("#DateTimeOffset")),
        ("configurationFileContent@odata.type", json!("#Binary")),
        ("hardwareConfigurationFormat@odata.type", json!("#microsoft.graph.hardwareConfigurationFormat")),
        ("roleScopeTagIds@odata.type", json!("#Collection(String)")),
        ("assignments@odata.associationLink", json!(format!("{url}/assignments/$ref"))),
        ("assignments@odata.navigationLink", json!(format!("{url}/assignments"))),
        ("runSummary@odata.navigationLink", json!(format!("{url}/runSummary"))),
        (
            "#microsoft.graph.assign",
            json!({"title": "microsoft.graph.assign", "target": format!("{url}/microsoft.graph.assign")}),
        ),
    ] {
        assert_eq!(entity[member], expected, "{member}");
    }
    // What JSON tells by itself needs no type, and what is null has none.
    for member in ["displayName", "version", "perDevicePasswordDisabled", "description"] {
        assert!(entity.get(format!("{member}@odata.type")).is_none(), "{member}");
    }
    // Control information about a value comes right before it, and the entity's own before all others.
    let names: Vec<&String> = entity.as_object().into_iter().flatten().map(|(name, _)| name).collect();
    let text = caller.get(&format!("{CONFIGURATIONS}/{id}")).header("Accept", FULL).send().text();
    let at =
        |member: &str| text.find(&format!("\"{member}\":")).unwrap_or_else(|| panic!("{member}: {names:?}"));
    for (before, after) in [
        ("@odata.context", "@odata.type"),
        ("@odata.type", "@odata.etag"),
        ("@odata.etag", "@odata.id"),
        ("@odata.editLink", "id"),
        ("createdDateTime@odata.type", "createdDateTime"),
    ] {
        assert!(at(before) < at(after), "{before} {after}: {text}");
    }
    // The links lead where they say.
    caller.read(entity["assignments@odata.navigationLink"].as_str().unwrap_or_default());
    caller.read(entity["assignments@odata.associationLink"].as_str().unwrap_or_default());
    let target = entity["#microsoft.graph.assign"]["target"].as_str().unwrap_or_default();
    let target = target.strip_prefix(&caller.url("/")).map(|path| format!("/{path}")).unwrap_or_default();
    caller.act(&target, &json!({"hardwareConfigurationAssignments": []})).is(200);
    let property = read(&caller, &format!("{CONFIGURATIONS}/{id}/createdDateTime"), FULL);
    assert_eq!(property["@odata.type"], "#DateTimeOffset");
    let created = caller.post(CONFIGURATIONS).header("Accept", FULL).json(&configuration("B")).send().is(201);
    assert!(created.json().get("@odata.editLink").is_some());
}

fn full_metadata_of_a_derived_type(server: &testkit::TestServer) {
    let caller = server.caller();
    let id = id(&caller.create(PROFILES, &profile("P")));
    let entity = read(&caller, &format!("{PROFILES}/{id}"), FULL);
    let url = caller.url(&format!("{PROFILES}('{id}')"));
    let edit = format!("{url}/microsoft.graph.azureADWindowsAutopilotDeploymentProfile");
    assert_eq!(entity["@odata.type"], "#microsoft.graph.azureADWindowsAutopilotDeploymentProfile");
    assert_eq!((&entity["@odata.id"], &entity["@odata.editLink"]), (&json!(url), &json!(edit)));
    let link = entity["assignments@odata.navigationLink"].as_str().unwrap_or_default();
    assert_eq!(link, format!("{edit}/assignments"));
    caller.read(link);
    caller.change(&edit, &json!({"displayName": "Q"}));
}

fn full_metadata_of_nested_values(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = id(&caller.create(CONFIGURATIONS, &configuration("A")));
    let path = format!("{CONFIGURATIONS}/{configuration}");
    let made = caller.create(&format!("{path}/assignments"), &json!({"target": group_target("g")}));
    let entity = read(&caller, &format!("{path}?$expand=assignments"), FULL);
    let assignment = &entity["assignments"][0];
    assert_eq!(
        entity["assignments@odata.context"],
        caller.url(&format!(
            "/beta/$metadata#deviceManagement/hardwareConfigurations('{configuration}')/assignments"
        ))
    );
    assert_eq!(assignment["@odata.type"], "#microsoft.graph.hardwareConfigurationAssignment");
    assert_eq!(assignment["target"]["@odata.type"], "#microsoft.graph.groupAssignmentTarget");
    assert_eq!(
        assignment["@odata.id"],
        caller.url(&format!("{CONFIGURATIONS}('{configuration}')/assignments('{}')", id(&made)))
    );
    let import = id(&caller.create("importedWindowsAutopilotDeviceIdentities", &imported("1")));
    let state = &read(&caller, &format!("importedWindowsAutopilotDeviceIdentities/{import}"), FULL)["state"];
    assert_eq!(
        state["deviceImportStatus@odata.type"],
        "#microsoft.graph.importedWindowsAutopilotDeviceIdentityImportStatus"
    );
    assert!(state.get("deviceErrorCode@odata.type").is_none());
}

fn full_metadata_of_a_collection(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("1"));
    let list = read(&caller, DEVICES, FULL);
    assert!(list["value"][0].get("@odata.editLink").is_some(), "{list}");
    let imports = read(&caller, "importedWindowsAutopilotDeviceIdentities", FULL);
    assert_eq!(
        imports["#microsoft.graph.import"],
        json!({
            "title": "microsoft.graph.import",
            "target": caller.url("importedWindowsAutopilotDeviceIdentities/microsoft.graph.import"),
        })
    );
}

fn without_metadata_nothing_is_told_but_data(server: &testkit::TestServer) {
    let caller = server.caller();
    let configuration = id(&caller.create(CONFIGURATIONS, &configuration("A")));
    let path = format!("{CONFIGURATIONS}/{configuration}");
    caller.create(&format!("{path}/assignments"), &json!({"target": group_target("g")}));
    for serial in ["1", "2"] {
        caller.create(DEVICES, &device(serial));
    }
    let allowed = ["@odata.nextLink", "@odata.count", "@odata.deltaLink"];
    for path in [
        format!("{path}?$expand=assignments"),
        format!("{CONFIGURATIONS}?$expand=assignments"),
        format!("{path}/displayName"),
        format!("{path}/assignments"),
        format!("{DEVICES}?$top=1&$count=true"),
        format!("{DEVICES}/delta"),
        "roleScopeTags/hasCustomRoleScopeTag()".to_owned(),
        "/beta".to_owned(),
    ] {
        let body = read(&caller, &path, "application/json;odata.metadata=none");
        for name in names(&body) {
            assert!(
                !name.contains('@') && !name.starts_with('#') || allowed.contains(&&*name),
                "{path}: {name}"
            );
        }
    }
    let assigned = caller
        .post(&format!("{path}/assign"))
        .header("Accept", "application/json;odata.metadata=none")
        .json(&json!({"hardwareConfigurationAssignments": [{"target": group_target("h")}]}))
        .send()
        .is(200);
    assert!(names(&assigned.json()).iter().all(|name| !name.contains('@')), "{}", assigned.text());
}

/// The names of all members, however deep.
fn names(value: &Value) -> Vec<String> {
    match value {
        Value::Object(members) => {
            let inner = members.values().flat_map(names);
            members.keys().cloned().chain(inner).collect()
        }
        Value::Array(items) => items.iter().flat_map(names).collect(),
        _ => Vec::new(),
    }
}

fn minimal_metadata_tells_no_links(server: &testkit::TestServer) {
    let caller = server.caller();
    let id = id(&caller.create(CONFIGURATIONS, &configuration("A")));
    let entity = caller.read(&format!("{CONFIGURATIONS}/{id}"));
    let told: Vec<String> =
        names(&entity).into_iter().filter(|name| name.contains('@') || name.contains('#')).collect();
    assert_eq!(told, ["@odata.context", "@odata.type", "@odata.etag"].map(str::to_owned));
}

fn large_numbers_are_strings_for_who_asks(server: &testkit::TestServer) {
    let caller = server.caller();
    caller.create(DEVICES, &device("1"));
    let path = format!("{DEVICES}?$count=true");
    let compatible = "application/json;IEEE754Compatible=true";
    assert_eq!(read(&caller, &path, compatible)["@odata.count"], "1");
    assert_eq!(caller.read(&path)["@odata.count"], 1);
    assert_eq!(read(&caller, &path, compatible)["@odata.count"], "1");
    // 32 bits are no large number.
    let made = caller.create(CONFIGURATIONS, &configuration("A"));
    assert_eq!(read(&caller, &format!("{CONFIGURATIONS}/{}", id(&made)), compatible)["version"], 1);
    let body = device("2").to_string();
    caller.post(DEVICES).bytes(compatible, body.as_bytes()).send().is(201);
}

fn contexts_are_those_of_the_protocol(server: &testkit::TestServer) {
    let caller = server.caller();
    let (device, profile) = device_with_profile(&caller);
    let configuration = id(&caller.create(CONFIGURATIONS, &configuration("A")));
    let one = format!("{CONFIGURATIONS}/{configuration}");
    let assignment = id(&caller.create(&format!("{one}/assignments"), &json!({"target": group_target("g")})));
    let delta = caller.read(&format!("{DEVICES}/delta?$select=serialNumber"));
    let round = delta["@odata.deltaLink"].as_str().unwrap_or_default().to_owned();
    let assignments = format!("hardwareConfigurations('{configuration}')/assignments");
    for (path, expected) in [
        (CONFIGURATIONS.to_owned(), "hardwareConfigurations".to_owned()),
        (one.clone(), "hardwareConfigurations/$entity".to_owned()),
        (format!("{CONFIGURATIONS}('{configuration}')"), "hardwareConfigurations/$entity".to_owned()),
        (format!("{one}?$select=id,displayName"), "hardwareConfigurations(id,displayName)/$entity".to_owned()),
        (format!("{CONFIGURATIONS}?$select=Id,DISPLAYNAME"), "hardwareConfigurations(id,displayName)".to_owned()),
        (format!("{one}?$expand=assignments"), "hardwareConfigurations(assignments())/$entity".to_owned()),
        (
            format!("{CONFIGURATIONS}?$select=id&$expand=assignments($select=id)"),
            "hardwareConfigurations(id,assignments(id))".to_owned(),
        ),
        (
            format!("{DEVICES}?$expand=deploymentProfile($select=id;$expand=assignments($select=id))"),
            "windowsAutopilotDeviceIdentities(deploymentProfile(id,assignments(id)))".to_owned(),
        ),
        (format!("{one}/assignments"), assignments.clone()),
        (format!("{one}/assignments?$select=id"), format!("{assignments}(id)")),
        (format!("{one}/assignments/{assignment}"), format!("{assignments}/$entity")),
        (format!("{one}/runSummary"), format!("hardwareConfigurations('{configuration}')/runSummary/$entity")),
        ("windowsAutopilotSettings".to_owned(), "windowsAutopilotSettings/$entity".to_owned()),
        (
            format!("{DEVICES}/{device}/deploymentProfile"),
            "windowsAutopilotDeploymentProfiles/$entity".to_owned(),
        ),
        (format!("{PROFILES}/{profile}/assignedDevices"), "windowsAutopilotDeviceIdentities".to_owned()),
        (
            format!("{PROFILES}/microsoft.graph.azureADWindowsAutopilotDeploymentProfile"),
            "windowsAutopilotDeploymentProfiles/microsoft.graph.azureADWindowsAutopilotDeploymentProfile".to_owned(),
        ),
        (
            format!("{PROFILES}/{profile}/microsoft.graph.azureADWindowsAutopilotDeploymentProfile?$select=id"),
            "windowsAutopilotDeploymentProfiles/microsoft.graph.azureADWindowsAutopilotDeploymentProfile(id)/$entity"
                .to_owned(),
        ),
        (format!("{one}/displayName"), format!("hardwareConfigurations('{configuration}')/displayName")),
        (format!("{DEVICES}/delta"), "windowsAutopilotDeviceIdentities".to_owned()),
        (round, "windowsAutopilotDeviceIdentities(serialNumber,id)/$delta".to_owned()),
    ] {
        let context = caller.read(&path)["@odata.context"].clone();
        assert_eq!(context, caller.url(&format!("/beta/$metadata#deviceManagement/{expected}")), "{path}");
    }
    for (path, expected) in [
        ("/beta", ""),
        ("/beta/deviceManagement", "#deviceManagement"),
        ("/beta/deviceManagement/roleScopeTags/hasCustomRoleScopeTag()", "#Edm.Boolean"),
    ] {
        let context = caller.read(path)["@odata.context"].clone();
        assert_eq!(context, caller.url(&format!("/beta/$metadata{expected}")), "{path}");
    }
    let assigned =
        caller.act(&format!("{one}/assign"), &json!({"hardwareConfigurationAssignments": []})).is(200);
    assert_eq!(
        assigned.json()["@odata.context"],
        caller.url(&format!("/beta/$metadata#deviceManagement/{assignments}"))
    );
    let linked =
        caller.act(&format!("{PROFILES}/hasPayloadLinks"), &json!({"payloadIds": [profile]})).is(200);
    assert_eq!(
        linked.json()["@odata.context"],
        caller.url("/beta/$metadata#Collection(microsoft.graph.hasPayloadLinkResultItem)")
    );
    let v1 = caller.v1().read(DEVICES)["@odata.context"].clone();
    assert_eq!(v1, caller.url("/v1.0/$metadata#deviceManagement/windowsAutopilotDeviceIdentities"));
}

fn who_cannot_be_understood_is_refused(server: &testkit::TestServer) {
    let caller = server.caller();
    for (header, value, status) in [
        ("OData-MaxVersion", "4.0", 200),
        ("OData-MaxVersion", "4.01", 200),
        ("OData-MaxVersion", "3.0", 400),
        ("OData-MaxVersion", "new", 400),
        ("OData-Version", "4.0", 200),
        ("OData-Version", "3.0", 400),
        ("Accept-Charset", "utf-8", 200),
        ("Accept-Charset", "iso-8859-1, *;q=0.1", 200),
        ("Accept-Charset", "iso-8859-1", 406),
    ] {
        let answer = caller.get(DEVICES).header(header, value).send();
        match status {
            200 => assert_eq!(answer.is(200).header("OData-Version"), Some("4.0"), "{header}: {value}"),
            refused => drop(answer.refused(refused, &[value])),
        }
    }
    let part = json!({"id": "1", "method": "GET", "url": "/deviceManagement", "headers": {"OData-MaxVersion": "3.0"}});
    let batch = caller.act("/beta/$batch", &json!({"requests": [part]})).is(200).json();
    assert_eq!(batch["responses"][0]["status"], 400);
}
