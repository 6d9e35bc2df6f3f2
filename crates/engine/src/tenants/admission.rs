//! The door: whether the callers of a tenant are served at all, and whether they may change anything.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use odata::uri::Shape;
use store::{TenantMark, TenantRecord};
use uuid::Uuid;

use super::configured::{ConfiguredTenants, TenantState};
use super::request_quota::RequestQuota;
use crate::engine::Engine;
use crate::{Call, Error, ErrorKind, Verb, code};

/// The tenants as this process knows them.
pub(crate) struct Tenants {
    configured: Arc<ConfiguredTenants>,
    /// What commands have said, as it was last read.
    recorded: ArcSwap<HashMap<Uuid, TenantMark>>,
    request_quotas: HashMap<Uuid, RequestQuota>,
    /// The beginning of the first minute.
    begin: Instant,
}

impl Tenants {
    /// The tenants of the configuration, and what commands have said of them and others.
    pub(crate) fn new(configured: Arc<ConfiguredTenants>, records: &[TenantRecord]) -> Tenants {
        let limited = configured.all().filter_map(|(id, tenant)| Some((id, tenant.requests_per_minute?)));
        let request_quotas = limited.map(|(id, most)| (id, RequestQuota::new(most))).collect();
        let tenants =
            Tenants { configured, recorded: ArcSwap::default(), request_quotas, begin: Instant::now() };
        tenants.learn(records);
        tenants
    }

    /// Takes over what commands have said by now.
    pub(super) fn learn(&self, records: &[TenantRecord]) {
        let marks = records.iter().map(|record| (record.id, record.mark));
        self.recorded.store(Arc::new(marks.collect()));
    }

    /// The state of a tenant; none if it is not served here. A tenant may do what both the configuration and the commands
    /// allow.
    pub(super) fn state(&self, tenant: Uuid) -> Option<TenantState> {
        let configured = self.configured.get(tenant).map(|tenant| tenant.state);
        let recorded = self.recorded.load().get(&tenant).copied();
        match (configured, recorded) {
            (None, None) if !self.configured.is_empty() => None,
            (_, Some(TenantMark::Closed | TenantMark::Removing | TenantMark::Removed)) => {
                Some(TenantState::Closed)
            }
            (configured, _) => Some(configured.unwrap_or_default()),
        }
    }

    /// The tenants that are to go.
    pub(super) fn removing(&self) -> Vec<Uuid> {
        let recorded = self.recorded.load();
        let removing = recorded.iter().filter(|(_, mark)| **mark == TenantMark::Removing);
        removing.map(|(id, _)| *id).collect()
    }

    /// Admits a call of a tenant's, and counts it.
    pub(crate) fn admit(&self, tenant: Uuid) -> Result<(), Error> {
        match self.state(tenant) {
            Some(TenantState::Active | TenantState::ReadOnly) => {}
            Some(TenantState::Closed) => {
                let message = format!("The tenant {tenant} is closed: nothing of it can be read or changed.");
                return Err(Error::new(ErrorKind::Forbidden, message).coded(code::TENANT_CLOSED));
            }
            None => {
                let message = format!("The tenant {tenant} is not one of those that this server is for.");
                return Err(Error::new(ErrorKind::Forbidden, message).coded(code::TENANT_UNKNOWN));
            }
        }
        let Some(quota) = self.request_quotas.get(&tenant) else { return Ok(()) };
        quota.take(self.begin.elapsed()).map_err(|wait| {
            let most = quota.most();
            let message = format!("The tenant has made the {most} requests of this minute; try again later.");
            let error = Error::new(ErrorKind::TooManyRequests, message).coded(code::REQUEST_QUOTA_EXCEEDED);
            Error { retry_after: Some(wait), ..error }
        })
    }
}

impl Engine {
    /// Refuses a change in a tenant whose callers may only read. An action may change something, unless its handler says
    /// that it does not.
    pub(crate) fn admit_change(&self, call: &Call, shape: Shape) -> Result<(), Error> {
        let only_reads = match (call.verb, shape) {
            (Verb::Get, _) => true,
            (_, Shape::Operation(id)) => self.handlers.only_reads(id),
            _ => false,
        };
        if only_reads || self.tenants.state(call.caller.tenant) != Some(TenantState::ReadOnly) {
            return Ok(());
        }
        let message =
            format!("The tenant {} is read-only: nothing of it can be changed.", call.caller.tenant);
        Err(Error::new(ErrorKind::Forbidden, message).coded(code::TENANT_READ_ONLY))
    }
}
