//! The journal's entries of one transaction that an audit is told, each tied to the one before it.

use std::collections::HashMap;

use uuid::Uuid;

use crate::audit::CHAIN_BEGIN;
use crate::layout::Layout;
use crate::postgres::audit_rows::ChainedEntry;
use crate::postgres::connection::Connection;
use crate::postgres::error::PostgresError;
use crate::postgres::value::column;
use crate::sql::{PreparedEntry, PreparedUnit, audit};

/// The entries to append, in the order of their numbers.
#[derive(Default)]
pub(super) struct AuditRows<'a> {
    rows: Vec<AuditRow<'a>>,
}

struct AuditRow<'a> {
    unit: &'a PreparedUnit,
    entry: &'a PreparedEntry,
    record: &'a str,
    sequence: i64,
    set_number: i32,
}

impl<'a> AuditRows<'a> {
    /// Adds those of a unit, whose entries have numbers from `first` on.
    pub fn push(&mut self, layout: &Layout, unit: &'a PreparedUnit, first: i64) {
        for (entry, sequence) in unit.entries.iter().zip(first..) {
            if let Some(record) = &entry.record {
                let set_number = layout.table(entry.set).number;
                self.rows.push(AuditRow { unit, entry, record, sequence, set_number });
            }
        }
    }

    /// Appends them. The tenants' rows are locked, so nobody else goes on with their chains.
    pub async fn append(&self, connection: &Connection) -> Result<(), PostgresError> {
        let mut heads: HashMap<Uuid, (i64, Vec<u8>)> = HashMap::new();
        for AuditRow { unit, entry, record, sequence, set_number } in &self.rows {
            let before = match heads.remove(&unit.tenant) {
                Some((_, hash)) => hash,
                None => {
                    let rows = connection.query(audit::HEAD.postgres(), &[&unit.tenant]).await?;
                    let hash = rows.first().map(|row| column(row, 1)).transpose()?;
                    hash.unwrap_or_else(|| CHAIN_BEGIN.to_vec())
                }
            };
            let chained = ChainedEntry {
                tenant: unit.tenant,
                sequence: *sequence,
                at: unit.at,
                set_number: *set_number,
                kind: entry.kind,
                actor: unit.actor,
                request_id: unit.request_id,
                keys: &entry.keys,
                record,
            };
            let hash = chained.append(connection, &before).await?;
            heads.insert(unit.tenant, (*sequence, hash));
        }
        for (tenant, (sequence, hash)) in &heads {
            connection.execute(audit::SET_HEAD.postgres(), &[tenant, sequence, hash]).await?;
        }
        Ok(())
    }
}
