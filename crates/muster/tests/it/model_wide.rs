//! What holds for every type, set and operation of the model: read from `$metadata`, so that nothing new is forgotten

use serde_json::{Map, Value, json};
use testkit::{TestCaller, differences, encoded};

use crate::model::{self, Model, Property, Set, Type};
use crate::samples;

/// A permission that no documented operation asks for.
const USELESS: &str = "DeviceManagementManagedDevices.PrivilegedOperations.All";
const VERBS: [&str; 4] = ["GET", "POST", "PATCH", "DELETE"];

/// The newer name of a property that has an older one: a change that gives them different texts contradicts itself.
fn newer_name(name: &str) -> &str {
    match name {
        "language" => "locale",
        "azureActiveDirectoryDeviceId" => "azureAdDeviceId",
        name => name,
    }
}

/// A value that a property takes; another one for another `variant`.
fn sample(model: &Model, property: &Property, variant: usize) -> Value {
    let one = match property.element.as_str() {
        "Edm.String" => json!(format!("{} {variant}", newer_name(&property.name))),
        "Edm.Boolean" => json!(variant.is_multiple_of(2)),
        "Edm.Int32" | "Edm.Int64" => json!(41 + variant),
        "Edm.Double" | "Edm.Decimal" => json!(0.5),
        "Edm.DateTimeOffset" => json!(format!("2024-0{}-29T23:59:59.1234567+02:00", 1 + variant * 2)),
        "Edm.Duration" => json!(format!("PT{}M1.5S", variant + 1)),
        "Edm.Binary" => json!(["AAEC/w==", "YQ=="][variant % 2]),
        "Edm.Guid" => json!("0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e"),
        other => named(model, other.trim_start_matches("microsoft.graph."), variant),
    };
    if property.is_collection { json!([one]) } else { one }
}

fn named(model: &Model, name: &str, variant: usize) -> Value {
    if let Some(members) = model.enums.get(name) {
        let real: Vec<&String> = members.iter().filter(|member| *member != "unknownFutureValue").collect();
        return json!(real[variant % real.len()]);
    }
    let types = model.concrete(name);
    let of_type = types[variant % types.len()];
    body(model, of_type, variant)
}

/// A body with a value for every property.
pub fn body(model: &Model, of_type: &Type, variant: usize) -> Value {
    let mut members =
        Map::from_iter([("@odata.type".to_owned(), json!(format!("#microsoft.graph.{}", of_type.name)))]);
    for property in
        of_type.properties.iter().filter(|property| !property.is_computed && property.name != "id")
    {
        members.insert(property.name.clone(), sample(model, property, variant));
    }
    Value::Object(members)
}

/// The path of a set, in parents that are created for it.
pub fn place(caller: &TestCaller<'_>, model: &Model, set: &Set) -> String {
    let mut path = String::new();
    let mut rest = set.path.as_str();
    while let Some((collection, inside)) = rest.split_once("/{}/") {
        path.push_str(collection);
        let walked = set.path[..set.path.len() - inside.len()].trim_end_matches("/{}/");
        let of_type =
            model.sets.iter().find(|parent| parent.path == walked).map_or("", |parent| &parent.of_type);
        // A derived type has all that its base contains.
        let created = caller.create(&path, &body(model, model.concrete(of_type)[0], 0));
        path = format!("{path}/{}/", samples::id(&created));
        rest = inside;
    }
    format!("{path}{rest}")
}

/// Sets that only the server writes, which have tests of their own.
const SERVERS_OWN: [&str; 4] = ["auditEvents", "/versions", "musterAgent", "musterEnrollmentCodes"];

/// The sets that are served and that clients write: what the model calls not implemented is not.
pub fn served<'m>(caller: &TestCaller<'_>, model: &'m Model) -> Vec<(&'m Set, String)> {
    let is_served = |set: &&Set| {
        let top = set.path.split('/').next().unwrap_or_default();
        caller.get(top).send().status != 501
            && !set.path.ends_with("domainJoinConfiguration")
            && !set.path.contains("roleAssignments")
            && !SERVERS_OWN.iter().any(|own| set.path.ends_with(own))
    };
    model.sets.iter().filter(is_served).map(|set| (set, place(caller, model, set))).collect()
}

