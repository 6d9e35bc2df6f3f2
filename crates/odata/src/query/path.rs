//! Paths in `$filter` and `$orderby`: from the entity through complex values to a property.

use super::token::Failure;
use super::{Path, Step};
use crate::edm::{Kind, Model, Property, TypeId, TypeRef, Version};
use crate::error::hint;
use crate::uri::literal::kind_name;

/// Resolves a path that starts at the byte `position` of its option.
pub(super) fn resolve(
    model: &Model,
    version: Version,
    entity: TypeId,
    text: &str,
    position: usize,
) -> Result<Path, Failure> {
    let mut steps = Vec::new();
    let mut owner = entity;
    let mut names = text.split('/').peekable();
    let mut position = position;
    loop {
        let name = names.next().unwrap_or_default();
        let property = step(model, version, owner, name, position)?;
        steps.push(Step { property: property.id, slot: property.slot });
        if names.peek().is_none() {
            return Ok(Path { steps, type_ref: property.type_ref });
        }
        owner = complex_type(model, property, names.peek(), position)?;
        position += name.len() + 1;
    }
}

/// The property of a type, or of one derived from it: a record of another type has no value there.
pub(super) fn find_property<'m>(
    model: &'m Model,
    version: Version,
    owner: TypeId,
    name: &str,
) -> Option<&'m Property> {
    model
        .find_property(owner, name, version)
        .or_else(|| derived(model, owner).find_map(|id| model.find_property(id, name, version)))
}

/// The type and those derived from it.
pub(super) fn derived(model: &Model, base: TypeId) -> impl Iterator<Item = TypeId> {
    let hierarchy = &model.structured(model.structured(base).root).hierarchy;
    hierarchy.iter().copied().filter(move |id| model.is_a(*id, base))
}

/// The failure to find a property, with the near miss.
pub(super) fn unknown_property(
    model: &Model,
    version: Version,
    owner: TypeId,
    name: &str,
    position: usize,
) -> Failure {
    let type_name = model.structured(owner).qualified_name();
    let names = derived(model, owner)
        .flat_map(|id| &model.structured(id).properties)
        .map(|id| model.property(*id))
        .filter(|property| property.versions.contains(version))
        .map(|property| &*property.name);
    let near = hint(name, names);
    Failure::new(position, format!("Could not find a property named '{name}' on type '{type_name}'"))
        .advise(near)
}

fn step<'m>(
    model: &'m Model,
    version: Version,
    owner: TypeId,
    name: &str,
    position: usize,
) -> Result<&'m Property, Failure> {
    if let Some(property) = find_property(model, version, owner, name) {
        if property.secret {
            let name = &property.name;
            let message = format!("The property '{name}' is a secret and cannot be used in a query option.");
            return Err(Failure::anywhere(message));
        }
        return Ok(property);
    }
    if name.is_empty() {
        return Err(Failure::new(position, "Expected the name of a property"));
    }
    if name.starts_with(['$', '@']) {
        return Err(Failure::not_implemented(position, format!("'{name}' in an expression")));
    }
    if name.contains('.') {
        return Err(Failure::new(
            position,
            format!("The type cast '{name}' is not supported in an expression"),
        ));
    }
    if derived(model, owner).any(|id| model.find_navigation(id, name, version).is_some()) {
        let what = format!("The navigation property '{name}' in an expression");
        return Err(Failure::not_implemented(position, what));
    }
    Err(unknown_property(model, version, owner, name, position))
}

/// The complex type in which the path goes on.
fn complex_type(
    model: &Model,
    property: &Property,
    next: Option<&&str>,
    position: usize,
) -> Result<TypeId, Failure> {
    match property.type_ref {
        TypeRef { collection: true, .. } if next == Some(&"$count") => {
            Err(Failure::not_implemented(position, "$count in an expression"))
        }
        TypeRef { collection: true, .. } => {
            let message = format!("The property '{}' is a collection and has no properties", property.name);
            Err(Failure::new(position, message))
        }
        TypeRef { kind: Kind::Complex(type_id), .. } => Ok(type_id),
        TypeRef { kind, .. } => {
            let kind = kind_name(model, kind);
            let message = format!("The property '{}' is an {kind} and has no properties", property.name);
            Err(Failure::new(position, message))
        }
    }
}
