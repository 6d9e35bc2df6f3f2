//! What tenants with a quota hold, as the only writer knows it: counted once after a start, and from then on with each unit.

use std::collections::HashMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::quota::{Quota, Quotas, Usage};

/// The counts of tenants with a quota.
#[derive(Debug)]
pub(in crate::sqlite) struct TenantUsage {
    quotas: Arc<Quotas>,
    committed: HashMap<Uuid, Usage>,
    /// Those of the transaction that is open.
    pending: HashMap<Uuid, Usage>,
}

impl TenantUsage {
    /// Nothing has been counted.
    pub fn new(quotas: Arc<Quotas>) -> TenantUsage {
        TenantUsage { quotas, committed: HashMap::new(), pending: HashMap::new() }
    }

    /// The quotas that are kept to.
    pub fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    /// The quota of a tenant, and what the tenant holds if that has been counted.
    pub fn of(&self, tenant: Uuid) -> Option<(Quota, Option<Usage>)> {
        let quota = self.quotas.of(tenant)?;
        let held = self.pending.get(&tenant).or_else(|| self.committed.get(&tenant));
        Some((quota, held.copied()))
    }

    /// Notes what a tenant holds in the open transaction.
    pub fn note(&mut self, tenant: Uuid, usage: Usage) {
        self.pending.insert(tenant, usage);
    }

    /// The transaction has been undone.
    pub fn undo(&mut self) {
        self.pending.clear();
    }

    /// The transaction has been committed.
    pub fn commit(&mut self) {
        self.committed.extend(self.pending.drain());
    }

    /// It is not known what was committed: all is counted again.
    pub fn forget(&mut self) {
        self.pending.clear();
        self.committed.clear();
    }
}
