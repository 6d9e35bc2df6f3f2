//! What an entity set may have of its own: a step for each moment in the life of its entities.

use futures_util::future::BoxFuture;
use odata::payload::Valid;
use odata::{Key, Record};
use store::Change;

use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::{Error, Verb};

/// What is special about the entities of a set. Each step has a default that does nothing.
pub trait Behaviour: Send + Sync {
    /// The key of a new entity.
    fn key<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _place: &'a Collection,
        _sent: &'a Record,
    ) -> BoxFuture<'a, Result<Key, Error>> {
        Box::pin(async { Ok(Key::new()) })
    }

    /// Checks an entity's next state against the others that are there; it has no key yet while it is new. What must
    /// still be so when it is committed is the result.
    fn admit<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _place: &'a Collection,
        _key: Option<&'a Key>,
        _next: &'a Record,
    ) -> BoxFuture<'a, Result<Option<Change>, Error>> {
        Box::pin(async { Ok(None) })
    }

    /// Checks and completes an entity before it is created.
    fn before_create(&self, _context: &Context<'_>, _record: &mut Record) -> Result<(), Error> {
        Ok(())
    }

    /// Checks and completes an entity's next state.
    fn before_update(
        &self,
        _context: &Context<'_>,
        _before: &Record,
        _after: &mut Record,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// What the creator is shown, given what was sent and what was stored.
    fn answer_to_create(&self, _sent: Record, entity: &Valid) -> Record {
        entity.record().clone()
    }

    /// What is committed together with a new entity.
    fn beside_create(
        &self,
        _context: &Context<'_>,
        _key: &Key,
        _entity: &Valid,
    ) -> Result<Vec<Change>, Error> {
        Ok(Vec::new())
    }

    /// What is committed together with an entity's next state.
    fn beside_update(
        &self,
        _context: &Context<'_>,
        _address: &EntityAddress,
        _before: &Record,
        _after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        Ok(Vec::new())
    }

    /// Where the entities rest that an owner seems to contain, if that is elsewhere.
    fn elsewhere<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _owner: &'a Key,
    ) -> BoxFuture<'a, Result<Option<Collection>, Error>> {
        Box::pin(async { Ok(None) })
    }

    /// The names of the sets in which a reference to an entity of the collection may be written: `…/{name}/{key}`.
    fn reference_sets(&self) -> &'static [&'static str] {
        &[]
    }

    /// What lets an entity enter an owner's collection.
    fn link<'a>(
        &'a self,
        context: &'a Context<'a>,
        _owner: &'a Key,
        _target: &'a Key,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async { Err(Error::method_not_allowed(context.call.verb, vec![Verb::Get])) })
    }

    /// What lets it leave.
    fn unlink<'a>(
        &'a self,
        context: &'a Context<'a>,
        _owner: &'a Key,
        _target: &'a Key,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async { Err(Error::method_not_allowed(context.call.verb, vec![Verb::Get])) })
    }

    /// What the deletion of an entity comes to.
    fn delete<'a>(
        &'a self,
        _context: &'a Context<'a>,
        _address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(async { Ok(Deletion::Now(Vec::new())) })
    }
}

/// What the deletion of an entity comes to.
pub enum Deletion {
    /// It ends, together with these changes.
    Now(Vec<Change>),
    /// It will end; for now these changes are all.
    Later(Vec<Change>),
}

/// The behaviour of a set that has none of its own.
pub(super) struct Plain;

impl Behaviour for Plain {}
