//! The document of an invented library: what follows from the model, and that it holds together.

use std::collections::BTreeSet;

use serde_json::{Value as JsonValue, json};

use super::{Info, write};
use crate::csdl::read;
use crate::edm::{Model, Version};

const LIBRARY: &str = include_str!("../csdl/read/tests/library.csdl.xml");
const SUBSET: &str = include_str!("../csdl/read/tests/v1.0.csdl.xml");
const INFO: Info<'_> = Info { title: "Library", version: "1.2.3", description: "Books." };

fn library() -> Model {
    read(&[("library.csdl.xml", LIBRARY), ("v1.0.csdl.xml", SUBSET)]).unwrap()
}

fn document(versions: &[Version]) -> JsonValue {
    serde_json::from_str(&write(&library(), versions, INFO)).unwrap()
}

/// Every path with its methods, such as `get post /beta/novels`.
fn shown(document: &JsonValue) -> Vec<String> {
    let paths = document["paths"].as_object().unwrap().iter();
    let methods = |item: &JsonValue| item.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    paths.map(|(path, item)| format!("{} {path}", methods(item))).collect()
}

#[test]
fn paths_follow_navigation_properties_and_methods_their_restrictions() {
    let document = document(&[Version::Beta]);
    let works = "/beta/library/works";
    let expected = [
        "get /beta".to_owned(),
        "get /beta/$metadata".to_owned(),
        "post /beta/$batch".to_owned(),
        format!("get post {works}"),
        format!("get {works}/$count"),
        format!("get {works}/lend"),
        format!("get {works}/{{work-id}}"),
        format!("post {works}/{{work-id}}/lend"),
        "get /beta/library/vaults".to_owned(),
        "get /beta/library/vaults/{vault-id}".to_owned(),
        "post /beta/library/vaults/{vault-id}/treasures/{work-id1}/lend".to_owned(),
    ];
    let shown = shown(&document);
    for path in &expected {
        assert!(shown.contains(path), "{path} is missing in {shown:#?}");
    }
    // Without restrictions there is nothing to be done.
    assert!(!shown.iter().any(|path| path.ends_with("/authors/{author-id}")), "{shown:#?}");
}

#[test]
fn properties_of_a_type_share_a_path() {
    let document = document(&[Version::Beta]);
    let shown = shown(&document);
    let below = |path: &str| {
        let start = format!("get {path}/");
        shown.iter().any(|known| known.starts_with(&start) || known.contains(&format!(" {path}/")))
    };
    let work = "/beta/library/works/{work-id}";
    let names = |path: &str, method: &str| {
        let parameters = document["paths"][path][method]["parameters"].as_array().unwrap().iter();
        let property = parameters.clone().find(|parameter| parameter["name"] == "property").unwrap();
        property["schema"]["enum"]
            .as_array()
            .unwrap()
            .iter()
            .map(|name| name.as_str().unwrap().to_owned())
            .collect()
    };
    let names = |end: &str, method: &str| -> Vec<String> { names(&format!("{work}/{end}"), method) };
    assert!(names("{property}", "get").iter().any(|name| name == "id"));
    assert!(names("{property}", "get").iter().any(|name| name == "tags"));
    assert!(!names("{property}/$value", "get").iter().any(|name| name == "tags"));
    assert_eq!(names("{property}/$count", "get"), ["tags"]);
    assert!(below(&format!("{work}/size")), "{shown:#?}");
    // What cannot be read has none.
    assert!(!shown.iter().any(|path| path.contains("/authors/{author-id}/{property}")), "{shown:#?}");
}

#[test]
fn a_navigation_property_is_in_no_path_twice() {
    for path in document(&[Version::Beta])["paths"].as_object().unwrap().keys() {
        let words: Vec<&str> = path.split('/').collect();
        // Two navigation properties are called works.
        for (name, most) in [("author", 1), ("sequelOf", 1), ("authors", 1), ("works", 2)] {
            assert!(words.iter().filter(|word| **word == name).count() <= most, "{path}");
        }
    }
}

#[test]
fn permissions_are_requirements_of_which_one_is_enough() {
    let document = document(&[Version::Beta]);
    let works = &document["paths"]["/beta/library/works"];
    assert_eq!(works["get"]["security"], json!([{"delegated": ["Library.Read.All"]}]));
    assert_eq!(works["post"]["security"], json!([{"application": ["Library.ReadWrite.All"]}]));
}

