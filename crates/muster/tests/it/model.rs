//! The model as a client sees it: read from `$metadata`.

use std::collections::BTreeMap;

use roxmltree::{Document, Node};
use testkit::TestCaller;

/// What `$metadata` declares.
pub struct Model {
    /// Entity and complex types by their names without namespace.
    pub types: BTreeMap<String, Type>,
    /// The members of enumerations.
    pub enums: BTreeMap<String, Vec<String>>,
    /// Where entities rest, parents first.
    pub sets: Vec<Set>,
    /// What can be called.
    pub operations: Vec<Operation>,
}

/// A structured type, with all that it inherits.
pub struct Type {
    pub name: String,
    pub base: Option<String>,
    pub is_abstract: bool,
    pub properties: Vec<Property>,
    navigations: Vec<Navigation>,
}

/// A structural property.
#[derive(Clone)]
pub struct Property {
    pub name: String,
    /// Its type, or that of its items.
    pub element: String,
    pub is_collection: bool,
    pub is_nullable: bool,
    pub is_computed: bool,
    pub is_immutable: bool,
    pub is_secret: bool,
}

#[derive(Clone)]
struct Navigation {
    name: String,
    target: String,
    is_collection: bool,
    is_contained: bool,
}

/// A containment path below `deviceManagement`, its parents' keys left open: `events/{}/details`.
pub struct Set {
    pub path: String,
    pub of_type: String,
    pub is_collection: bool,
}

/// An action or a function.
pub struct Operation {
    pub name: String,
    pub is_action: bool,
    /// The type it is bound to.
    pub binding: String,
    pub is_bound_to_collection: bool,
}

/// How deep containment goes at most, should it ever go in circles.
const DEPTH_MAX: usize = 4;

/// Reads a version's model.
#[track_caller]
pub fn of(caller: &TestCaller<'_>, version: &str) -> Model {
    let text = caller
        .get(&format!("/{version}/$metadata"))
        .header("Accept", "application/xml")
        .send()
        .is(200)
        .text();
    let document =
        Document::parse(&text).unwrap_or_else(|error| panic!("$metadata is no XML: {error}\n{text}"));
    let schema = document
        .descendants()
        .find(|node| is(node, "Schema") && attribute(node, "Namespace") == "microsoft.graph");
    let schema = schema.expect("a schema");
    let mut model =
        Model { types: BTreeMap::new(), enums: BTreeMap::new(), sets: Vec::new(), operations: Vec::new() };
    for node in schema.children() {
        match node.tag_name().name() {
            "EntityType" | "ComplexType" => {
                model.types.insert(attribute(&node, "Name"), structured(&node));
            }
            "EnumType" => {
                let members =
                    node.children().filter(|node| is(node, "Member")).map(|node| attribute(&node, "Name"));
                model.enums.insert(attribute(&node, "Name"), members.collect());
            }
            "Action" | "Function" => model.operations.push(operation(&node)),
            _ => {}
        }
    }
    model.inherit();
    model.contain(String::new(), "deviceManagement", 0);
    model
}

impl Model {
    /// Whether a type or an enumeration has this name.
    pub fn knows(&self, name: &str) -> bool {
        self.types.contains_key(name) || self.enums.contains_key(name)
    }

    /// The types that can be instances of a type: itself and what derives from it, abstract ones aside.
    pub fn concrete(&self, name: &str) -> Vec<&Type> {
        let is_a = |of_type: &&Type| {
            let mut next = Some(of_type.name.as_str());
            while let Some(at) = next.filter(|at| *at != name) {
                next = self.types.get(at).and_then(|of_type| of_type.base.as_deref());
            }
            next.is_some()
        };
        self.types.values().filter(|of_type| !of_type.is_abstract).filter(is_a).collect()
    }

