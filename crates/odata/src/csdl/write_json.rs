//! `$metadata` as CSDL JSON 4.01.

use serde_json::{Value as JsonValue, json};

use super::annotate::{self, Annotation, AnnotationValue};
use super::annotation::{OWN_NAMESPACE, TAG, TERMS, VOCABULARIES};
use super::metadata::{bindings, container_namespace, default_text, namespaces, partner, top_level};
use crate::edm::{
    EnumType, Kind, Model, Navigation, Operation, OperationKind, Primitive, Property, SetKind, Structure,
    StructuredType, TypeRef, Version,
};
use crate::payload::json::JsonObject;

/// Writes the model as a version shows it; the document says the same as that of [`super::write_xml()`].
pub fn write_json(model: &Model, version: Version) -> String {
    let mut root = JsonObject::new();
    root.insert("$Version".into(), "4.01".into());
    root.insert(
        "$EntityContainer".into(),
        format!("{}.{}", container_namespace(model), model.container).into(),
    );
    let references = VOCABULARIES.iter().map(|(alias, namespace, uri)| {
        ((*uri).to_owned(), json!({ "$Include": [{ "$Namespace": namespace, "$Alias": alias }] }))
    });
    root.insert("$Reference".into(), references.collect::<JsonObject>().into());
    for namespace in namespaces(model) {
        root.insert(namespace.into(), schema(model, version, namespace).into());
    }
    JsonValue::from(root).to_string()
}

fn schema(model: &Model, version: Version, namespace: &str) -> JsonObject {
    let mut schema = JsonObject::new();
    for declared in model.enums.iter().filter(|declared| *declared.namespace == *namespace) {
        if declared.versions.contains(version) {
            schema.insert(declared.name.to_string(), enum_type(declared, version).into());
        }
    }
    for declared in model.types.iter().filter(|declared| *declared.namespace == *namespace) {
        if declared.versions.contains(version) {
            schema.insert(declared.name.to_string(), structured_type(model, declared, version).into());
        }
    }
    for declared in model.operations.iter().filter(|declared| *declared.namespace == *namespace) {
        if declared.versions.contains(version) {
            let overloads = schema.entry(&*declared.name).or_insert_with(|| JsonValue::Array(Vec::new()));
            if let JsonValue::Array(overloads) = overloads {
                overloads.push(operation(model, declared, version).into());
            }
        }
    }
    if namespace == OWN_NAMESPACE {
        schema.extend(terms());
    }
    if namespace == container_namespace(model) {
        schema.insert(model.container.to_string(), container(model, version).into());
    }
    schema
}

fn enum_type(declared: &EnumType, version: Version) -> JsonObject {
    let mut object = JsonObject::new();
    object.insert("$Kind".into(), "EnumType".into());
    if declared.is_flags {
        object.insert("$IsFlags".into(), true.into());
    }
    for member in declared.members.iter().filter(|member| member.versions.contains(version)) {
        object.insert(member.name.to_string(), member.value.into());
    }
    object
}

fn structured_type(model: &Model, declared: &StructuredType, version: Version) -> JsonObject {
    let mut object = JsonObject::new();
    let kind = match declared.structure {
        Structure::Entity => "EntityType",
        Structure::Complex => "ComplexType",
    };
    object.insert("$Kind".into(), kind.into());
    match declared.base {
        Some(base) => {
            object.insert("$BaseType".into(), model.structured(base).qualified_name().into());
        }
        None if declared.structure == Structure::Entity => {
            object.insert("$Key".into(), json!(["id"]));
        }
        None => {}
    }
    if declared.is_abstract {
        object.insert("$Abstract".into(), true.into());
    }
    annotate(&mut object, &annotate::of_type(declared));
    for shown in declared.properties.iter().map(|id| model.property(*id)) {
        if shown.declared_by == declared.id && shown.versions.contains(version) {
            object.insert(shown.name.to_string(), property(model, shown).into());
        }
    }
    for shown in declared.navigations.iter().map(|id| model.navigation(*id)) {
        if shown.declared_by == declared.id && shown.versions.contains(version) {
            object.insert(shown.name.to_string(), navigation(model, shown, version).into());
        }
    }
    object
}

fn property(model: &Model, property: &Property) -> JsonObject {
    let mut object = typed(model, property.type_ref);
    if let Some(length) = property.max_length {
        object.insert("$MaxLength".into(), length.into());
    }
    if let Some(text) = default_text(model, property) {
        object.insert("$DefaultValue".into(), default_json(property, text));
    }
    annotate(&mut object, &annotate::of_property(property));
    object
}

/// A default value in the JSON form of its type.
fn default_json(property: &Property, text: String) -> JsonValue {
    match &property.default {
        Some(crate::Value::Boolean(value)) => (*value).into(),
        Some(crate::Value::Int(value)) => (*value).into(),
        Some(crate::Value::Double(value)) => (*value).into(),
        _ => text.into(),
    }
}

