//! The keys as the database has them: wrapped data keys, which key-encryption key wraps them, and who holds that.

use odata::edm::SetId;
use uuid::Uuid;

use crate::backend::Backend;
use crate::error::{ReadError, WriteError};
use crate::key_state::KeyState;
use crate::resealed_rows::{ResealedRow, RowPlace, StalePage};
use crate::seal::{KeyEncryptionKey, KeyFingerprint, Rewrap, WrappedKey};
use crate::share::Share;

/// The time after which a process that said which key it holds counts as ended, in milliseconds. It says so each second.
const HOLDER_SILENCE_MAX_MILLISECONDS: i64 = 5_000;

impl Backend {
    /// The wrapped data keys of a tenant, oldest first.
    pub async fn tenant_keys(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.of_tenant(tenant),
            Backend::Postgres(postgres) => postgres.tenant_keys(tenant).await,
        }
    }

    /// Keeps a data key, unless the tenant has one of that version, or the key-encryption key that wrapped it counts no more:
    /// read again to know.
    pub async fn insert_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.insert_tenant_key(tenant, key).await,
            Backend::Postgres(postgres) => postgres.insert_tenant_key(tenant, key).await,
        }
    }

    /// The same of a tenant that has keys, which from then on seals under this one alone.
    pub async fn replace_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.insert_tenant_key(tenant, key).await,
            Backend::Postgres(postgres) => postgres.replace_tenant_key(tenant, key).await,
        }
    }

    /// Ends the data keys of a tenant before a version.
    pub async fn end_former_keys(&self, tenant: Uuid, version: u32) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.end_former(tenant, version),
            Backend::Postgres(postgres) => postgres.end_former_keys(tenant, version).await,
        }
    }

    /// The tenants that have data keys.
    pub async fn tenants_with_keys(&self) -> Result<Vec<Uuid>, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.tenants(),
            Backend::Postgres(postgres) => postgres.tenants_with_keys().await,
        }
    }

    /// The state of the keys; none if nobody has noted it yet.
    pub async fn key_state(&self) -> Result<Option<KeyState>, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.state(),
            Backend::Postgres(postgres) => postgres.key_state().await,
        }
    }

    /// Notes the first key-encryption key, unless there is one.
    pub async fn create_key_state(&self, key: &KeyEncryptionKey) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.create_state(key),
            Backend::Postgres(postgres) => postgres.create_key_state(key).await,
        }
    }

    /// Names the next key-encryption key; whether it could be named.
    pub async fn set_next_key(&self, key: &KeyEncryptionKey) -> Result<bool, WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.set_next(key),
            Backend::Postgres(postgres) => postgres.set_next_key(key).await,
        }
    }

    /// Some data keys that the next key-encryption key has not wrapped.
    pub async fn keys_left(&self, limit: i64) -> Result<Vec<(Uuid, WrappedKey)>, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.left(limit),
            Backend::Postgres(postgres) => postgres.keys_left(limit).await,
        }
    }

    /// The number of data keys, and of those that the next key-encryption key has wrapped.
    pub async fn count_keys(&self) -> Result<Share, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.count(),
            Backend::Postgres(postgres) => postgres.count_keys().await,
        }
    }

    /// Keeps what the next key-encryption key has made of a data key that is as it was.
    pub async fn set_rewrapped(&self, rewrap: &Rewrap) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.set_rewrapped(rewrap),
            Backend::Postgres(postgres) => postgres.set_rewrapped(rewrap).await,
        }
    }

    /// Wraps a data key anew in its place, if it is as it was.
    pub async fn replace_wrapped(&self, rewrap: &Rewrap) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.replace_wrapped(rewrap),
            Backend::Postgres(postgres) => postgres.replace_wrapped(rewrap).await,
        }
    }

    /// Puts the next key-encryption key into the place of the current one, if it has wrapped every data key; its version.
    pub async fn advance_key(&self, next: KeyFingerprint) -> Result<Option<i64>, WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.advance(next),
            Backend::Postgres(postgres) => postgres.advance_key(next).await,
        }
    }

    /// Begins a rotation of data keys; whether it could begin.
    pub async fn begin_rotation(&self) -> Result<bool, WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.begin_rotation(),
            Backend::Postgres(postgres) => postgres.begin_rotation().await,
        }
    }

    /// Ends a rotation of data keys.
    pub async fn end_rotation(&self, number: i64) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.end_rotation(number),
            Backend::Postgres(postgres) => postgres.end_rotation(number).await,
        }
    }

    /// Notes that a process holds a key-encryption key last.
    pub async fn note_holder(&self, process: Uuid, last: KeyFingerprint) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.hold(process, last),
            Backend::Postgres(postgres) => postgres.note_holder(process, last).await,
        }
    }

    /// The number of processes that run, and of those that hold a key-encryption key last.
    pub async fn key_holders(&self, last: KeyFingerprint) -> Result<Share, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.keys.holders(HOLDER_SILENCE_MAX_MILLISECONDS, last),
            Backend::Postgres(postgres) => postgres.key_holders(HOLDER_SILENCE_MAX_MILLISECONDS, last).await,
        }
    }

    /// What is sealed in the row of a key now, and in those of the same key in other parents.
    pub async fn sealed_again(
        &self,
        tenant: Uuid,
        set: SetId,
        key: &[u8],
    ) -> Result<Vec<Vec<u8>>, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.sealed_again(tenant, set, key).await,
            Backend::Postgres(postgres) => postgres.sealed_again(tenant, set, key).await,
        }
    }

    /// Some rows of a set behind a place, with what is sealed in them under a data key older than a version.
    pub async fn stale_rows(
        &self,
        tenant: Uuid,
        set: SetId,
        version: u32,
        after: RowPlace,
    ) -> Result<StalePage, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.stale_rows(tenant, set, version, after).await,
            Backend::Postgres(postgres) => postgres.stale_rows(tenant, set, version, after).await,
        }
    }

    /// Writes what was sealed anew.
    pub async fn reseal(&self, tenant: Uuid, set: SetId, rows: Vec<ResealedRow>) -> Result<(), WriteError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.reseal(tenant, set, rows).await,
            Backend::Postgres(postgres) => postgres.reseal(tenant, set, &rows).await,
        }
    }

    /// The number of rows of a set with something sealed, and of those under a data key older than a version.
    pub async fn count_sealed(&self, tenant: Uuid, set: SetId, version: u32) -> Result<Share, ReadError> {
        match self {
            Backend::Sqlite(sqlite) => sqlite.count_sealed(tenant, set, version).await,
            Backend::Postgres(postgres) => postgres.count_sealed(tenant, set, version).await,
        }
    }
}
