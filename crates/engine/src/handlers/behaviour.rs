//! The behaviour of an entity set: a step for each moment in the life of its entities, where the set has one of its own.

use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::query::Expression;
use odata::{Key, Record};
use store::{Change, Row};

use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::{Error, Verb};

/// The behaviour of an entity set. Each step has a default that does nothing, so a set says only what is special about it.
///
/// A creation takes the steps `key`, `before_create`, `admit` and `beside_create`, an update `before_merge`, `before_update`,
/// `admit` and `beside_update`, a deletion `delete`; then all changes are committed as one unit. If others were faster, the steps are
/// taken again, so they change nothing by themselves.
pub trait Behaviour: Send + Sync {
    /// The condition under which the caller sees an entity; none if it sees all. What it does not see is missing for it,
    /// wherever a path, a query or an expansion leads.
    fn visible(&self, _context: &Context<'_>) -> Option<Expression> {
        None
    }

    /// Makes ready what the caller's path is about to enter; none if nothing is to be done.
    fn enter<'a>(&'a self, _context: &'a Context<'a>) -> Option<BoxFuture<'a, Result<(), Error>>> {
        None
    }

    /// Gives a new entity its key. What the client has sent may have the `id` that it would like.
    fn key<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _place: &'a Collection,
        _sent: &'a Record,
    ) -> BoxFuture<'a, Result<Key, Error>> {
        Box::pin(async { Ok(Key::new()) })
    }

    /// Checks a new entity, and sets the properties that the server keeps.
    fn before_create(&self, _context: &Context<'_>, _record: &mut Record) -> Result<(), Error> {
        Ok(())
    }

    /// Completes what a client sent of an entity's next state, before it is laid over what is stored: absent is what the
    /// client did not send.
    fn before_merge(&self, _stored: &Record, _sent: &mut Record) {}

    /// Checks an entity's next state, and sets the properties that the server keeps.
    fn before_update(
        &self,
        _context: &Context<'_>,
        _before: &Record,
        _after: &mut Record,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Checks an entity's next state against what else is stored, and completes it by that. `_before` is the state that it
    /// replaces; a new entity has none. The result are changes that are committed with it, among them the conditions, such as
    /// [`Change::Unchanged`], under which what was read still holds.
    fn admit<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _address: &'a EntityAddress,
        _before: Option<&'a Record>,
        _next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    /// Whether secrets of the set are shown only by an operation that is there for it, and left out elsewhere.
    fn reveals_on_request(&self) -> bool {
        false
    }

    /// The changes that are committed together with the record of a look at the secrets of entities.
    fn before_reveal(
        &self,
        _context: &Context<'_>,
        _set: SetId,
        _rows: &[&Row],
    ) -> Result<Vec<Change>, Error> {
        Ok(Vec::new())
    }

    /// The entity as its creator is shown it, made of the one that was sent and the one that is stored; none if it is shown as
    /// it is stored.
    fn answer_to_create(&self, _sent: &Record, _entity: &Valid) -> Option<Record> {
        None
    }

    /// What the answer to whoever wrote an entity says of it beside the entity itself: annotations by their names, which are
    /// qualified. `_before` is the row that it replaced. Reading shows none.
    fn annotations(
        &self,
        _context: &Context<'_>,
        _before: Option<&Row>,
        _written: &Row,
    ) -> Result<Vec<(&'static str, serde_json::Value)>, Error> {
        Ok(Vec::new())
    }

    /// The changes that are committed together with a new entity.
    fn beside_create(
        &self,
        _context: &Context<'_>,
        _key: &Key,
        _entity: &Valid,
    ) -> Result<Vec<Change>, Error> {
        Ok(Vec::new())
    }

    /// The changes that are committed together with an entity's next state.
    fn beside_update(
        &self,
        _context: &Context<'_>,
        _address: &EntityAddress,
        _before: &Record,
        _after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        Ok(Vec::new())
    }

    /// The names of the sets in which a reference to an entity of the collection may be written: `…/{name}/{key}`.
    fn reference_sets(&self) -> &'static [&'static str] {
        &[]
    }

    /// The changes that let entities enter an owner's collection. `_new_owner` is the owner's record, if the same commit
    /// creates it.
    fn link<'a>(
        &'a self,
        context: &'a Context<'a>,
        _owner: &'a Key,
        _new_owner: Option<&'a Record>,
        _targets: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async { Err(Error::method_not_allowed(context.call.verb, vec![Verb::Get])) })
    }

    /// The changes that let an entity leave an owner's collection.
    fn unlink<'a>(
        &'a self,
        context: &'a Context<'a>,
        _owner: &'a Key,
        _target: &'a Key,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async { Err(Error::method_not_allowed(context.call.verb, vec![Verb::Get])) })
    }

    /// Checks the deletion of an entity, and says what is committed for it.
    fn delete<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(async { Ok(Deletion::Now(Vec::new())) })
    }

    /// The changes that give back what entities hold outside their tenant, when all of the tenant is removed.
    fn release<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _keys: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

/// The outcome of the deletion of an entity.
pub enum Deletion {
    /// The entity ends, together with these changes.
    Now(Vec<Change>),
    /// The entity ends later, by a job; for now these changes are committed.
    Later(Vec<Change>),
}

/// The behaviour of a set that has none of its own.
pub(super) struct Plain;

impl Behaviour for Plain {}
