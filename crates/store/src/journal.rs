//! The one journal: what changed, in which order, by whom. Audit, delta, notifications and jobs all read it.

use odata::Key;
use odata::date_time::Ticks;
use odata::edm::SetId;
use uuid::Uuid;

use crate::Actor;

/// What an entry says happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChangeKind {
    /// The entity came to be.
    Created,
    /// It changed.
    Updated,
    /// It ended, and all it contained.
    Deleted,
    /// Its secrets were shown.
    Revealed,
}

/// An entry of the journal. Never holds a property's value.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalEntry {
    /// Ascends within a tenant in the order of commits; without gaps on PostgreSQL, nearly so on SQLite.
    pub sequence: i64,
    /// When, by the context's clock.
    pub at: Ticks,
    /// Where.
    pub set: SetId,
    /// What happened.
    pub kind: ChangeKind,
    /// Which entities: one, except for `Revealed`.
    pub keys: Vec<Key>,
    /// Who did it.
    pub actor: Actor,
    /// In which request.
    pub request_id: Uuid,
}
