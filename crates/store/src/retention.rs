//! The end of old journal entries, a few at a time. What only an audit asks for stays.

use odata::date_time::Ticks;
use uuid::Uuid;

use crate::backend::Backend;
use crate::error::{ReadError, WriteError};
use crate::store::Store;

impl Store {
    /// The next tenant, in the order of ids, whose journal may have entries from before a time that can be pruned.
    pub async fn next_to_prune(&self, after: Uuid, before: Ticks) -> Result<Option<Uuid>, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.next_to_prune(after, before).await,
            Backend::Postgres(postgres) => postgres.next_to_prune(after, before).await,
        }
    }

    /// Prunes some of a tenant's entries about changes that are from before a time; whether there may be more. The newest
    /// entry stays, so that no number is given twice.
    pub async fn prune_journal(&self, tenant: Uuid, before: Ticks) -> Result<bool, WriteError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.prune_journal(tenant, before).await,
            Backend::Postgres(postgres) => postgres.prune_journal(tenant, before).await,
        }
    }

    /// The sequence number up to which a tenant's journal was pruned. To know that nothing is missing of what was read,
    /// ask this afterwards.
    pub async fn journal_pruned(&self, tenant: Uuid) -> Result<i64, ReadError> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.journal_pruned(tenant),
            Backend::Postgres(postgres) => postgres.journal_pruned(tenant).await,
        }
    }
}
