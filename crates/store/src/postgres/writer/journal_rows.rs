//! The journal's rows of one transaction, column by column, as parameters.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::journal::ChangeKind;
use crate::layout::Layout;
use crate::sql::{PreparedChange, PreparedUnit};

/// The entries to append, column by column.
#[derive(Default)]
pub(super) struct JournalRows {
    tenants: Vec<Uuid>,
    back: Vec<i64>,
    at: Vec<i64>,
    entity_sets: Vec<i32>,
    kinds: Vec<i16>,
    actors: Vec<Uuid>,
    applications: Vec<Uuid>,
    request_ids: Vec<Uuid>,
    keys: Vec<Vec<u8>>,
}

impl JournalRows {
    /// Adds the entry of a change, if it has one.
    pub fn push(&mut self, layout: &Layout, unit: &PreparedUnit, change: &PreparedChange, back: i64) {
        let (kind, set, keys) = match change {
            PreparedChange::Insert { set, key, .. } => (ChangeKind::Created, set, key.clone()),
            PreparedChange::Update { set, key, .. } => (ChangeKind::Updated, set, key.clone()),
            PreparedChange::Delete { set, key, .. } => (ChangeKind::Deleted, set, key.clone()),
            PreparedChange::Note { kind, set, encoded, .. } => (*kind, set, encoded.clone()),
            PreparedChange::Unchanged { .. } | PreparedChange::SideWrite(_) => return,
        };
        self.tenants.push(unit.tenant);
        self.back.push(back);
        self.at.push(unit.at.0);
        self.entity_sets.push(layout.table(*set).number);
        self.kinds.push(kind.number());
        self.actors.push(unit.actor.id);
        self.applications.push(unit.actor.application);
        self.request_ids.push(unit.request_id);
        self.keys.push(keys);
    }

    /// The parameters of [`crate::sql::journal::APPEND`].
    pub fn parameters(&self) -> [&(dyn ToSql + Sync); 9] {
        [
            &self.tenants,
            &self.back,
            &self.at,
            &self.entity_sets,
            &self.kinds,
            &self.actors,
            &self.applications,
            &self.request_ids,
            &self.keys,
        ]
    }

    /// Whether there is an entry of a tenant's set.
    pub fn hold(&self, tenant: Uuid, entity_set: i32) -> bool {
        self.tenants.iter().zip(&self.entity_sets).any(|entry| entry == (&tenant, &entity_set))
    }

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.keys.len()
    }
}
