//! The one place that decides who may do what: the model's permission tables against the caller's token.
//!
//! Everything that touches data takes a [`Permit`], and only [`authorize`] makes one.

use std::borrow::Cow;

use odata::edm::{Model, OperationKind, PermissionId, Permissions, Restrictions, SetId, TypeRef};
use odata::uri::{ResourcePath, Segment, Shape};

use crate::preconditions::Preconditions;
use crate::{Authorization, Call, Caller, CallerKind, EngineSettings, Error, ErrorKind, Verb, code};

/// Proof that the caller may do what the call asks, by a permission of its token.
#[derive(Clone, Copy)]
pub struct Permit(PermissionId);

impl Permit {
    /// What the log says of it.
    pub(crate) fn told(self, model: &Model, shape: Shape) -> Authorization {
        Authorization { permission: Some(model.permission(self.0).into()), ..asked(model, shape) }
    }
}

/// What the log says of a call of which no more is known than what it asks.
pub(crate) fn asked(model: &Model, shape: Shape) -> Authorization {
    let operation = match shape {
        Shape::Operation(id) => Some(model.operation(id).name.clone()),
        _ => None,
    };
    Authorization { operation, ..Authorization::default() }
}

/// Decides whether the caller may do what the call asks of a path.
pub(crate) fn authorize(
    model: &Model,
    call: &Call,
    preconditions: &Preconditions,
    path: &ResourcePath,
) -> Result<Permit, Error> {
    let permissions = &permissions_for(model, call.verb, path)?;
    let insert = &restrictions_of(model, path).insert;
    match (call.verb, path.shape, insert) {
        // Whoever may be about to create the entity needs both.
        (Verb::Patch, Shape::Entity(_), Some(insert)) if preconditions.only_creates() => {
            require(model, &call.caller, &model.permissions_in(insert, path.version))?;
            require(model, &call.caller, permissions)
        }
        _ => require(model, &call.caller, permissions),
    }
}

/// The permissions any one of which is enough for a verb at the end of a path.
pub(crate) fn permissions_for<'m>(
    model: &'m Model,
    verb: Verb,
    path: &ResourcePath,
) -> Result<Cow<'m, Permissions>, Error> {
    let permissions =
        required(model, path, verb).ok_or_else(|| Error::method_not_allowed(verb, allowed(model, path)))?;
    Ok(model.permissions_in(permissions, path.version))
}

/// The verbs that the end of a path takes.
pub(crate) fn allowed(model: &Model, path: &ResourcePath) -> Vec<Verb> {
    let verbs = [Verb::Get, Verb::Post, Verb::Patch, Verb::Put, Verb::Delete];
    verbs.into_iter().filter(|verb| required(model, path, *verb).is_some()).collect()
}

/// Whether the caller may change the entities of a set, wherever they are.
pub fn may_update(model: &Model, set: SetId, caller: &Caller) -> Result<Permit, Error> {
    match &model.set(set).restrictions.update {
        Some(permissions) => require(model, caller, permissions),
        None => Err(Error::method_not_allowed(Verb::Patch, Vec::new())),
    }
}

/// Whether an application with this permission may change the entities of a set.
pub(crate) fn may_be_updated_with(model: &Model, set: SetId, permission: PermissionId) -> bool {
    let permissions = model.set(set).restrictions.update.as_ref();
    permissions.is_some_and(|permissions| permissions.application.contains(&permission))
}

/// Whether the caller may see the targets of a navigation that the query expands.
pub(crate) fn may_read(model: &Model, caller: &Caller, restrictions: &Restrictions) -> Result<(), Error> {
    match &restrictions.read {
        Some(permissions) => require(model, caller, permissions).map(|_| ()),
        None => Err(Error::bad_request("A navigation property that cannot be read cannot be expanded.")),
    }
}

/// Whether the caller may let entities enter a navigation property.
pub(crate) fn may_insert(model: &Model, caller: &Caller, restrictions: &Restrictions) -> Result<(), Error> {
    match &restrictions.insert {
        Some(permissions) => require(model, caller, permissions).map(|_| ()),
        None => Err(Error::bad_request("Nothing can be added to this navigation property.")),
    }
}

