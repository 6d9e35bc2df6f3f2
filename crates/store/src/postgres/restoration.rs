//! Telling each tenant's audit of the restores that the database comes from.

use odata::date_time::Ticks;
use uuid::Uuid;

use super::audit_rows::{ChainedEntry, head, tenants};
use super::connection::Connection;
use super::error::PostgresError;
use super::value::column;
use crate::audit::CHAIN_BEGIN;
use crate::restoration::{KIND, NO_SET, Restoration};
use crate::sql::{audit, restoration as texts};

/// Writes what no audit tells yet, all of it or nothing. The schema is this process's.
pub(super) async fn record(connection: &Connection) -> Result<(), PostgresError> {
    let unrecorded = unrecorded(connection).await?;
    if unrecorded.is_empty() {
        return Ok(());
    }
    let append_all = async || {
        for restoration in &unrecorded {
            for tenant in tenants(&connection.query(texts::TENANTS.postgres(), &[]).await?)? {
                append(connection, tenant, restoration).await?;
            }
        }
        connection.execute(texts::SET_RECORDED.postgres(), &[]).await.map(|_| ())
    };
    connection.transaction(append_all).await
}

async fn append(
    connection: &Connection,
    tenant: Uuid,
    restoration: &Restoration,
) -> Result<(), PostgresError> {
    let sequence = restoration.sequence + 1;
    // Locks the tenant's row.
    connection.execute(texts::SET_SEQUENCE.postgres(), &[&tenant, &sequence]).await?;
    let end = head(&connection.query(audit::HEAD.postgres(), &[&tenant]).await?)?;
    let before = end.map_or_else(|| CHAIN_BEGIN.to_vec(), |end| end.hash.into());
    let (unit, record) = (restoration.unit(tenant), restoration.record(tenant));
    let entry = ChainedEntry {
        tenant,
        sequence,
        at: unit.at,
        set_number: NO_SET,
        kind: KIND,
        actor: unit.actor,
        request_id: unit.request_id,
        keys: &[],
        record: &record,
    };
    let hash = entry.append(connection, &before).await?;
    connection.execute(audit::SET_HEAD.postgres(), &[&tenant, &sequence, &hash]).await?;
    Ok(())
}

async fn unrecorded(connection: &Connection) -> Result<Vec<Restoration>, PostgresError> {
    let rows = connection.query_alone(texts::UNRECORDED.postgres(), &[]).await?;
    let restoration = |row| {
        let (at, taken_at) = (Ticks(column(row, 1)?), Ticks(column(row, 2)?));
        Ok(Restoration { sequence: column(row, 0)?, at, taken_at, digest: column(row, 3)? })
    };
    rows.iter().map(restoration).collect()
}
