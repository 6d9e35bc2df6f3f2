//! The tenants as this process knows them: which are served, and in which state.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use arc_swap::ArcSwap;
use store::{TenantMark, TenantRecord};
use uuid::Uuid;

use super::configured::{ConfiguredTenants, TenantState};
use super::request_quota::RequestQuota;
use crate::{Error, ErrorKind, code};

/// The tenants as this process knows them.
pub(crate) struct ServedTenants {
    configured: Arc<ConfiguredTenants>,
    /// What commands have said, as it was last read.
    recorded: ArcSwap<HashMap<Uuid, TenantMark>>,
    request_quotas: HashMap<Uuid, RequestQuota>,
    /// The beginning of the first minute.
    begin: Instant,
}

impl ServedTenants {
    /// The tenants of the configuration, and what commands have said of them and others.
    pub(crate) fn new(configured: Arc<ConfiguredTenants>, records: &[TenantRecord]) -> ServedTenants {
        let limited = configured.all().filter_map(|(id, tenant)| Some((id, tenant.requests_per_minute?)));
        let request_quotas = limited.map(|(id, most)| (id, RequestQuota::new(most))).collect();
        let tenants =
            ServedTenants { configured, recorded: ArcSwap::default(), request_quotas, begin: Instant::now() };
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
            let message = format!(
                "The tenant has made the {most} requests that its quota 'requests_per_minute' allows; try again later."
            );
            let error = Error::new(ErrorKind::TooManyRequests, message).coded(code::REQUEST_QUOTA_EXCEEDED);
            Error { retry_after: Some(wait), ..error }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use odata::date_time::Ticks;
    use store::{TenantMark, TenantRecord};
    use uuid::Uuid;

    use super::ServedTenants;
    use crate::tenants::TenantState::{Active, Closed, ReadOnly};
    use crate::tenants::{ConfiguredTenant, ConfiguredTenants};

    const TENANT: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    fn record(mark: TenantMark) -> TenantRecord {
        TenantRecord { id: TENANT, display_name: None, mark, marked_at: Ticks(0) }
    }

    #[test]
    fn a_tenant_may_do_what_both_allow() {
        use TenantMark::{Open, Removed, Removing};
        let cases = [
            // The configuration names no tenant, another one, or this one.
            (None, None, Some(Active)),
            (None, Some(TenantMark::Closed), Some(Closed)),
            (Some((OTHER, Active)), None, None),
            (Some((OTHER, Active)), Some(Open), Some(Active)),
            (Some((OTHER, Active)), Some(TenantMark::Closed), Some(Closed)),
            (Some((TENANT, Active)), None, Some(Active)),
            (Some((TENANT, ReadOnly)), Some(Open), Some(ReadOnly)),
            (Some((TENANT, ReadOnly)), Some(TenantMark::Closed), Some(Closed)),
            (Some((TENANT, Closed)), Some(Open), Some(Closed)),
            (Some((TENANT, Active)), Some(Removing), Some(Closed)),
            (Some((TENANT, Active)), Some(Removed), Some(Closed)),
        ];
        for (configured, mark, expected) in cases {
            let tenant = |(id, state)| (id, ConfiguredTenant { state, ..ConfiguredTenant::default() });
            let tenants = ConfiguredTenants::new(configured.map(tenant));
            let records: Vec<TenantRecord> = mark.map(record).into_iter().collect();
            let served = ServedTenants::new(Arc::new(tenants), &records);
            assert_eq!(served.state(TENANT), expected, "{configured:?} {mark:?}");
            assert_eq!(served.admit(TENANT).is_ok(), matches!(expected, Some(Active | ReadOnly)));
        }
    }

    #[test]
    fn what_a_command_says_later_counts_from_then_on() {
        let served = ServedTenants::new(Arc::default(), &[]);
        served.learn(&[record(TenantMark::Closed)]);
        assert!(served.admit(TENANT).is_err() && served.admit(OTHER).is_ok());
        served.learn(&[record(TenantMark::Open)]);
        assert!(served.admit(TENANT).is_ok());
        served.learn(&[record(TenantMark::Removing)]);
        assert_eq!(served.removing(), [TENANT]);
    }
}
