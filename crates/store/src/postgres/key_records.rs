//! The keys in the database.

use tokio_postgres::Row;
use uuid::Uuid;

use super::backend::PostgresBackend;
use super::conflicts::retry;
use super::connection::{Connection, Parameters};
use super::error::PostgresError;
use super::value::{column, wrapped, wrapped_keys};
use crate::error::{ReadError, WriteError};
use crate::key_state::KeyState;
use crate::seal::{KeyEncryptionKey, KeyFingerprint, Rewrap, WrappedKey};
use crate::share::Share;
use crate::sql::{Cost, FixedStatement, key_state as states, tenant_keys as keys};

impl PostgresBackend {
    /// The wrapped data keys of a tenant, oldest first.
    pub async fn tenant_keys(&self, tenant: Uuid) -> Result<Vec<WrappedKey>, ReadError> {
        let rows = self.keys_query(&keys::READ, &[&tenant]).await?;
        Ok(wrapped_keys(&rows)?)
    }

    /// Keeps a data key, unless the tenant has one of that version or the key that wrapped it counts no more.
    pub async fn insert_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        let parameters: Parameters<'_> = &[&tenant, &number(key.version)?, &key.wrapped, &key.wrapped_by()];
        Ok(self.keys_query(&keys::INSERT, parameters).await.map(|_| ())?)
    }

    /// Keeps a data key under which alone the tenant seals from then on: commits lock the tenant's row too.
    pub async fn replace_tenant_key(&self, tenant: Uuid, key: WrappedKey) -> Result<(), WriteError> {
        let (version, wrapped_by) = (number(key.version)?, key.wrapped_by());
        let replace = async || {
            let connection = self.transaction().await?;
            connection.execute(keys::SEAL_UNDER.postgres(), &[&tenant, &i64::from(version)]).await?;
            let parameters: Parameters<'_> = &[&tenant, &version, &key.wrapped, &wrapped_by];
            if connection.execute(keys::INSERT.postgres(), parameters).await? > 0 {
                connection.commit().await?;
            }
            Ok(())
        };
        Ok(retry(&self.config.figures, replace).await?)
    }

    /// Ends the data keys of a tenant before a version.
    pub async fn end_former_keys(&self, tenant: Uuid, version: u32) -> Result<(), WriteError> {
        Ok(self.keys_query(&keys::END_FORMER, &[&tenant, &number(version)?]).await.map(|_| ())?)
    }

    /// The tenants that have data keys.
    pub async fn tenants_with_keys(&self) -> Result<Vec<Uuid>, ReadError> {
        let rows = self.keys_query(&keys::TENANTS, &[]).await?;
        Ok(rows.iter().map(|row| column(row, 0)).collect::<Result<_, PostgresError>>()?)
    }

    /// Some data keys that the next key-encryption key has not wrapped.
    pub async fn keys_left(&self, limit: i64) -> Result<Vec<(Uuid, WrappedKey)>, ReadError> {
        let rows = self.keys_query(&keys::LEFT, &[&limit]).await?;
        let key = |row| Ok((column(row, 0)?, wrapped(row, 1)?));
        Ok(rows.iter().map(key).collect::<Result<_, PostgresError>>()?)
    }

    /// The number of data keys, and of those that the next key-encryption key has wrapped.
    pub async fn count_keys(&self) -> Result<Share, ReadError> {
        Ok(share(&self.keys_query(&keys::COUNT, &[]).await?)?)
    }

    /// Keeps what the next key-encryption key has made of a data key.
    pub async fn set_rewrapped(&self, rewrap: &Rewrap) -> Result<(), WriteError> {
        self.rewrap(&keys::SET_REWRAPPED, rewrap).await
    }

    /// Wraps a data key anew in its place.
    pub async fn replace_wrapped(&self, rewrap: &Rewrap) -> Result<(), WriteError> {
        self.rewrap(&keys::REPLACE, rewrap).await
    }

    async fn rewrap(&self, statement: &FixedStatement, rewrap: &Rewrap) -> Result<(), WriteError> {
        let Rewrap { tenant, key, wrapped } = rewrap;
        let parameters: Parameters<'_> = &[tenant, &number(key.version)?, &key.wrapped, wrapped];
        Ok(self.keys_query(statement, parameters).await.map(|_| ())?)
    }

    /// The state of the keys.
    pub async fn key_state(&self) -> Result<Option<KeyState>, ReadError> {
        let rows = self.keys_query(&states::READ, &[]).await?;
        let columns = |row| {
            Ok((
                column(row, 0)?,
                column(row, 1)?,
                column(row, 2)?,
                column(row, 3)?,
                column(row, 4)?,
                column(row, 5)?,
                column(row, 6)?,
            ))
        };
        let state = rows.first().map(columns).transpose().map_err(|error: PostgresError| error)?;
        state.map(KeyState::read).transpose()
    }

    /// Notes the first key-encryption key.
    pub async fn create_key_state(&self, key: &KeyEncryptionKey) -> Result<(), WriteError> {
        self.named(&states::CREATE, key).await.map(|_| ())
    }

    /// Names the next key-encryption key; whether it could be named.
    pub async fn set_next_key(&self, key: &KeyEncryptionKey) -> Result<bool, WriteError> {
        self.named(&states::SET_NEXT, key).await
    }

    async fn named(&self, statement: &FixedStatement, key: &KeyEncryptionKey) -> Result<bool, WriteError> {
        let (fingerprint, source) = (key.fingerprint(), key.source());
        let rows = self.keys_query(statement, &[&fingerprint.0.as_slice(), &source]).await?;
        Ok(!rows.is_empty())
    }

    /// Puts the next key-encryption key into the place of the current one, if it has wrapped every data key; its version.
    pub async fn advance_key(&self, next: KeyFingerprint) -> Result<Option<i64>, WriteError> {
        Ok(retry(&self.config.figures, || self.try_to_advance(next)).await?)
    }

    async fn try_to_advance(&self, next: KeyFingerprint) -> Result<Option<i64>, PostgresError> {
        let connection = self.transaction().await?;
        // First, because keys that are being inserted hold the state as it is: those that are there then are all.
        let advanced = connection.query(states::ADVANCE.postgres(), &[&next.0.as_slice()]).await?;
        let Some(row) = advanced.first() else { return Ok(None) };
        let left = connection.query(keys::UNLIKE.postgres(), &[&next.0.as_slice()]).await?;
        if !left.is_empty() {
            return Ok(None);
        }
        for statement in [&keys::SWAP, &states::FORGET_HOLDERS] {
            connection.execute(statement.postgres(), &[]).await?;
        }
        connection.commit().await?;
        Ok(Some(column(row, 0)?))
    }

    /// Begins a rotation of data keys; whether it could begin.
    pub async fn begin_rotation(&self) -> Result<bool, WriteError> {
        Ok(!self.keys_query(&states::BEGIN_ROTATION, &[]).await?.is_empty())
    }

    /// Ends a rotation of data keys.
    pub async fn end_rotation(&self, number: i64) -> Result<(), WriteError> {
        Ok(self.keys_query(&states::END_ROTATION, &[&number]).await.map(|_| ())?)
    }

    /// Notes that a process holds a key-encryption key last.
    pub async fn note_holder(&self, process: Uuid, last: KeyFingerprint) -> Result<(), WriteError> {
        Ok(self.keys_query(&states::HOLD, &[&process, &last.0.as_slice()]).await.map(|_| ())?)
    }

    /// The number of processes that are not silent for longer, and of those that hold a key-encryption key last.
    pub async fn key_holders(&self, silence_max: i64, last: KeyFingerprint) -> Result<Share, ReadError> {
        Ok(share(&self.keys_query(&states::HOLDERS, &[&silence_max, &last.0.as_slice()]).await?)?)
    }

    async fn keys_query(
        &self,
        statement: &FixedStatement,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, PostgresError> {
        self.readers.query(statement.postgres(), parameters, Cost::Point).await
    }

    /// A transaction on a connection of its own, which is undone unless it is committed.
    async fn transaction(&self) -> Result<Connection, PostgresError> {
        let connection = Connection::open(&self.config, &[]).await?;
        connection.begin().await?;
        Ok(connection)
    }
}

/// A version as the database has it.
fn number(version: u32) -> Result<i32, WriteError> {
    i32::try_from(version).map_err(|_| WriteError::Corrupt(format!("a data key of version {version}")))
}

/// A count of all and of a part.
fn share(rows: &[Row]) -> Result<Share, PostgresError> {
    let counts = rows.first().map(|row| Ok((column(row, 0)?, column(row, 1)?)));
    Ok(counts.transpose().map_err(|error: PostgresError| error)?.map(Share::read).unwrap_or_default())
}
