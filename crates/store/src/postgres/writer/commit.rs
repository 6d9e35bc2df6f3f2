//! One transaction: first the units that are written together, then the others one by one.

use std::collections::{HashMap, HashSet};

use uuid::Uuid;

use super::grouped::GroupedUnits;
use super::outcome::{BatchError, UnitResult};
use super::plan::WritePlan;
use super::single::{SingleUnits, UnusedNumbers};
use super::tables::WriterTables;
use super::tenant_numbers::TakenNumbers;
use crate::error::WriteError;
use crate::postgres::connection::Connection;
use crate::postgres::error::PostgresError;
use crate::sql::{PreparedUnit, transaction};

/// Commits units in one transaction, and gives the result of each.
pub(super) async fn commit(
    connection: &Connection,
    tables: &WriterTables,
    units: &[&PreparedUnit],
    suspects: &HashSet<usize>,
) -> Result<Vec<UnitResult>, BatchError> {
    let plan = WritePlan::new(tables, units, suspects);
    let grouped = GroupedUnits::gather(tables, units, &plan)?;
    let mut taken = grouped.write(connection, tables, &plan).await?;
    let mut results: HashMap<usize, UnitResult> = HashMap::with_capacity(units.len());
    for (index, unit) in plan.grouped.iter().filter_map(|index| Some((*index, units.get(*index)?))) {
        let back = grouped.first_back.get(&index).ok_or_else(|| BatchError::defect("number of a unit"))?;
        let taken = taken.get_mut(&unit.tenant).ok_or_else(|| BatchError::defect("numbers of a tenant"))?;
        taken.note(&tables.schema.layout, unit);
        results.insert(index, Ok(unit.versions(taken.last - back - 1)));
    }
    if !plan.single.is_empty() {
        let mut single = SingleUnits::new(connection, tables, unused(&plan, &grouped, taken)?);
        for (index, unit) in plan.single.iter().filter_map(|index| Some((*index, units.get(*index)?))) {
            results.insert(index, single.write(unit).await?);
        }
        single.finish().await?;
    }
    if !grouped.ends(tables, &plan) {
        end(connection, results.values().any(Result::is_ok)).await?;
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
async fn end(connection: &Connection, any: bool) -> Result<(), BatchError> {
    if !any {
        return Ok(connection.run(transaction::ROLLBACK).await?);
    }
    connection.run(transaction::COMMIT).await.map_err(|error| match error {
        PostgresError::Lost(message) | PostgresError::Ended(message) => BatchError::unknown(&message),
        error => BatchError::Failed(error),
    })
}

fn in_order(count: usize, mut results: HashMap<usize, UnitResult>) -> Vec<UnitResult> {
    let missing = || Err(WriteError::Corrupt("a unit was forgotten".into()));
    (0..count).map(|index| results.remove(&index).unwrap_or_else(missing)).collect()
}
