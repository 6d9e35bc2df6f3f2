//! One transaction: first the units that are written together, then the others one by one.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use tokio::time::timeout;
use uuid::Uuid;

use super::grouped::GroupedUnits;
use super::outcome::BatchError;
use super::plan::WritePlan;
use super::settlement::UnitResult;
use super::single::{SingleUnits, UnusedNumbers};
use super::tables::WriterTables;
use super::tenant_numbers::TakenNumbers;
use crate::error::WriteError;
use crate::postgres::connection::Connection;
use crate::postgres::error::{PostgresError, timed_out};
use crate::sql::{PreparedUnit, transaction};

/// Commits units in one transaction, and gives the result of each. Neither the writing nor the commit may take longer than
/// the patience. Who loses it before the commit is sent knows that nothing is done, if the connection is given up.
pub(super) async fn commit(
    connection: &Connection,
    tables: &WriterTables,
    units: &[&PreparedUnit],
    suspects: &HashSet<usize>,
    patience: Duration,
) -> Result<Vec<UnitResult>, BatchError> {
    let plan = WritePlan::new(tables, units, suspects);
    let grouped = GroupedUnits::gather(tables, units, &plan)?;
    let goes_with_commit = grouped.ends(tables, &plan);
    match timeout(patience, write(connection, tables, units, (&plan, &grouped))).await {
        Ok(results) if goes_with_commit => results,
        Ok(results) => end(connection, results?, patience).await,
        Err(_) if goes_with_commit => Err(BatchError::unknown(timed_out().message(), None)),
        Err(_) => Err(BatchError::Failed(timed_out())),
    }
}

/// Writes the units within a transaction, and gives the result of each.
async fn write(
    connection: &Connection,
    tables: &WriterTables,
    units: &[&PreparedUnit],
    (plan, grouped): (&WritePlan, &GroupedUnits<'_>),
) -> Result<Vec<UnitResult>, BatchError> {
    let mut taken = grouped.write(connection, tables, plan).await?;
    let mut results: HashMap<usize, UnitResult> = HashMap::with_capacity(units.len());
    for (index, unit) in plan.grouped.iter().filter_map(|index| Some((*index, units.get(*index)?))) {
        let back = grouped.first_back.get(&index).ok_or_else(|| BatchError::defect("number of a unit"))?;
        let taken = taken.get_mut(&unit.tenant).ok_or_else(|| BatchError::defect("numbers of a tenant"))?;
        taken.note(&tables.schema.layout, unit);
        results.insert(index, Ok(unit.versions(taken.last - back - 1)));
    }
    if !plan.single.is_empty() {
        let mut single = SingleUnits::new(connection, tables, unused(plan, grouped, taken)?);
        for (index, unit) in plan.single.iter().filter_map(|index| Some((*index, units.get(*index)?))) {
            results.insert(index, single.write(unit).await?);
        }
        single.finish().await?;
    }
    Ok(in_order(units.len(), results))
}

/// The numbers that the grouped units have left to each tenant.
fn unused(
    plan: &WritePlan,
    grouped: &GroupedUnits<'_>,
    mut taken: HashMap<Uuid, TakenNumbers>,
) -> Result<HashMap<Uuid, UnusedNumbers>, BatchError> {
    let unused = plan.numbers.iter().map(|(tenant, total)| {
        let taken = taken.remove(tenant).ok_or_else(|| BatchError::defect("numbers of a tenant"))?;
        // A tenant without grouped units has used none.
        let used = grouped.used.get(tenant).copied().unwrap_or(0);
        Ok((*tenant, UnusedNumbers { next: taken.last - total.count + 1 + used, taken, is_metered: false }))
    });
    unused.collect()
}

/// Commits, or undoes what amounts to nothing.
async fn end(
    connection: &Connection,
    results: Vec<UnitResult>,
    patience: Duration,
) -> Result<Vec<UnitResult>, BatchError> {
    if !results.iter().any(Result::is_ok) {
        let undone = timeout(patience, connection.run(transaction::ROLLBACK)).await;
        undone.map_err(|_| timed_out())??;
        return Ok(results);
    }
    let committed = timeout(patience, connection.run(transaction::COMMIT)).await;
    match committed.unwrap_or_else(|_| Err(timed_out())) {
        Ok(()) => Ok(results),
        Err(PostgresError::Lost(message) | PostgresError::Ended(message)) => {
            Err(BatchError::unknown(&message, Some(results)))
        }
        Err(error) => Err(BatchError::Failed(error)),
    }
}

fn in_order(count: usize, mut results: HashMap<usize, UnitResult>) -> Vec<UnitResult> {
    let missing = || Err(WriteError::Corrupt("a unit was forgotten".into()));
    (0..count).map(|index| results.remove(&index).unwrap_or_else(missing)).collect()
}