    fn inherit(&mut self) {
        let names: Vec<String> = self.types.keys().cloned().collect();
        for name in names {
            let (mut properties, mut navigations) = (Vec::new(), Vec::new());
            let mut next = self.types[&name].base.clone();
            while let Some(base) = next.and_then(|base| self.types.get(&base)) {
                properties
                    .extend(base.properties.iter().filter(|own| !self.types[&name].has(&own.name)).cloned());
                navigations.extend(
                    base.navigations.iter().filter(|own| !self.types[&name].leads(&own.name)).cloned(),
                );
                next = base.base.clone();
            }
            let of_type = self.types.get_mut(&name).expect("it was there");
            for property in properties {
                if !of_type.has(&property.name) {
                    of_type.properties.push(property);
                }
            }
            for navigation in navigations {
                if !of_type.leads(&navigation.name) {
                    of_type.navigations.push(navigation);
                }
            }
        }
    }

    fn contain(&mut self, path: String, of_type: &str, depth: usize) {
        let Some(navigations) = self.types.get(of_type).map(|of_type| of_type.navigations.clone()) else {
            return;
        };
        for navigation in
            navigations.into_iter().filter(|navigation| navigation.is_contained && depth < DEPTH_MAX)
        {
            let own =
                if path.is_empty() { navigation.name.clone() } else { format!("{path}/{}", navigation.name) };
            let (of_type, is_collection) = (navigation.target.clone(), navigation.is_collection);
            self.sets.push(Set { path: own.clone(), of_type, is_collection });
            let inside = if is_collection { format!("{own}/{{}}") } else { own };
            self.contain(inside, &navigation.target, depth + 1);
        }
    }
}

impl Type {
    fn has(&self, name: &str) -> bool {
        self.properties.iter().any(|property| property.name == name)
    }

    /// The names of its navigation properties.
    pub fn navigation_names(&self) -> impl Iterator<Item = &str> {
        self.navigations.iter().map(|navigation| navigation.name.as_str())
    }

    fn leads(&self, name: &str) -> bool {
        self.navigations.iter().any(|navigation| navigation.name == name)
    }
}

fn structured(node: &Node<'_, '_>) -> Type {
    let children = |name: &'static str| node.children().filter(move |child| is(child, name));
    Type {
        name: attribute(node, "Name"),
        base: node.attribute("BaseType").map(local),
        is_abstract: attribute(node, "Abstract") == "true",
        properties: children("Property").map(|child| property(&child)).collect(),
        navigations: children("NavigationProperty").map(|child| navigation(&child)).collect(),
    }
}

fn property(node: &Node<'_, '_>) -> Property {
    let of_type = attribute(node, "Type");
    let element = element(&of_type);
    let element = if element.starts_with("Edm.") {
        element.to_owned()
    } else {
        format!("microsoft.graph.{}", local(element))
    };
    let has_term = |name: &str| {
        let mut terms =
            node.children().filter(|child| is(child, "Annotation")).map(|child| attribute(&child, "Term"));
        terms.any(|term| term.rsplit('.').next() == Some(name))
    };
    Property {
        name: attribute(node, "Name"),
        element,
        is_collection: of_type.starts_with("Collection("),
        is_nullable: attribute(node, "Nullable") != "false",
        is_computed: has_term("Computed"),
        is_immutable: has_term("Immutable"),
        is_secret: has_term("Secret"),
    }
}

fn navigation(node: &Node<'_, '_>) -> Navigation {
    let of_type = attribute(node, "Type");
    Navigation {
        name: attribute(node, "Name"),
        target: local(element(&of_type)),
        is_collection: of_type.starts_with("Collection("),
        is_contained: attribute(node, "ContainsTarget") == "true",
    }
}

fn operation(node: &Node<'_, '_>) -> Operation {
    let binding = node.children().find(|child| is(child, "Parameter")).map(|child| attribute(&child, "Type"));
    let binding = binding.unwrap_or_default();
    Operation {
        name: attribute(node, "Name"),
        is_action: is(node, "Action"),
        is_bound_to_collection: binding.starts_with("Collection("),
        binding: local(element(&binding)),
    }
}

/// The type of a collection's items, or the type itself.
fn element(of_type: &str) -> &str {
    of_type.strip_prefix("Collection(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(of_type)
}

/// A name without its namespace.
fn local(name: &str) -> String {
    name.rsplit('.').next().unwrap_or(name).to_owned()
}

fn is(node: &Node<'_, '_>, name: &str) -> bool {
    node.tag_name().name() == name
}

fn attribute(node: &Node<'_, '_>, name: &str) -> String {
    node.attribute(name).unwrap_or_default().to_owned()
}
