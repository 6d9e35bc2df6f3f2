//! The journal of one entity, newest first.

use odata::Key;
use uuid::Uuid;

use crate::backend::Backend;
use crate::error::ReadError;
use crate::journal::JournalEntry;
use crate::store::Store;

/// The numbers behind the newest one among which the journal of an entity is looked for: no index leads to it.
const LOOKED_AT_MAX: i64 = 1_000_000;

impl Store {
    /// The newest entries about entities of this key, in whatever sets, at most `limit`.
    pub async fn journal_of(
        &self,
        tenant: Uuid,
        key: &Key,
        limit: u32,
    ) -> Result<Vec<JournalEntry>, ReadError> {
        let after = self.journal_newest(tenant).await?.saturating_sub(LOOKED_AT_MAX);
        let bytes = key.to_bytes();
        let mut entries = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.journal_of(tenant, after, bytes, limit).await?,
            Backend::Postgres(postgres) => postgres.journal_of(tenant, after, &bytes, limit).await?,
        };
        // The bytes of a key may stand across the ends of others.
        entries.retain(|entry| entry.keys.contains(key));
        Ok(entries)
    }
}
