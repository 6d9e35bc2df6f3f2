//! What one request commits: all of it or nothing.

use std::sync::Arc;

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use odata::payload::Valid;
use uuid::Uuid;

use crate::idempotency::Remembered;
use crate::{Job, LedgerChange, NewJob, Receipt};

/// An atomic unit of work.
#[derive(Debug)]
pub struct Unit {
    /// Whose data it is.
    pub tenant: Uuid,
    /// Who does it.
    pub actor: Actor,
    /// The request it belongs to.
    pub request_id: Uuid,
    /// When, by the context's clock.
    pub at: Ticks,
    /// The changes, applied in order.
    pub changes: Vec<Change>,
    /// What is kept so that the requests behind it can be sent again. Fails with `Repeated` if one was before.
    pub remembered: Vec<Remembered>,
}

/// Who acts: kept in the journal with every change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Actor {
    /// The user's or service principal's object id.
    pub id: Uuid,
    /// The application it acts through.
    pub application: Uuid,
}

/// One change of a unit.
#[derive(Clone, Debug)]
pub enum Change {
    /// A new entity. Fails with `Exists` if the key is taken, `NoParent` if `parent` is given and gone.
    Insert {
        /// Where.
        set: SetId,
        /// The containing entity's key; required exactly where the set has a parent.
        parent: Option<Key>,
        /// Its key.
        key: Key,
        /// All of it.
        entity: Valid,
    },
    /// A new state of an entity. Fails with `Changed` if its version is not `expected` any more (or it is gone).
    Update {
        /// Where.
        set: SetId,
        /// The containing entity's key.
        parent: Option<Key>,
        /// Which.
        key: Key,
        /// The version the new state was made from.
        expected: i64,
        /// All of it. A secret that stays as it is comes sealed, from [`crate::Store::record`]; null clears it.
        entity: Valid,
    },
    /// The end of an entity and of all it contains. Fails with `Changed` as `Update` does.
    Delete {
        /// Where.
        set: SetId,
        /// The containing entity's key.
        parent: Option<Key>,
        /// Which.
        key: Key,
        /// The version that was looked at.
        expected: i64,
    },
    /// The record that secrets of these entities are about to be shown. Changes no entity; its commit yields the
    /// receipt without which nothing is opened.
    Reveal {
        /// Where.
        set: SetId,
        /// Whose secrets.
        keys: Vec<Key>,
    },
    /// The record that these entities were accepted although they break a rule. Changes no entity.
    Flag {
        /// Where.
        set: SetId,
        /// Which.
        keys: Vec<Key>,
    },
    /// What the others were decided by: that nothing in a set has changed since a number of the journal, which the unit
    /// itself may then do. Fails with `Overtaken` if something has. Not in the journal.
    Unchanged {
        /// Where.
        set: SetId,
        /// The newest number when it was looked at.
        since: i64,
    },
    /// Work to be done later. Not in the journal.
    Enqueue(NewJob),
    /// The end of a claimed job. Fails with `Overtaken` if another has claimed it since. Not in the journal.
    Finish(Job),
    /// Puts a claimed job off, to be done later after all. Fails as `Finish` does. Not in the journal.
    PutOff {
        /// Which.
        job: Job,
        /// When, by the context's clock.
        run_at: Ticks,
    },
    /// A change of the ledger. Fails with `Overtaken` if the entry is not as it was. Not in the journal.
    Ledger(LedgerChange),
}

/// What a committed unit came to.
#[derive(Debug)]
pub struct Committed {
    /// For each change, in order, the journal's sequence number: the new version of an inserted or updated entity. 0
    /// for a change that is not in the journal.
    pub versions: Vec<i64>,
    /// If the unit held a `Reveal`.
    pub receipt: Option<Arc<Receipt>>,
}
