//! What both `$metadata` formats need to know that the resolved model does not hold as such.

use std::collections::VecDeque;

use super::annotation::OWN_NAMESPACE;
use super::default_value;
use crate::edm::{EntitySet, Model, Navigation, Property, SetId, TypeId, Version};

/// A navigation property binding: where the targets of a reference rest, as the container says it.
pub(super) struct Binding {
    /// The top-level set or singleton that the path starts from.
    pub(super) top: SetId,
    /// Navigation properties and type casts, the reference last.
    pub(super) path: String,
    /// The path of the set that holds the targets.
    pub(super) target: String,
}

/// The bindings of everything that the version shows and that containment leads to.
pub(super) fn bindings(model: &Model, version: Version) -> Vec<Binding> {
    let mut found = Vec::new();
    let mut visited = vec![false; model.navigations.len()];
    let mut queue: VecDeque<(SetId, TypeId, String)> =
        top_level(model, version).map(|set| (set.id, set.entity_type, String::new())).collect();
    while let Some((top, from, prefix)) = queue.pop_front() {
        for navigation in model.navigations.iter().filter(|each| each.versions.contains(version)) {
            let Some(cast) = cast_to(model, from, navigation) else { continue };
            let path = format!("{prefix}{cast}{}", navigation.name);
            if !navigation.contained || navigation.partner.is_some() {
                let target = navigation.set.map(|set| model.set(set));
                if let Some(target) = target.filter(|target| target.versions.contains(version)) {
                    found.push(Binding { top, path, target: target.path.to_string() });
                }
            } else if let Some(seen) = visited.get_mut(navigation.id.index())
                // Entities rest in one place, so that a second path to a containment is a circle.
                && !std::mem::replace(seen, true)
            {
                queue.push_back((top, navigation.target, format!("{path}/")));
            }
        }
    }
    found
}

/// The container's own sets and singletons that the version shows.
pub(super) fn top_level(model: &Model, version: Version) -> impl Iterator<Item = &EntitySet> {
    model.sets.iter().filter(move |set| set.navigation.is_none() && set.versions.contains(version))
}

/// The path segment, if any, between an entity of a type and one of its navigation properties; None if even the
/// types derived from it do not have that.
fn cast_to(model: &Model, from: TypeId, navigation: &Navigation) -> Option<String> {
    if model.is_a(from, navigation.declared_by) {
        return Some(String::new());
    }
    let is_derived = model.is_a(navigation.declared_by, from);
    is_derived.then(|| format!("{}/", model.structured(navigation.declared_by).qualified_name()))
}

/// The namespaces of the model, that of the container's types first.
pub(super) fn namespaces(model: &Model) -> Vec<&str> {
    let mut namespaces = vec![container_namespace(model)];
    let types = model.types.iter().map(|declared| &*declared.namespace);
    let operations = model.operations.iter().map(|operation| &*operation.namespace);
    for namespace in types.chain(operations).chain([OWN_NAMESPACE]) {
        if !namespaces.contains(&namespace) {
            namespaces.push(namespace);
        }
    }
    namespaces
}

/// The namespace that the container is written in: that of what its first member leads to.
pub(super) fn container_namespace(model: &Model) -> &str {
    model.sets.first().map_or(OWN_NAMESPACE, |set| &model.structured(set.entity_type).namespace)
}

/// The text of a property's default value, unless that goes without saying.
pub(super) fn default_text(model: &Model, property: &Property) -> Option<String> {
    if property.default == default_value::natural(model, property.type_ref) {
        return None;
    }
    default_value::print(model, property.type_ref, property.default.as_ref()?)
}

/// The name of a navigation property's partner, if the version shows that.
pub(super) fn partner<'a>(model: &'a Model, navigation: &Navigation, version: Version) -> Option<&'a str> {
    let partner = model.navigation(navigation.partner?);
    partner.versions.contains(version).then_some(&*partner.name)
}
