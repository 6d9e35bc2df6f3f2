//! Telling each tenant's audit of the restores that the file comes from.

use std::collections::HashMap;

use odata::date_time::Ticks;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use uuid::Uuid;

use super::audit;
use super::identities::Identities;
use crate::restoration::{KIND, NO_SET, Restoration};
use crate::sql::{self, restoration as texts};

/// Writes what no audit tells yet, all of it or nothing. Nobody else writes.
pub(super) fn record(connection: &mut Connection) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for restoration in unrecorded(&transaction)? {
        let mut sequence = restoration.sequence;
        for tenant in tenants(&transaction)? {
            sequence += 1;
            append(&transaction, tenant, sequence, &restoration)?;
        }
    }
    transaction.execute(texts::SET_RECORDED.sqlite(), ())?;
    transaction.commit()
}

fn append(
    transaction: &Transaction<'_>,
    tenant: Uuid,
    sequence: i64,
    restoration: &Restoration,
) -> rusqlite::Result<()> {
    let (unit, record) = (restoration.unit(tenant), restoration.record(tenant));
    let (identities, mut pending) = (Identities::default(), HashMap::new());
    let mut number = |uuid| identities.number_or_new(transaction, uuid, &mut pending);
    let (tenant, actor) = (number(tenant)?, number(unit.actor.id)?);
    let application = number(unit.actor.application)?;
    let link = audit::chain(transaction, tenant, sequence, &record)?;
    let values = (
        tenant,
        sequence,
        unit.at.0,
        NO_SET,
        KIND.number(),
        actor,
        application,
        unit.request_id.as_bytes(),
        [0_u8; 0],
        record,
        link,
    );
    transaction.prepare_cached(sql::audit::APPEND.sqlite())?.execute(values).map(|_| ())
}

fn unrecorded(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<Restoration>> {
    let mut statement = transaction.prepare(texts::UNRECORDED.sqlite())?;
    let found = statement.query_map((), |row| {
        let (at, taken_at) = (Ticks(row.get(1)?), Ticks(row.get(2)?));
        Ok(Restoration { sequence: row.get(0)?, at, taken_at, digest: row.get(3)? })
    })?;
    found.collect()
}

fn tenants(transaction: &Transaction<'_>) -> rusqlite::Result<Vec<Uuid>> {
    let mut statement = transaction.prepare(texts::TENANTS.sqlite())?;
    let found = statement.query_map((), |row| row.get(0).map(Uuid::from_bytes))?;
    found.collect()
}
