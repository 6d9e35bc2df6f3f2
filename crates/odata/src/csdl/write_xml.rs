//! `$metadata` as CSDL XML 4.01.

use quick_xml::escape::escape;

use super::annotate::{self, Annotation, AnnotationValue};
use super::annotation::{OWN_NAMESPACE, TAG, TERMS, VOCABULARIES};
use super::metadata::{bindings, container_namespace, default_text, namespaces, partner, top_level};
use crate::edm::{
    EnumType, Model, Navigation, Operation, OperationKind, Property, SetKind, Structure, StructuredType,
    TypeRef, Version,
};

/// The model as a version shows it, with facets, permissions and bindings. [`super::read()`] reads it back: beta's to
/// the same model.
pub fn write_xml(model: &Model, version: Version) -> String {
    let mut xml = Xml { text: String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"), depth: 0 };
    let root = [("Version", "4.0"), ("xmlns:edmx", "http://docs.oasis-open.org/odata/ns/edmx")];
    xml.nest("edmx:Edmx", &root, |xml| {
        for (alias, namespace, uri) in VOCABULARIES {
            xml.nest("edmx:Reference", &[("Uri", uri)], |xml| {
                xml.empty("edmx:Include", &[("Namespace", namespace), ("Alias", alias)]);
            });
        }
        xml.nest("edmx:DataServices", &[], |xml| {
            for namespace in namespaces(model) {
                let head = [("Namespace", namespace), ("xmlns", "http://docs.oasis-open.org/odata/ns/edm")];
                xml.nest("Schema", &head, |xml| write_schema(xml, model, version, namespace));
            }
        });
    });
    xml.text
}

fn write_schema(xml: &mut Xml, model: &Model, version: Version, namespace: &str) {
    for declared in model.enums.iter().filter(|declared| *declared.namespace == *namespace) {
        if declared.versions.contains(version) {
            write_enum(xml, declared, version);
        }
    }
    for declared in model.types.iter().filter(|declared| *declared.namespace == *namespace) {
        if declared.versions.contains(version) {
            write_type(xml, model, declared, version);
        }
    }
    for operation in model.operations.iter().filter(|operation| *operation.namespace == *namespace) {
        if operation.versions.contains(version) {
            write_operation(xml, model, operation, version);
        }
    }
    if namespace == OWN_NAMESPACE {
        write_terms(xml);
    }
    if namespace == container_namespace(model) {
        write_container(xml, model, version);
    }
}

fn write_enum(xml: &mut Xml, declared: &EnumType, version: Version) {
    let mut attributes = vec![("Name", &*declared.name)];
    if declared.is_flags {
        attributes.push(("IsFlags", "true"));
    }
    xml.nest("EnumType", &attributes, |xml| {
        for member in declared.members.iter().filter(|member| member.versions.contains(version)) {
            xml.empty("Member", &[("Name", &member.name), ("Value", &member.value.to_string())]);
        }
    });
}

fn write_type(xml: &mut Xml, model: &Model, declared: &StructuredType, version: Version) {
    let element = match declared.structure {
        Structure::Entity => "EntityType",
        Structure::Complex => "ComplexType",
    };
    let base = declared.base.map(|base| model.structured(base).qualified_name());
    let mut attributes = vec![("Name", &*declared.name)];
    attributes.extend(base.as_deref().map(|base| ("BaseType", base)));
    if declared.is_abstract {
        attributes.push(("Abstract", "true"));
    }
    xml.nest(element, &attributes, |xml| {
        write_annotations(xml, &annotate::of_type(declared));
        if declared.structure == Structure::Entity && declared.base.is_none() {
            xml.nest("Key", &[], |xml| xml.empty("PropertyRef", &[("Name", "id")]));
        }
        for property in declared.properties.iter().map(|id| model.property(*id)) {
            if property.declared_by == declared.id && property.versions.contains(version) {
                write_property(xml, model, property);
            }
        }
        for navigation in declared.navigations.iter().map(|id| model.navigation(*id)) {
            if navigation.declared_by == declared.id && navigation.versions.contains(version) {
                write_navigation(xml, model, navigation, version);
            }
        }
    });
}

fn write_property(xml: &mut Xml, model: &Model, property: &Property) {
    let type_name = type_name(model, property.type_ref);
    let max_length = property.max_length.map(|length| length.to_string());
    let default = default_text(model, property);
    let mut attributes = vec![("Name", &*property.name), ("Type", &type_name)];
    if !property.type_ref.nullable {
        attributes.push(("Nullable", "false"));
    }
    attributes.extend(max_length.as_deref().map(|length| ("MaxLength", length)));
    attributes.extend(default.as_deref().map(|text| ("DefaultValue", text)));
    xml.nest("Property", &attributes, |xml| write_annotations(xml, &annotate::of_property(property)));
}

fn write_navigation(xml: &mut Xml, model: &Model, navigation: &Navigation, version: Version) {
    let target = model.structured(navigation.target).qualified_name();
    let type_name = if navigation.collection { format!("Collection({target})") } else { target };
    let mut attributes = vec![("Name", &*navigation.name), ("Type", &type_name)];
    if !navigation.nullable {
        attributes.push(("Nullable", "false"));
    }
    attributes.extend(partner(model, navigation, version).map(|partner| ("Partner", partner)));
    if navigation.contained {
        attributes.push(("ContainsTarget", "true"));
    }
    let annotations = annotate::of_navigation(model, navigation, version);
    xml.nest("NavigationProperty", &attributes, |xml| write_annotations(xml, &annotations));
}

fn write_operation(xml: &mut Xml, model: &Model, operation: &Operation, version: Version) {
    let element = match operation.kind {
        OperationKind::Action => "Action",
        OperationKind::Function => "Function",
    };
    xml.nest(element, &[("Name", &operation.name), ("IsBound", "true")], |xml| {
        write_annotations(xml, &annotate::of_operation(model, operation, version));
        write_typed(xml, model, "Parameter", Some("bindingParameter"), operation.binding, &[]);
        for parameter in operation.parameters.iter().filter(|each| each.versions.contains(version)) {
            let annotations = annotate::of_parameter(parameter);
            write_typed(xml, model, "Parameter", Some(&parameter.name), parameter.type_ref, &annotations);
        }
        if let Some(returns) = operation.returns {
            write_typed(xml, model, "ReturnType", None, returns, &[]);
        }
    });
}

fn write_typed(
    xml: &mut Xml,
    model: &Model,
    element: &str,
    name: Option<&str>,
    type_ref: TypeRef,
    annotations: &[Annotation<'_>],
) {
    let type_name = type_name(model, type_ref);
    let mut attributes: Vec<(&str, &str)> = name.map(|name| ("Name", name)).into_iter().collect();
    attributes.push(("Type", &type_name));
    if !type_ref.nullable {
        attributes.push(("Nullable", "false"));
    }
    xml.nest(element, &attributes, |xml| write_annotations(xml, annotations));
}

fn type_name(model: &Model, type_ref: TypeRef) -> String {
    let name = model.kind_name(type_ref.kind);
    if type_ref.collection { format!("Collection({name})") } else { name }
}

fn write_terms(xml: &mut Xml) {
    for facts in TERMS.iter().filter(|facts| facts.is_own()) {
        let applies_to = facts.applies_to.join(" ");
        let mut attributes = vec![("Name", facts.name), ("Type", facts.type_name)];
        if facts.type_name == TAG {
            attributes.push(("DefaultValue", "true"));
        }
        attributes.push(("AppliesTo", &applies_to));
        xml.empty("Term", &attributes);
    }
}

fn write_container(xml: &mut Xml, model: &Model, version: Version) {
    let bindings = bindings(model, version);
    xml.nest("EntityContainer", &[("Name", &model.container)], |xml| {
        write_annotations(xml, &annotate::of_container(model, version));
        for set in top_level(model, version) {
            let (element, attribute) = match set.kind {
                SetKind::Collection => ("EntitySet", "EntityType"),
                SetKind::Singleton => ("Singleton", "Type"),
            };
            let type_name = model.structured(set.entity_type).qualified_name();
            xml.nest(element, &[("Name", &set.name), (attribute, &type_name)], |xml| {
                for binding in bindings.iter().filter(|binding| binding.top == set.id) {
                    let attributes = [("Path", &*binding.path), ("Target", &*binding.target)];
                    xml.empty("NavigationPropertyBinding", &attributes);
                }
                write_annotations(xml, &annotate::of_set(model, set, version));
            });
        }
    });
}

fn write_annotations(xml: &mut Xml, annotations: &[Annotation<'_>]) {
    for annotation in annotations {
        let term = annotation.term.name();
        let mut attributes = vec![("Term", &*term)];
        attributes.extend(annotation.qualifier.map(|qualifier| ("Qualifier", qualifier)));
        if let AnnotationValue::Text(text) = annotation.value {
            attributes.push(("String", text));
        }
        xml.nest("Annotation", &attributes, |xml| write_expression(xml, &annotation.value));
    }
}

/// The element form of an expression; tags have none, and texts are attributes.
fn write_expression(xml: &mut Xml, expression: &AnnotationValue<'_>) {
    match expression {
        AnnotationValue::Tag | AnnotationValue::Text(_) => {}
        AnnotationValue::PropertyPath(path) => {
            xml.line(&format!("<PropertyPath>{}</PropertyPath>", escape(*path)))
        }
        AnnotationValue::Collection(items) => xml.nest("Collection", &[], |xml| {
            items.iter().for_each(|item| write_expression(xml, item));
        }),
        AnnotationValue::Record(values) => xml.nest("Record", &[], |xml| {
            for (property, value) in values {
                let mut attributes = vec![("Property", *property)];
                if let AnnotationValue::Text(text) = value {
                    attributes.push(("String", text));
                }
                xml.nest("PropertyValue", &attributes, |xml| write_expression(xml, value));
            }
        }),
    }
}

/// An XML text that is written with indents.
struct Xml {
    text: String,
    depth: usize,
}

impl Xml {
    fn line(&mut self, line: &str) {
        self.text.extend(std::iter::repeat_n("  ", self.depth));
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn tag(name: &str, attributes: &[(&str, &str)]) -> String {
        let attributes = attributes.iter().map(|(key, value)| format!(" {key}=\"{}\"", escape(*value)));
        format!("{name}{}", attributes.collect::<String>())
    }

    fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.line(&format!("<{} />", Xml::tag(name, attributes)));
    }

    /// An element with what `inner` writes; an empty one if it writes nothing.
    fn nest(&mut self, name: &str, attributes: &[(&str, &str)], inner: impl FnOnce(&mut Xml)) {
        let start = self.text.len();
        self.line(&format!("<{}>", Xml::tag(name, attributes)));
        let content = self.text.len();
        self.depth += 1;
        inner(self);
        self.depth -= 1;
        if self.text.len() == content {
            self.text.truncate(start);
            self.empty(name, attributes);
        } else {
            self.line(&format!("</{name}>"));
        }
    }
}
