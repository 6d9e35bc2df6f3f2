//! What tenants may hold at most, and what they hold.

use std::collections::HashMap;

use odata::edm::SetId;
use uuid::Uuid;

/// What a tenant may hold at most; what is not given has no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Quota {
    /// The entities of all sets.
    pub records: Option<u64>,
    /// The bytes of their documents and sealed secrets.
    pub bytes: Option<u64>,
    /// The entities of the one set that is counted by itself.
    pub counted: Option<CountedQuota>,
}

/// What a tenant may hold at most of the set that is counted by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedQuota {
    /// The name of the quota, which whoever exceeds it is told.
    pub name: &'static str,
    /// The number of entities that it allows.
    pub most: u64,
}

/// The quotas of tenants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotas {
    /// The set that is counted by itself.
    pub counted_set: Option<SetId>,
    /// The tenants that have a quota.
    pub of_tenants: HashMap<Uuid, Quota>,
}

/// What a tenant holds, or by how much that changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// The entities of all sets.
    pub records: i64,
    /// The bytes of their documents and sealed secrets.
    pub bytes: i64,
    /// The entities of the set that is counted by itself.
    pub counted: i64,
}

/// The quota that a unit would have exceeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExceededQuota {
    /// The name of the quota.
    pub name: &'static str,
    /// How much it allows.
    pub most: u64,
    /// The position of the change by which it is exceeded, among those of the unit.
    pub change: usize,
}

impl Quotas {
    /// The quota of a tenant, if it has one.
    pub(crate) fn of(&self, tenant: Uuid) -> Option<Quota> {
        // Most installations have none, and then nothing is looked up.
        if self.of_tenants.is_empty() { None } else { self.of_tenants.get(&tenant).copied() }
    }

    /// What so many rows of a set are, with so many bytes.
    pub(crate) fn usage(&self, set: SetId, records: i64, bytes: i64) -> Usage {
        let counted = if self.counted_set == Some(set) { records } else { 0 };
        Usage { records, bytes, counted }
    }
}

impl Usage {
    /// This, and that on top.
    pub(crate) fn plus(self, more: Usage) -> Usage {
        Usage {
            records: self.records + more.records,
            bytes: self.bytes + more.bytes,
            counted: self.counted + more.counted,
        }
    }

    /// The change that takes this away.
    pub(crate) fn negative(self) -> Usage {
        Usage { records: -self.records, bytes: -self.bytes, counted: -self.counted }
    }
}