#[test]
fn what_is_not_implemented_is_marked() {
    let document = document(&[Version::Beta]);
    for (path, method, marked) in [
        ("/beta/library/vaults", "get", true),
        ("/beta/library/works/lend", "get", true),
        ("/beta/library/works", "get", false),
        ("/beta/library/vaults/{vault-id}/treasures/{work-id1}/lend", "post", false),
    ] {
        let operation = &document["paths"][path][method];
        assert_eq!(operation["x-not-implemented"] == true, marked, "{path}");
        assert_eq!(operation["responses"]["501"].is_object(), marked, "{path}");
        assert_eq!(
            operation["responses"]["200"].is_object() || path.ends_with("lend"),
            !marked || path.ends_with("lend"),
            "{path}"
        );
    }
}

#[test]
fn types_are_closed_objects_with_their_bounds() {
    let document = document(&[Version::Beta, Version::V1]);
    let schemas = &document["components"]["schemas"];
    let work = &schemas["microsoft.graph.work"];
    assert_eq!(work["anyOf"][1], json!({"$ref": "#/components/schemas/microsoft.graph.novel"}));
    let own = &work["anyOf"][0];
    assert_eq!(own["additionalProperties"], false);
    for (name, schema) in [
        ("id", json!({"type": "string", "readOnly": true})),
        ("title", json!({"type": "string", "maxLength": 80})),
        ("genre", json!({"$ref": "#/components/schemas/microsoft.graph.genre"})),
        ("tags", json!({"type": "array", "items": {"type": "string"}})),
        ("note", json!({"type": ["string", "null"], "format": "password"})),
        ("printed", json!({"type": "string", "format": "date-time"})),
    ] {
        assert_eq!(own["properties"][name], schema, "{name}");
    }
    let size = json!({"anyOf": [{"$ref": "#/components/schemas/microsoft.graph.measure"}, {"type": "null"}]});
    assert_eq!(own["properties"]["size"], size);
    let novel = &schemas["microsoft.graph.novel"]["properties"];
    assert!(novel["title"].is_object() && novel["chapters"].is_object(), "inherited and own: {novel}");
    let create = &document["paths"]["/beta/library/works"]["post"]["requestBody"];
    assert_eq!(create["content"]["application/json"]["schema"]["required"], json!(["title"]));
    assert!(schemas["v1.0.microsoft.graph.work"].is_object(), "the other version has its own");
}

#[test]
fn the_same_model_makes_the_same_text() {
    let text = || write(&library(), &Version::ALL, INFO);
    assert_eq!(text(), text());
}

#[test]
fn a_version_can_be_had_alone() {
    for version in Version::ALL {
        let document = document(&[version]);
        let root = format!("/{}", version.segment());
        assert!(document["paths"].as_object().unwrap().keys().all(|path| path.starts_with(&root)));
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document(&Version::ALL);
    let mut references = Vec::new();
    collect(&document, &mut references);
    assert!(references.len() > 100);
    for reference in references {
        let found = document.pointer(reference.trim_start_matches('#'));
        assert!(found.is_some(), "{reference}");
    }
}

fn collect<'v>(value: &'v JsonValue, references: &mut Vec<&'v str>) {
    match value {
        JsonValue::Object(members) => {
            references.extend(members.get("$ref").and_then(JsonValue::as_str));
            members.values().for_each(|member| collect(member, references));
        }
        JsonValue::Array(items) => items.iter().for_each(|item| collect(item, references)),
        _ => {}
    }
}

#[test]
fn operations_have_names_of_their_own_and_the_parameters_of_their_paths() {
    let document = document(&Version::ALL);
    let mut names = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap();
            assert!(names.insert(name.to_owned()), "{name} twice, the second for {method} {path}");
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_path = parameters.iter().filter(|parameter| parameter["in"] == "path");
            let declared: BTreeSet<&str> =
                in_path.filter_map(|parameter| parameter["name"].as_str()).collect();
            let written: BTreeSet<&str> =
                path.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect();
            assert_eq!(declared, written, "{method} {path}");
        }
    }
}
