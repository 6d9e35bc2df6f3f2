//! The journal's rows of one transaction, column by column, as parameters.

use tokio_postgres::types::ToSql;
use uuid::Uuid;

use crate::layout::Layout;
use crate::sql::PreparedUnit;

/// The entries to append, column by column.
#[derive(Default)]
pub(super) struct JournalRows<'a> {
    tenants: Vec<Uuid>,
    back: Vec<i64>,
    at: Vec<i64>,
    entity_sets: Vec<i32>,
    kinds: Vec<i16>,
    actors: Vec<Uuid>,
    applications: Vec<Uuid>,
    request_ids: Vec<Uuid>,
    keys: Vec<&'a [u8]>,
}

impl<'a> JournalRows<'a> {
    /// Adds the entries of a unit, whose first number lies so far back from the tenant's last one; but those that an audit
    /// is told.
    pub fn push(&mut self, layout: &Layout, unit: &'a PreparedUnit, first_back: i64) {
        let numbered = unit.entries.iter().zip((0..=first_back).rev());
        for (entry, back) in numbered.filter(|(entry, _)| entry.record.is_none()) {
            self.tenants.push(unit.tenant);
            self.back.push(back);
            self.at.push(unit.at.0);
            self.entity_sets.push(layout.table(entry.set).number);
            self.kinds.push(entry.kind.number());
            self.actors.push(unit.actor.id);
            self.applications.push(unit.actor.application);
            self.request_ids.push(unit.request_id);
            self.keys.push(&entry.keys);
        }
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

    /// The number of entries.
    pub fn len(&self) -> usize {
        self.keys.len()
    }
}
