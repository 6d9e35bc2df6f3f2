//! A unit of work: the changes that one request commits, all of them or none.

use std::sync::Arc;

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use odata::payload::Valid;
use uuid::Uuid;

use crate::idempotency::IdempotencyRecord;
use crate::jobs::{Job, NewJob};
use crate::ledger::LedgerChange;
use crate::note_kind::NoteKind;
use crate::seal::Receipt;

/// An atomic unit of work.
#[derive(Debug)]
pub struct Unit {
    /// The tenant whose data it changes.
    pub tenant: Uuid,
    /// The caller on whose behalf it is done.
    pub actor: Actor,
    /// What the records of an audit say beside that.
    pub detail: AuditDetail,
    /// The request it belongs to.
    pub request_id: Uuid,
    /// The time of the changes, by the context's clock.
    pub at: Ticks,
    /// The changes, applied in order.
    pub changes: Vec<Change>,
    /// The records of the idempotent requests that it carries out. Fails with `Repeated` if one is known already.
    pub remembered: Vec<IdempotencyRecord>,
}

/// The originator of a change: kept in the journal with every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user's or service principal's object id.
    pub id: Uuid,
    /// The application it acts through.
    pub application: Uuid,
}

/// What a record says of a caller beside its ids, and of its reasons.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditDetail {
    /// What kind of caller it is: a user, an application or the service itself.
    pub actor_type: Option<&'static str>,
    /// The user's sign-in name.
    pub name: Option<Box<str>>,
    /// The name of the application.
    pub application_name: Option<Box<str>>,
    /// The address that the request came from.
    pub address: Option<Box<str>>,
    /// The reason that the caller gave.
    pub reason: Option<Box<str>>,
    /// The ticket that the caller gave.
    pub ticket: Option<Box<str>>,
}

/// One change of a unit.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new entity. Fails with `Exists` if the key is taken, `NoParent` if `parent` is given and gone.
    Insert {
        /// The entity's set.
        set: SetId,
        /// The containing entity's key; required exactly where the set has a parent.
        parent: Option<Key>,
        /// The entity's key.
        key: Key,
        /// The whole entity.
        entity: Valid,
    },
    /// A new state of an entity. Fails with `Changed` if its version is not `expected` any more (or it is gone).
    Update {
        /// The entity's set.
        set: SetId,
        /// The containing entity's key.
        parent: Option<Key>,
        /// The entity's key.
        key: Key,
        /// The version the new state was made from.
        expected: i64,
        /// The whole entity. A secret that stays as it is comes sealed, from [`crate::Store::record`]; null clears it.
        entity: Valid,
    },
    /// The end of an entity and of all it contains. Fails with `Changed` as `Update` does.
    Delete {
        /// The entity's set.
        set: SetId,
        /// The containing entity's key.
        parent: Option<Key>,
        /// The entity's key.
        key: Key,
        /// The version in which the entity was read.
        expected: i64,
    },
    /// The record that secrets of these entities are about to be shown. Changes no entity; its commit yields the
    /// receipt without which nothing is opened.
    Reveal {
        /// The set of the entities.
        set: SetId,
        /// The keys of the entities.
        keys: Vec<Key>,
    },
    /// The record of something about these entities that changes none of them.
    Note {
        /// What is noted.
        kind: NoteKind,
        /// The set of the entities.
        set: SetId,
        /// The keys of the entities.
        keys: Vec<Key>,
    },
    /// The condition under which the others were decided: that nothing in a set has changed since a sequence number of
    /// the journal, which the unit itself may then do. Fails with `Overtaken` if something has. Not in the journal.
    Unchanged {
        /// The set that was read.
        set: SetId,
        /// The newest sequence number when the set was read.
        since: i64,
    },
    /// A job for later. Not in the journal.
    Enqueue(NewJob),
    /// The end of a claimed job. Fails with `Overtaken` if another has claimed it since. Not in the journal.
    Finish(Job),
    /// A later time for a claimed job, which is given up for now. Fails as `Finish` does. Not in the journal.
    PutOff {
        /// The claimed job.
        job: Job,
        /// The time at which it is due again, by the context's clock.
        run_at: Ticks,
    },
    /// A change of the ledger. Fails with `Overtaken` if the entry is not as it was. Not in the journal.
    Ledger(LedgerChange),
}

/// The result of a committed unit.
#[derive(Debug, Default)]
pub struct Committed {
    /// The journal's sequence number of each change, in order: the new version of an inserted or updated entity, shared
    /// by changes that share an entry. 0 for a change that is not in the journal.
    pub versions: Vec<i64>,
    /// The permission to open what the unit reveals, if it holds a `Reveal`.
    pub receipt: Option<Arc<Receipt>>,
}
