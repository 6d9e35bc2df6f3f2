//! Names of properties in query options: those of a type and of the types derived from it.

use super::option_error::OptionError;
use crate::code;
use crate::edm::{Model, Navigation, Property, TypeId, Version};
use crate::error::hint;

/// The property of a type, or of one derived from it: a record of another type has no value there.
pub(crate) fn find_property<'m>(
    model: &'m Model,
    version: Version,
    owner: TypeId,
    name: &str,
) -> Option<&'m Property> {
    model
        .find_property(owner, name, version)
        .or_else(|| derived(model, owner).find_map(|id| model.find_property(id, name, version)))
}

/// The navigation property of a type or of one derived from it.
pub(crate) fn find_navigation<'m>(
    model: &'m Model,
    version: Version,
    owner: TypeId,
    name: &str,
) -> Option<&'m Navigation> {
    derived(model, owner).find_map(|id| model.find_navigation(id, name, version))
}

/// The type and those derived from it.
pub(crate) fn derived(model: &Model, base: TypeId) -> impl Iterator<Item = TypeId> {
    let hierarchy = &model.structured(model.structured(base).root).hierarchy;
    hierarchy.iter().copied().filter(move |id| model.is_a(*id, base))
}

/// The error that there is no such property, with the near miss.
pub(crate) fn unknown_property(
    model: &Model,
    version: Version,
    owner: TypeId,
    name: &str,
    position: usize,
) -> OptionError {
    let type_name = model.structured(owner).qualified_name();
    let names = derived(model, owner)
        .flat_map(|id| &model.structured(id).properties)
        .map(|id| model.property(*id))
        .filter(|property| property.versions.contains(version))
        .map(|property| &*property.name);
    let near = hint(name, names);
    OptionError::new(position, format!("Could not find a property named '{name}' on type '{type_name}'"))
        .coded(code::UNKNOWN_NAME)
        .advise(near)
}
