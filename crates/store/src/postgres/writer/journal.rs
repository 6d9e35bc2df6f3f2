//! The journal's rows of one transaction.

use std::sync::{Arc, LazyLock};

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::journal::{ChangeKind, encode_keys};
use crate::layout::Layout;
use crate::sql::{PreparedChange, PreparedUnit};

/// Appends many entries; like [`super::rows`], numbered back from the tenants' last numbers.
pub(super) static APPEND: LazyLock<Arc<str>> = LazyLock::new(|| {
    "insert into journal (tenant, sequence, at, entity_set, kind, actor, application, request_id, keys) \
     select source.tenant, last.sequence - source.back, source.at, source.entity_set, source.kind, source.actor, \
     source.application, source.request_id, source.keys \
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::uuid[], $7::uuid[], \
     $8::uuid[], $9::bytea[]) \
     as source(tenant, back, at, entity_set, kind, actor, application, request_id, keys) \
     join tenant as last on last.id = source.tenant"
        .into()
});

/// Entries to append, column by column.
#[derive(Default)]
pub(super) struct Entries {
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

impl Entries {
    /// Adds the entry of a change, if it has one.
    pub fn push(&mut self, layout: &Layout, unit: &PreparedUnit, change: &PreparedChange, back: i64) {
        let (kind, set, keys) = match change {
            PreparedChange::Insert { set, key, .. } => (ChangeKind::Created, set, key.clone()),
            PreparedChange::Update { set, key, .. } => (ChangeKind::Updated, set, key.clone()),
            PreparedChange::Delete { set, key, .. } => (ChangeKind::Deleted, set, key.clone()),
            PreparedChange::Note { kind, set, keys } => (*kind, set, encode_keys(keys)),
            PreparedChange::Unchanged { .. } | PreparedChange::Beside(_) => return,
        };
        self.tenants.push(unit.tenant);
        self.back.push(back);
        self.at.push(unit.at.0);
        self.entity_sets.push(layout.table(*set).number);
        // A few kinds, numbered from zero.
        self.kinds.push(i16::try_from(kind.number()).unwrap_or(i16::MAX));
        self.actors.push(unit.actor.id);
        self.applications.push(unit.actor.application);
        self.request_ids.push(unit.request_id);
        self.keys.push(keys);
    }

    /// The parameters of [`APPEND`].
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

    /// Whether there is one of a set.
    pub fn hold(&self, tenant: Uuid, entity_set: i32) -> bool {
        self.tenants.iter().zip(&self.entity_sets).any(|entry| entry == (&tenant, &entity_set))
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.keys.len()
    }
}