fn navigation(model: &Model, navigation: &Navigation, version: Version) -> JsonObject {
    let mut object = JsonObject::new();
    object.insert("$Kind".into(), "NavigationProperty".into());
    if navigation.collection {
        object.insert("$Collection".into(), true.into());
    }
    object.insert("$Type".into(), model.structured(navigation.target).qualified_name().into());
    // A collection of entities has no null in it, so that JSON has no word for it.
    if navigation.nullable && !navigation.collection {
        object.insert("$Nullable".into(), true.into());
    }
    if let Some(partner) = partner(model, navigation, version) {
        object.insert("$Partner".into(), partner.into());
    }
    if navigation.contained {
        object.insert("$ContainsTarget".into(), true.into());
    }
    annotate(&mut object, &annotate::of_navigation(model, navigation, version));
    object
}

fn operation(model: &Model, operation: &Operation, version: Version) -> JsonObject {
    let mut object = JsonObject::new();
    let kind = match operation.kind {
        OperationKind::Action => "Action",
        OperationKind::Function => "Function",
    };
    object.insert("$Kind".into(), kind.into());
    object.insert("$IsBound".into(), true.into());
    let mut parameters = vec![parameter(model, "bindingParameter", operation.binding)];
    for shown in operation.parameters.iter().filter(|each| each.versions.contains(version)) {
        let mut object = parameter(model, &shown.name, shown.type_ref);
        annotate(&mut object, &annotate::of_parameter(shown));
        parameters.push(object);
    }
    object.insert("$Parameter".into(), parameters.into_iter().map(JsonValue::from).collect());
    if let Some(returns) = operation.returns {
        object.insert("$ReturnType".into(), typed(model, returns).into());
    }
    annotate(&mut object, &annotate::of_operation(model, operation, version));
    object
}

fn parameter(model: &Model, name: &str, type_ref: TypeRef) -> JsonObject {
    let mut object = JsonObject::new();
    object.insert("$Name".into(), name.into());
    object.extend(typed(model, type_ref));
    object
}

/// `$Collection`, `$Type` and `$Nullable`; strings and what cannot be null go without saying.
fn typed(model: &Model, type_ref: TypeRef) -> JsonObject {
    let mut object = JsonObject::new();
    if type_ref.collection {
        object.insert("$Collection".into(), true.into());
    }
    if type_ref.kind != Kind::Primitive(Primitive::String) {
        object.insert("$Type".into(), model.kind_name(type_ref.kind).into());
    }
    if type_ref.nullable {
        object.insert("$Nullable".into(), true.into());
    }
    object
}

fn terms() -> impl Iterator<Item = (String, JsonValue)> {
    TERMS.iter().filter(|facts| facts.is_own()).map(|facts| {
        let mut object = JsonObject::new();
        object.insert("$Kind".into(), "Term".into());
        let item = facts.type_name.strip_prefix("Collection(").and_then(|name| name.strip_suffix(')'));
        if item.is_some() {
            object.insert("$Collection".into(), true.into());
        }
        object.insert("$Type".into(), item.unwrap_or(facts.type_name).into());
        if facts.type_name == TAG {
            object.insert("$DefaultValue".into(), true.into());
        }
        object.insert("$AppliesTo".into(), json!(facts.applies_to));
        (facts.name.to_owned(), object.into())
    })
}

fn container(model: &Model, version: Version) -> JsonObject {
    let mut object = JsonObject::new();
    object.insert("$Kind".into(), "EntityContainer".into());
    annotate(&mut object, &annotate::of_container(model, version));
    let bindings = bindings(model, version);
    for set in top_level(model, version) {
        let mut member = JsonObject::new();
        if set.kind == SetKind::Collection {
            member.insert("$Collection".into(), true.into());
        }
        member.insert("$Type".into(), model.structured(set.entity_type).qualified_name().into());
        let own = bindings.iter().filter(|binding| binding.top == set.id);
        let own: JsonObject =
            own.map(|binding| (binding.path.clone(), binding.target.as_str().into())).collect();
        if !own.is_empty() {
            member.insert("$NavigationPropertyBinding".into(), own.into());
        }
        annotate(&mut member, &annotate::of_set(model, set, version));
        object.insert(set.name.to_string(), member.into());
    }
    object
}

fn annotate(object: &mut JsonObject, annotations: &[Annotation<'_>]) {
    for annotation in annotations {
        let qualifier = annotation.qualifier.map_or_else(String::new, |qualifier| format!("#{qualifier}"));
        object.insert(format!("@{}{qualifier}", annotation.term.name()), expression(&annotation.value));
    }
}

fn expression(value: &AnnotationValue<'_>) -> JsonValue {
    match value {
        AnnotationValue::Tag => true.into(),
        AnnotationValue::Text(text) | AnnotationValue::PropertyPath(text) => (*text).into(),
        AnnotationValue::Collection(items) => items.iter().map(expression).collect(),
        AnnotationValue::Record(values) => {
            let values = values.iter().map(|(property, value)| ((*property).to_owned(), expression(value)));
            values.collect::<JsonObject>().into()
        }
    }
}
