//! What `odata.metadata=full` adds to entities and collections (JSON 4.01, 4.6, 8 and 16): where an entity is, where its
//! navigation properties lead, and which operations can be called on it.

use odata::edm::{Kind, Operation, OperationKind, SetKind, TypeId};
use odata::payload::write::write_string;
use store::Row;

use super::canonical::canonical_entity;
use crate::collection::Collection;
use crate::context::Context;
use crate::resolve::actual_type;

/// The links of one entity.
pub(super) struct Links<'c> {
    context: &'c Context<'c>,
    actual: TypeId,
    id: String,
    /// The URL at which the entity is changed: its id, with a cast if its type derives from the set's.
    edit: String,
}

impl<'c> Links<'c> {
    /// The links of a row at a place.
    pub(super) fn of(context: &'c Context<'c>, collection: &Collection, row: &Row) -> Links<'c> {
        let model = context.model();
        let id = format!("{}/{}", context.service_root(), canonical_entity(model, collection, &row.key));
        let actual = actual_type(model, collection.set, row);
        let edit = match model.set(collection.set).entity_type == actual {
            true => id.clone(),
            false => format!("{id}/{}", model.structured(actual).qualified_name()),
        };
        Links { context, actual, id, edit }
    }

    /// The links to the entity itself.
    pub(super) fn to_itself(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(512);
        link(&mut out, "@odata.id", &self.id);
        link(&mut out, "@odata.editLink", &self.edit);
        out
    }

    /// Writes the links to related entities, and to the operations on the entity.
    pub(super) fn write_onward(&self, out: &mut Vec<u8>) {
        let (model, version) = (self.context.model(), self.context.version);
        for navigation in model.structured(self.actual).navigations.iter().map(|id| model.navigation(*id)) {
            if navigation.versions.contains(version) && !navigation.not_implemented {
                let (name, url) = (&navigation.name, format!("{}/{}", self.edit, navigation.name));
                link(out, &format!("{name}@odata.associationLink"), &format!("{url}/$ref"));
                link(out, &format!("{name}@odata.navigationLink"), &url);
            }
        }
        for operation in operations(self.context, self.actual, false) {
            write_operation(out, operation, &self.edit);
        }
    }
}

/// The operations of a collection, each with a comma after it. They are called where the collection was read.
pub(super) fn write_operations_of(context: &Context<'_>, collection: &Collection, out: &mut Vec<u8>) {
    let set = context.model().set(collection.set);
    if set.kind != SetKind::Collection || collection.referring.is_some() {
        return;
    }
    let url = format!("{}{}", context.call.origin, context.call.path.trim_end_matches('/'));
    let mut members = Vec::new();
    for operation in operations(context, collection.of_type.unwrap_or(set.entity_type), true) {
        write_operation(&mut members, operation, &url);
    }
    if let Some((comma, members)) = members.split_first() {
        out.extend_from_slice(members);
        out.push(*comma);
    }
}

/// The operations that are bound to a type, or to collections of it.
fn operations<'c>(
    context: &'c Context<'_>,
    bound: TypeId,
    collection: bool,
) -> impl Iterator<Item = &'c Operation> {
    let (model, version) = (context.model(), context.version);
    model.operations.iter().filter(move |operation| {
        let Kind::Entity(expected) = operation.binding.kind else { return false };
        operation.binding.collection == collection
            && operation.versions.contains(version)
            && !operation.not_implemented
            && model.is_a(bound, expected)
    })
}

/// `"#namespace.name":{"title":…,"target":…}`; a function's parameters are to be filled in.
fn write_operation(out: &mut Vec<u8>, operation: &Operation, url: &str) {
    let name = format!("{}.{}", operation.namespace, operation.name);
    let parameters = match operation.kind {
        OperationKind::Function => operation.parameters.as_slice(),
        OperationKind::Action => &[],
    };
    let names: Vec<&str> = parameters.iter().map(|parameter| &*parameter.name).collect();
    let aliases: Vec<String> = names.iter().map(|name| format!("{name}=@{name}")).collect();
    let in_parentheses = |inside: String| if inside.is_empty() { inside } else { format!("({inside})") };
    out.push(b',');
    write_string(out, &format!("#{name}{}", in_parentheses(names.join(","))));
    out.extend_from_slice(b":{\"title\":");
    write_string(out, &name);
    link(out, "target", &format!("{url}/{name}{}", in_parentheses(aliases.join(","))));
    out.push(b'}');
}

fn link(out: &mut Vec<u8>, name: &str, url: &str) {
    out.push(b',');
    write_string(out, name);
    out.push(b':');
    write_string(out, url);
}