both![
    every_property_of_every_type_comes_back,
    every_nullable_property_can_be_cleared_and_no_other,
    computed_properties_cannot_be_written,
    every_property_can_be_selected_and_ordered_and_filtered_by_unless_it_is_secret,
    nobody_and_the_wrong_permission_get_nowhere,
    every_collections_next_links_end,
];

fn every_property_of_every_type_comes_back(server: &testkit::TestServer) {
    let caller = server.caller();
    let model = model::of(&caller, "beta");
    // A summary is worked out from the states: what is sent of it has no effect.
    let stored = |set: &model::Set| &*set.of_type != "hardwareConfigurationRunSummary";
    for (set, path) in served(&caller, &model).into_iter().filter(|(set, _)| stored(set)) {
        for of_type in model.concrete(&set.of_type) {
            let first = body(&model, of_type, 0);
            let (path, created) = if set.is_collection {
                let created = caller.create(&path, &first);
                (format!("{path}/{}", samples::id(&created)), created)
            } else {
                (path.clone(), caller.change(&path, &first))
            };
            let second = body(&model, of_type, 1);
            let immutable = || of_type.properties.iter().filter(|property| property.is_immutable);
            let kept: Vec<&str> = immutable().map(|property| &*property.name).collect();
            // The state of an import or assignment is the server's own after it was accepted.
            let own: &[&str] = match &*set.of_type {
                "importedWindowsAutopilotDeviceIdentity" => &["state"],
                "windowsAutopilotDeviceIdentity" => {
                    &["deploymentProfileAssignedDateTime", "deploymentProfileAssignmentStatus"]
                }
                _ => &[],
            };
            let steps = [
                ("created", created, &first, &[][..]),
                ("read", caller.read(&path), &first, own),
                ("changed", caller.change(&path, &second), &second, &kept),
                ("read again", caller.read(&path), &second, &kept),
            ];
            for (step, actual, expected, without) in steps {
                let wrong = differences(&actual, expected, without);
                assert!(wrong.is_empty(), "{} {step}: {}", set.path, wrong.join("\n"));
            }
        }
    }
}

fn every_nullable_property_can_be_cleared_and_no_other(server: &testkit::TestServer) {
    let caller = server.caller();
    let model = model::of(&caller, "beta");
    for (set, path) in served(&caller, &model).into_iter().filter(|(set, _)| set.is_collection) {
        for of_type in model.concrete(&set.of_type) {
            let path = format!("{path}/{}", samples::id(&caller.create(&path, &body(&model, of_type, 0))));
            for property in of_type
                .properties
                .iter()
                .filter(|property| !property.is_computed && !property.is_immutable && property.name != "id")
            {
                let answer = caller.patch(&path).json(&json!({&*property.name: null})).send();
                // A collection is never null: it is empty, and what has no scope tag has the built-in one.
                let cleared = match (&*property.name, property.is_collection) {
                    ("roleScopeTagIds", _) => json!(["0"]),
                    (_, true) => json!([]),
                    (_, false) => Value::Null,
                };
                match property.is_nullable {
                    true => assert_eq!(
                        answer.is(200).json()[&property.name],
                        cleared,
                        "{path}: {}",
                        property.name
                    ),
                    false => drop(answer.refused(400, &[&property.name])),
                }
            }
        }
    }
}

fn computed_properties_cannot_be_written(server: &testkit::TestServer) {
    let caller = server.caller();
    let model = model::of(&caller, "beta");
    let mut seen = 0;
    for (set, path) in served(&caller, &model).into_iter().filter(|(set, _)| set.is_collection) {
        for of_type in model.concrete(&set.of_type) {
            let mut sent = body(&model, of_type, 0);
            let computed: Vec<&Property> =
                of_type.properties.iter().filter(|property| property.is_computed).collect();
            for property in &computed {
                // Enumerations begin with their first member, which the server may have set by itself.
                sent[&property.name] = sample(&model, property, 2);
            }
            let created = caller.create(&path, &sent);
            let patched = caller.change(&format!("{path}/{}", samples::id(&created)), &sent);
            for property in computed {
                seen += 1;
                assert_ne!(created[&property.name], sent[&property.name], "{path}: {}", property.name);
                assert_ne!(patched[&property.name], sent[&property.name], "{path}: {}", property.name);
            }
        }
    }
    assert!(seen > 10, "only {seen} computed properties");
}

