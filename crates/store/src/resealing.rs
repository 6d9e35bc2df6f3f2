//! The rotation of data keys: each tenant gets a new one, everything that is sealed under the former is sealed anew in bounded
//! steps, and then the former one ends.
//!
//! From the transaction on that adds the new key nothing is sealed under the former: the databases refuse it. So one pass finds
//! all there is, and a second one that finds nothing proves it. Whatever ends the rotation in between, the next attempt goes on.

use std::time::Duration;

use odata::Key;
use odata::edm::SetId;
use uuid::Uuid;

use crate::data_keys::read_error;
use crate::error::{ReadError, WriteError};
use crate::resealed_rows::{ResealedRow, RowPlace, StaleRow};
use crate::seal::{Keyring, Rewrap};
use crate::share::Share;
use crate::store::Store;

/// The passes over a tenant's rows after which those that are left count as refused.
const PASSES_MAX: usize = 8;

/// What a rotation of data keys has come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// The entities whose secrets were sealed anew.
    pub entities: u64,
    /// Those whose secrets could not be opened. The former data keys of their tenants stay.
    pub refused: u64,
    /// Why the first of them could not.
    pub reason: Option<String>,
}

/// The data keys of a tenant, and what is sealed under them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantKeyReport {
    /// The tenant whose they are.
    pub tenant: Uuid,
    /// The version under which it seals.
    pub version: u32,
    /// The number of its data keys: more than one while values are sealed anew.
    pub keys: usize,
    /// The version of the key-encryption key's own that wrapped it, if it has such.
    pub wrapped_by: Option<u32>,
    /// The entities with secrets, and those of them that are sealed under an older data key.
    pub sealed: Share,
}

impl Store {
    /// Begins a rotation of data keys; whether nothing else was under way.
    pub async fn begin_rotation(&self) -> Result<bool, WriteError> {
        self.backend.begin_rotation().await
    }

    /// Carries out the rotation of data keys that is under way, with a pause after each step, and ends it.
    pub async fn reseal_all(&self, pause: Duration) -> Result<Resealed, WriteError> {
        let (rotation, mut total) = (self.key_state().await?.rotation, Resealed::default());
        for tenant in self.backend.tenants_with_keys().await? {
            match tenant {
                Keyring::CHECK_TENANT | Keyring::AUDIT_TENANT => self.rewrap(tenant).await?,
                tenant => total.add(self.replace_key(tenant, rotation, pause).await?),
            }
        }
        self.backend.end_rotation(rotation).await?;
        Ok(total)
    }

    /// What there is to say of each tenant's data keys.
    pub async fn tenant_key_reports(&self) -> Result<Vec<TenantKeyReport>, ReadError> {
        let mut reports = Vec::new();
        for tenant in self.backend.tenants_with_keys().await? {
            let keys = self.backend.tenant_keys(tenant).await?;
            let Some(newest) = keys.last().filter(|_| !Keyring::is_nobody(tenant)) else { continue };
            let mut sealed = Share::default();
            for set in self.schema.sets() {
                sealed = sealed.plus(self.backend.count_sealed(tenant, set, newest.version).await?);
            }
            let wrapped_by = self.keyring.current().version_of(&newest.wrapped);
            let (version, keys) = (newest.version, keys.len());
            reports.push(TenantKeyReport { tenant, version, keys, wrapped_by, sealed });
        }
        Ok(reports)
    }

    /// Wraps nobody's keys anew, under which nothing is sealed: by the newest version of the key-encryption key.
    async fn rewrap(&self, tenant: Uuid) -> Result<(), WriteError> {
        let current = self.keyring.current();
        for key in self.backend.tenant_keys(tenant).await? {
            let plain = self.keyring.unwrap(tenant, &key).await.map_err(read_error)?;
            let wrapped = current.wrap(tenant, key.version, &plain).await.map_err(read_error)?;
            self.backend.replace_wrapped(&Rewrap { tenant, key, wrapped }).await?;
        }
        Ok(())
    }

    /// Gives a tenant a new data key, unless it got one in this rotation, and ends those before it.
    async fn replace_key(
        &self,
        tenant: Uuid,
        rotation: i64,
        pause: Duration,
    ) -> Result<Resealed, WriteError> {
        let stored = self.backend.tenant_keys(tenant).await?;
        let Some(newest) = stored.last() else { return Ok(Resealed::default()) };
        if newest.rotation < rotation {
            let created = self.keyring.create(tenant, newest.version + 1).await.map_err(read_error)?;
            self.backend.replace_tenant_key(tenant, created).await?;
        }
        self.keyring.forget(tenant);
        let version = self.seals_under(tenant).await?;
        let mut total = Resealed::default();
        for _ in 0..PASSES_MAX {
            let pass = self.reseal_tenant(tenant, version, pause).await?;
            let is_last = pass.entities == 0;
            // What is refused is found by each pass.
            total = Resealed { entities: total.entities + pass.entities, ..pass };
            if is_last {
                break;
            }
        }
        if total.refused == 0 {
            self.backend.end_former_keys(tenant, version).await?;
            self.keyring.forget(tenant);
        }
        Ok(total)
    }

    /// Goes once through all rows of a tenant.
    async fn reseal_tenant(
        &self,
        tenant: Uuid,
        version: u32,
        pause: Duration,
    ) -> Result<Resealed, WriteError> {
        let mut pass = Resealed::default();
        for set in self.schema.sets().filter(|set| self.schema.table(*set).sealed) {
            let mut after = RowPlace::default();
            loop {
                let page = self.backend.stale_rows(tenant, set, version, after).await?;
                let Some(last) = page.last else { break };
                after = last;
                if !page.rows.is_empty() {
                    pass.add(self.reseal_rows(tenant, set, page.rows).await?);
                    tokio::time::sleep(pause).await;
                }
            }
        }
        Ok(pass)
    }

    async fn reseal_rows(
        &self,
        tenant: Uuid,
        set: SetId,
        rows: Vec<StaleRow>,
    ) -> Result<Resealed, WriteError> {
        let (mut step, mut resealed) = (Resealed::default(), Vec::with_capacity(rows.len()));
        for row in rows {
            let key = Key::from_bytes(&row.key);
            let key = key.ok_or_else(|| WriteError::Corrupt(format!("the key {:02x?}", row.key)))?;
            match self.reseal(self.owner(tenant, set, &key), set, &row.sealed).await {
                Ok(sealed) => resealed.push(ResealedRow { row, sealed }),
                Err(WriteError::Corrupt(reason)) => {
                    step.add(Resealed { entities: 0, refused: 1, reason: Some(reason) });
                }
                Err(error) => return Err(error),
            }
        }
        step.entities = resealed.len() as u64;
        if !resealed.is_empty() {
            self.backend.reseal(tenant, set, resealed).await?;
        }
        Ok(step)
    }
}

impl Resealed {
    fn add(&mut self, more: Resealed) {
        self.entities += more.entities;
        self.refused += more.refused;
        self.reason = self.reason.take().or(more.reason);
    }
}
