//! `$metadata`, the service document, and what the model says is not implemented

use serde_json::json;

use crate::model;

both![
    metadata_is_xml_unless_json_is_asked_for,
    metadata_resolves_every_name_it_uses,
    the_service_document_names_what_is_at_the_top,
    documents_can_only_be_read,
    contexts_lead_to_the_metadata,
];

fn metadata_is_xml_unless_json_is_asked_for(server: &testkit::TestServer) {
    let caller = server.caller();
    let xml = caller.get("/beta/$metadata").send().is(200);
    assert!(xml.header("Content-Type").is_some_and(|text| text.starts_with("application/xml")), "{xml:?}");
    let text = xml.text();
    let document = roxmltree::Document::parse(&text).expect("well-formed XML");
    assert_eq!(document.root_element().tag_name().name(), "Edmx");
    for (header, query) in
        [("application/json", ""), ("*/*", "?$format=json"), ("application/xml", "?$format=application/json")]
    {
        let json =
            caller.get(&format!("/beta/$metadata{query}")).header("Accept", header).send().is(200).json();
        let graph = &json["microsoft.graph"];
        assert_eq!(graph["hardwareConfiguration"]["$Kind"], "EntityType", "{header} {query}");
        assert_eq!(graph["runState"]["$Kind"], "EnumType");
    }
    caller.get("/beta/$metadata").header("Accept", "text/html").send().refused(406, &[]);
}

fn metadata_resolves_every_name_it_uses(server: &testkit::TestServer) {
    let model = model::of(&server.caller(), "beta");
    assert!(
        model.types.len() > 30 && model.sets.len() > 10,
        "{} types, {} sets",
        model.types.len(),
        model.sets.len()
    );
    for of_type in model.types.values() {
        for property in &of_type.properties {
            let name = property.element.strip_prefix("microsoft.graph.");
            let is_known = name.map_or(property.element.starts_with("Edm."), |name| model.knows(name));
            assert!(is_known, "{}.{}: {}", of_type.name, property.name, property.element);
        }
    }
}

fn the_service_document_names_what_is_at_the_top(server: &testkit::TestServer) {
    let caller = server.caller();
    for path in ["/beta", "/beta/", "/v1.0", "/Beta"] {
        let document = caller.read(path);
        let entries = document["value"].as_array().cloned().unwrap_or_default();
        let expected = json!({"name": "deviceManagement", "kind": "Singleton", "url": "deviceManagement"});
        assert!(entries.contains(&expected), "{path}: {document}");
        let version = path.trim_matches('/').to_lowercase();
        let context = format!("{}/{version}/$metadata", server.origin());
        assert_eq!(document["@odata.context"], context);
    }
}

fn documents_can_only_be_read(server: &testkit::TestServer) {
    let caller = server.caller();
    for path in ["/beta", "/beta/$metadata"] {
        let answer = caller.post(path).json(&json!({})).send().refused(405, &[]);
        assert!(answer.header("Allow").is_some_and(|allow| allow.contains("GET")), "{path}");
    }
}

fn contexts_lead_to_the_metadata(server: &testkit::TestServer) {
    let caller = server.caller();
    let id =
        crate::samples::id(&caller.create("hardwareConfigurations", &crate::samples::configuration("A")));
    let context = |path: &str| caller.read(path)["@odata.context"].as_str().unwrap_or_default().to_owned();
    let root = format!("{}/beta/$metadata#deviceManagement", server.origin());
    assert_eq!(context("hardwareConfigurations"), format!("{root}/hardwareConfigurations"));
    assert_eq!(
        context(&format!("hardwareConfigurations/{id}")),
        format!("{root}/hardwareConfigurations/$entity")
    );
    let assignments = format!("{root}/hardwareConfigurations('{id}')/assignments");
    assert_eq!(context(&format!("hardwareConfigurations/{id}/assignments")), assignments);
    assert_eq!(context(""), root);
}
