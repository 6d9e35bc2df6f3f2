//! The tenants that the configuration names.

use std::collections::HashMap;

use odata::edm::SetId;
use store::{Quota, Quotas};
use uuid::Uuid;

/// A tenant that the configuration names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfiguredTenant {
    /// Its name for people.
    pub display_name: Option<String>,
    /// The domains that are verified to be its own; if there are none, any.
    pub domains: Vec<String>,
    /// The state beyond which no command opens it.
    pub state: TenantState,
    /// What it may hold at most.
    pub quota: Quota,
    /// The calls that it may make in a minute.
    pub requests_per_minute: Option<u32>,
}

/// What the callers of a tenant may do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub enum TenantState {
    /// They may do whatever their permissions allow.
    #[default]
    Active,
    /// They may read, as far as their permissions allow.
    ReadOnly,
    /// They are refused, whatever they ask.
    Closed,
}

impl TenantState {
    /// The word by which the configuration has it.
    pub fn word(self) -> &'static str {
        match self {
            TenantState::Active => "active",
            TenantState::ReadOnly => "readOnly",
            TenantState::Closed => "closed",
        }
    }
}

/// All tenants that the configuration names. If it names any, no others are served but those that a command has created.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConfiguredTenants {
    tenants: HashMap<Uuid, ConfiguredTenant>,
}

impl ConfiguredTenants {
    /// These tenants and no others.
    pub fn new(tenants: impl IntoIterator<Item = (Uuid, ConfiguredTenant)>) -> ConfiguredTenants {
        ConfiguredTenants { tenants: tenants.into_iter().collect() }
    }

    /// Whether none is named, so that whoever comes is served.
    pub fn is_empty(&self) -> bool {
        self.tenants.is_empty()
    }

    /// A tenant, if it is named.
    pub fn get(&self, tenant: Uuid) -> Option<&ConfiguredTenant> {
        self.tenants.get(&tenant)
    }

    /// The domains that are verified to be a tenant's own; if there are none, any.
    pub fn domains(&self, tenant: Uuid) -> &[String] {
        self.get(tenant).map_or(&[], |tenant| &tenant.domains)
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = (Uuid, &ConfiguredTenant)> {
        self.tenants.iter().map(|(id, tenant)| (*id, tenant))
    }

    /// What they may hold; the entities of the one set are counted by themselves.
    pub(crate) fn quotas(&self, counted_set: Option<SetId>) -> Quotas {
        let limited = self.all().filter(|(_, tenant)| tenant.quota != Quota::default());
        Quotas { counted_set, of_tenants: limited.map(|(id, tenant)| (id, tenant.quota)).collect() }
    }
}