fn every_property_can_be_selected_and_ordered_and_filtered_by_unless_it_is_secret(
    server: &testkit::TestServer,
) {
    let caller = server.caller();
    let model = model::of(&caller, "beta");
    for (set, path) in served(&caller, &model).into_iter().filter(|(set, _)| set.is_collection) {
        let of_type = &model.types[&set.of_type];
        caller.create(&path, &body(&model, model.concrete(&set.of_type)[0], 0));
        let all = caller.list(&path).len();
        for property in &of_type.properties {
            let name = &property.name;
            let selected = caller.list(&format!("{path}?$select={name}"));
            assert!(selected[0].get(name).is_some(), "{path}: {name}");
            let filter = encoded(&format!("{name} ne null or {name} eq null"));
            let is_plain = property.element.starts_with("Edm.")
                && property.element != "Edm.Binary"
                && !property.is_collection;
            for query in [format!("$orderby={name}"), format!("$filter={filter}")] {
                let answer = caller.get(&format!("{path}?{query}")).send();
                match (property.is_secret, is_plain) {
                    (true, _) => drop(answer.refused(400, &[name])),
                    (false, true) => assert_eq!(
                        answer.is(200).json()["value"].as_array().map(Vec::len),
                        Some(all),
                        "{path}?{query}"
                    ),
                    // Others may be refused, but never fail.
                    (false, false) => {
                        assert!([200, 400].contains(&answer.status), "{path}?{query}: {}", answer.text())
                    }
                }
            }
        }
    }
}

fn nobody_and_the_wrong_permission_get_nowhere(server: &testkit::TestServer) {
    let caller = server.caller();
    let (nobody, useless) = (caller.nobody(), caller.permission(USELESS));
    let model = model::of(&caller, "beta");
    for (path, verbs) in everywhere(&caller, &model) {
        for verb in VERBS {
            let send = |caller: &TestCaller<'_>| caller.request(verb, &path).json(&json!({})).send();
            send(&nobody).refused(401, &[]);
            let answer = send(&useless);
            match verbs.contains(&verb) {
                true => drop(answer.refused(403, &["DeviceManagement", ".All"])),
                // What is not there for anybody may be said to all.
                false => assert!([403, 405].contains(&answer.status), "{verb} {path}: {}", answer.text()),
            }
        }
    }
}

fn every_collections_next_links_end(server: &testkit::TestServer) {
    let caller = server.caller();
    let model = model::of(&caller, "beta");
    for (set, path) in served(&caller, &model).into_iter().filter(|(set, _)| set.is_collection) {
        let before = caller.list(&path).len();
        for variant in 0..3 {
            caller.create(&path, &body(&model, model.concrete(&set.of_type)[0], variant));
        }
        for query in ["$top=1", "$top=2", "$top=1&$orderby=id%20desc", "$top=2&$skip=1"] {
            let skipped = usize::from(query.contains("skip"));
            assert_eq!(caller.list(&format!("{path}?{query}")).len(), before + 3 - skipped, "{path}?{query}");
        }
    }
}

/// Every path of the model, with the verbs that it has.
fn everywhere(caller: &TestCaller<'_>, model: &Model) -> Vec<(String, Vec<&'static str>)> {
    let mut paths = vec![(String::new(), vec!["GET", "PATCH"])];
    for (set, path) in served(caller, model) {
        if !set.is_collection {
            paths.push((path.clone(), vec!["GET", "PATCH", "DELETE"]));
        } else {
            let created = caller.create(&path, &body(model, model.concrete(&set.of_type)[0], 0));
            paths.push((format!("{path}/{}", samples::id(&created)), vec!["GET", "PATCH", "DELETE"]));
            paths.push((format!("{path}/$count"), vec!["GET"]));
            paths.push((path.clone(), vec!["GET", "POST"]));
        }
        for operation in model.operations.iter().filter(|operation| operation.binding == set.of_type) {
            let bound_to = match operation.is_bound_to_collection || !set.is_collection {
                true => path.clone(),
                false => format!("{path}/{}", samples::id(&caller.list(&path)[0])),
            };
            let (call, verb) = if operation.is_action { ("", "POST") } else { ("()", "GET") };
            paths.push((format!("{bound_to}/{}{call}", operation.name), vec![verb]));
        }
    }
    paths
}
