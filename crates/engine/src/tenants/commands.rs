//! What an operator's commands do with tenants: list, create, close, open again, and have removed.

use std::collections::BTreeSet;
use std::time::Duration;

use store::{TenantMark, TenantRecord, Usage};
use uuid::Uuid;

use super::configured::TenantState;
use crate::Error;
use crate::engine::Engine;

/// The time between two looks whether a server has removed a tenant.
const REMOVAL_POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The bytes of a confirmation; enough that nobody types one by mistake.
const CONFIRMATION_BYTES: usize = 4;

/// A tenant as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenantSummary {
    /// The id by which tokens name it.
    pub id: Uuid,
    /// Its name for people.
    pub display_name: Option<String>,
    /// What its callers may do; none if it is not served.
    pub state: Option<TenantState>,
    /// What commands have last said of it, if they have.
    pub mark: Option<TenantMark>,
    /// What it holds.
    pub usage: Usage,
}

impl Engine {
    /// The name of the set whose entities are counted by themselves.
    pub fn counted_set_name(&self) -> Option<&str> {
        let path = &self.model().set(self.settings.counted_set?).path;
        path.rsplit('/').next()
    }

    /// All tenants that the configuration names, that a command has spoken of, or that have data, by id.
    pub async fn tenant_summaries(&self) -> Result<Vec<TenantSummary>, Error> {
        let records = self.store.tenant_records().await?;
        let mut summaries = Vec::new();
        for id in self.tenant_ids(&records).await? {
            summaries.push(self.summary(id, &records).await?);
        }
        Ok(summaries)
    }

    /// One of these tenants and the first others, and how many are left out. One that has nothing yet is there, too.
    pub(crate) async fn first_tenant_summaries(
        &self,
        one: Uuid,
        limit: usize,
    ) -> Result<(Vec<TenantSummary>, usize), Error> {
        let records = self.store.tenant_records().await?;
        let mut ids = self.tenant_ids(&records).await?;
        ids.remove(&one);
        let left_out = (ids.len() + 1).saturating_sub(limit);
        let mut summaries = Vec::new();
        for id in std::iter::once(one).chain(ids).take(limit) {
            summaries.push(self.summary(id, &records).await?);
        }
        Ok((summaries, left_out))
    }

    /// A tenant, if there is such a one.
    pub async fn tenant_summary(&self, id: Uuid) -> Result<TenantSummary, Error> {
        let records = self.store.tenant_records().await?;
        match self.tenant_ids(&records).await?.contains(&id) {
            true => self.summary(id, &records).await,
            false => Err(no_such_tenant(id)),
        }
    }

    async fn tenant_ids(&self, records: &[TenantRecord]) -> Result<BTreeSet<Uuid>, Error> {
        let mut ids: BTreeSet<Uuid> = self.store.tenants_seen().await?.into_iter().collect();
        ids.extend(records.iter().map(|record| record.id));
        ids.extend(self.settings.tenants.all().map(|(id, _)| id));
        Ok(ids)
    }

    async fn summary(&self, id: Uuid, records: &[TenantRecord]) -> Result<TenantSummary, Error> {
        self.tenants.learn(records);
        let record = records.iter().find(|record| record.id == id);
        let name = self.settings.tenants.get(id).and_then(|tenant| tenant.display_name.clone());
        Ok(TenantSummary {
            id,
            display_name: name.or_else(|| record.and_then(|record| record.display_name.clone())),
            state: self.tenants.state(id),
            mark: record.map(|record| record.mark),
            usage: self.store.tenant_usage(id, self.settings.counted_set).await?,
        })
    }

    /// Adds a tenant that is served from now on.
    pub async fn create_tenant(&self, id: Uuid, display_name: Option<String>) -> Result<(), Error> {
        let record = TenantRecord { display_name, ..self.record(id, TenantMark::Open) };
        match self.store.add_tenant(&record).await? {
            true => Ok(()),
            false => {
                Err(Error::bad_request(format!("the tenant {id} is there already, or was and is removed")))
            }
        }
    }

    /// Closes a tenant.
    pub async fn close_tenant(&self, id: Uuid) -> Result<(), Error> {
        let (closed, records) = (self.record(id, TenantMark::Closed), self.store.tenant_records().await?);
        if !self.tenant_ids(&records).await?.contains(&id) {
            return Err(no_such_tenant(id));
        }
        if self.store.add_tenant(&closed).await? {
            return Ok(());
        }
        self.mark(&closed, TenantMark::Open, "is closed already").await
    }

    /// Opens a tenant again that was closed by command.
    pub async fn reopen_tenant(&self, id: Uuid) -> Result<(), Error> {
        let open = self.record(id, TenantMark::Open);
        self.mark(&open, TenantMark::Closed, "was not closed by command, or is being removed").await
    }

    /// The word that confirms the removal of a tenant, another one each time that it is closed; none if it is being removed.
    pub async fn removal_confirmation(&self, id: Uuid) -> Result<Option<String>, Error> {
        let records = self.store.tenant_records().await?;
        let record = records.iter().find(|record| record.id == id);
        match record.map(|record| (record.mark, record.marked_at)) {
            Some((TenantMark::Closed, at)) => {
                let seal = self.store.seal_of(id, format!("removal {}", at.0).as_bytes());
                Ok(Some(seal[..CONFIRMATION_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()))
            }
            Some((TenantMark::Removing, _)) => Ok(None),
            Some((TenantMark::Removed, _)) => Err(Error::bad_request(format!("the tenant {id} is removed"))),
            Some((TenantMark::Open, _)) | None => {
                let message = format!("the tenant {id} is not closed; run 'muster tenant close {id}' first");
                Err(Error::bad_request(message))
            }
        }
    }

    /// Removes a closed tenant, or waits until the server that has the database has removed it.
    pub async fn remove_closed_tenant(&self, id: Uuid) -> Result<(), Error> {
        // One that is being removed already has the mark.
        self.store.mark_tenant(&self.record(id, TenantMark::Removing), TenantMark::Closed).await?;
        if !self.store.is_beside() {
            return self.remove_tenant(id, Duration::ZERO).await;
        }
        while self.store.tenant_records().await?.iter().any(|record| is_removing(record, id)) {
            if self.store.is_left_alone() {
                let message =
                    format!("the server that was removing the tenant {id} has ended; run the command again");
                return Err(Error::bad_request(message));
            }
            tokio::time::sleep(REMOVAL_POLL_INTERVAL).await;
        }
        Ok(())
    }

    async fn mark(&self, record: &TenantRecord, before: TenantMark, unless: &str) -> Result<(), Error> {
        match self.store.mark_tenant(record, before).await? {
            true => Ok(()),
            false => Err(Error::bad_request(format!("the tenant {} {unless}", record.id))),
        }
    }

    fn record(&self, id: Uuid, mark: TenantMark) -> TenantRecord {
        TenantRecord { id, display_name: None, mark, marked_at: self.clock.now() }
    }
}

fn no_such_tenant(id: Uuid) -> Error {
    Error::bad_request(format!("there is no tenant {id}; see 'muster tenant list'"))
}

fn is_removing(record: &TenantRecord, id: Uuid) -> bool {
    record.id == id && record.mark == TenantMark::Removing
}