/// Whether the caller may see secrets, given that it may see the entities that hold them.
pub(crate) fn may_reveal(model: &Model, settings: &EngineSettings, caller: &Caller) -> Result<(), Error> {
    let Some(permission) = settings.reveal_permission else { return Ok(()) };
    if caller.permissions.contains(&permission) {
        return Ok(());
    }
    let name = model.permission(permission);
    let message = format!("This server shows secrets only to callers with the permission {name}.");
    Err(Error::new(ErrorKind::Forbidden, message).coded(code::PRIVILEGE_MISSING))
}

/// The restrictions at the end of a path: the last navigation property's, or those of the top-level set.
fn restrictions_of<'m>(model: &'m Model, path: &ResourcePath) -> &'m Restrictions {
    static NOTHING: Restrictions =
        Restrictions { read: None, insert: None, update: None, delete: None, required_on_insert: Vec::new() };
    let place = path.segments.iter().rev().find_map(|segment| match segment {
        Segment::Navigation(id) => Some(&model.navigation(*id).restrictions),
        Segment::Set(id) => Some(&model.set(*id).restrictions),
        _ => None,
    });
    place.unwrap_or(&NOTHING)
}

fn required<'m>(model: &'m Model, path: &ResourcePath, verb: Verb) -> Option<&'m Permissions> {
    let restrictions = restrictions_of(model, path);
    match (path.shape, verb) {
        (Shape::Operation(id), verb) => {
            let operation = model.operation(id);
            let takes = match operation.kind {
                OperationKind::Action => Verb::Post,
                OperationKind::Function => Verb::Get,
            };
            (verb == takes).then_some(&operation.permissions)
        }
        (_, Verb::Get) => restrictions.read.as_ref(),
        (Shape::Entities(_), Verb::Post) => restrictions.insert.as_ref(),
        // What cannot be updated through a navigation property is referred to by it, and rests elsewhere.
        (Shape::References(_, true), Verb::Post) if restrictions.update.is_none() => {
            restrictions.insert.as_ref()
        }
        (Shape::References(_, false), Verb::Delete) if restrictions.update.is_none() => {
            restrictions.delete.as_ref()
        }
        (Shape::Entity(_), Verb::Patch) => restrictions.update.as_ref(),
        (Shape::Entity(_), Verb::Delete) => restrictions.delete.as_ref(),
        // To change a property is to update its entity. A collection has no members that PATCH could tell apart.
        (Shape::Property(TypeRef { collection: true, .. }), Verb::Patch) => None,
        (Shape::Property(_), Verb::Put | Verb::Patch | Verb::Delete) => restrictions.update.as_ref(),
        _ => None,
    }
}

fn require(model: &Model, caller: &Caller, permissions: &Permissions) -> Result<Permit, Error> {
    let sufficient = match caller.kind {
        CallerKind::Delegated => &permissions.delegated,
        CallerKind::Application => &permissions.application,
    };
    if sufficient.is_empty() {
        let (who, other) = match caller.kind {
            CallerKind::Delegated => (["a person", "an application's own"], &permissions.application),
            CallerKind::Application => (["an application for itself", "a person's"], &permissions.delegated),
        };
        let ([who, other_kind], names) = (who, names(model, other));
        return Err(Error::new(
            ErrorKind::Forbidden,
            format!("This operation is not for {who}: it takes {other_kind} token with {names}."),
        )
        .coded(code::CALLER_NOT_SUPPORTED));
    }
    grant(model, caller, sufficient)
}

fn grant(model: &Model, caller: &Caller, sufficient: &[PermissionId]) -> Result<Permit, Error> {
    // The least privileged one comes first.
    if let Some(held) = sufficient.iter().find(|permission| caller.permissions.contains(permission)) {
        return Ok(Permit(*held));
    }
    let (least, more) = sufficient.split_at(1);
    let missing_permission = least.first().map(|id| model.permission(*id).into());
    let authorization = Authorization { missing_permission, ..Authorization::default() };
    let (least, more) = (names(model, least), names(model, more));
    let others = if more.is_empty() { String::new() } else { format!(", or one that allows more: {more}") };
    let message = format!("Missing permission: this operation takes a token with {least}{others}.");
    // Nothing in it is the caller's own: the log says it too.
    Err(Error {
        detail: Some(message.as_str().into()),
        authorization: Some(Box::new(authorization)),
        ..Error::new(ErrorKind::Forbidden, message)
    })
}

fn names(model: &Model, permissions: &[PermissionId]) -> String {
    let names: Vec<&str> = permissions.iter().map(|id| model.permission(*id)).collect();
    names.join(" or ")
}
