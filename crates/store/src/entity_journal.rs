//! The journal of one entity, newest first.

use odata::Key;
use uuid::Uuid;

use crate::backend::Backend;
use crate::error::ReadError;
use crate::journal::JournalEntry;
use crate::store::Store;

/// The numbers among which one call looks for the entries of an entity: no index leads to them.
const LOOKED_AT_MAX: i64 = 100_000;

/// Some of what the journal has of an entity, newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityJournal {
    /// The entries that were found in the part that was looked at.
    pub entries: Vec<JournalEntry>,
    /// The number before which there may be more; none if all of the journal was looked at.
    pub before: Option<i64>,
}

impl Store {
    /// The newest entries about entities of this key, in whatever sets, before a number, at most `limit`.
    pub async fn journal_of(
        &self,
        tenant: Uuid,
        key: &Key,
        before: Option<i64>,
        limit: u32,
    ) -> Result<EntityJournal, ReadError> {
        let before = match before {
            Some(before) => before,
            None => self.journal_newest(tenant).await?.saturating_add(1),
        };
        let after = before.saturating_sub(LOOKED_AT_MAX);
        let (bytes, range) = (key.to_bytes(), after..before);
        let (mut entries, earlier) = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.journal_of(tenant, range, bytes, limit).await?,
            Backend::Postgres(postgres) => postgres.journal_of(tenant, range, &bytes, limit).await?,
        };
        let last = entries.last().map(|entry| entry.sequence).filter(|_| entries.len() >= limit as usize);
        // The bytes of a key may stand across the ends of others.
        entries.retain(|entry| entry.keys.contains(key));
        Ok(EntityJournal { entries, before: last.or(earlier.map(|earlier| earlier + 1)) })
    }
}
