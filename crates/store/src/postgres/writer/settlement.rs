//! What became of a commit whose answer was lost: looked up by what it would have left in the journal, so that it is neither
//! done twice nor told to be done when it is not.

use uuid::Uuid;

use super::tables::WriterTables;
use crate::error::WriteError;
use crate::postgres::connection::Connection;
use crate::postgres::error::PostgresError;
use crate::postgres::value::column;
use crate::sql::{PreparedUnit, journal, transaction};

/// The answer to the caller who committed a unit: the sequence number of each change.
pub(super) type UnitResult = Result<Vec<i64>, WriteError>;

/// A commit of which nobody knows yet whether it was done.
#[derive(Debug)]
pub(super) struct UnsettledCommit {
    pub message: String,
    /// The results of the units, if it was done; none if a unit alone went with its commit, and its numbers are not known.
    pub results: Option<Vec<UnitResult>>,
}

/// What became of it.
pub(super) enum Settlement {
    Committed(Vec<UnitResult>),
    /// It was not done, and will not be.
    Undone,
    /// It left nothing by which it could be found.
    Untraceable,
}

/// The entry that one of the units has in the journal if the commit was done.
struct Trace<'a> {
    unit: &'a PreparedUnit,
    /// The numbers between which the entry is.
    numbers: (i64, i64),
}

impl UnsettledCommit {
    /// The trace of its first unit that left one; `newest` is the last number that is known of a tenant.
    fn trace<'a>(&self, units: &[&'a PreparedUnit], newest: impl Fn(Uuid) -> i64) -> Option<Trace<'a>> {
        let Some(results) = &self.results else {
            let unit = units.first().filter(|unit| unit.length() > 0)?;
            return Some(Trace { unit, numbers: (newest(unit.tenant) + 1, i64::MAX) });
        };
        units.iter().zip(results).find_map(|(unit, result)| {
            // A change without an entry has the number 0.
            let first = result.as_ref().ok()?.iter().copied().filter(|number| *number > 0).min()?;
            Some(Trace { unit, numbers: (first, first) })
        })
    }

    /// Looks what became of it. The tenant's row is taken first, which waits until the transaction has ended that was being
    /// committed; and what is found is committed once more, so that it is as durable as any commit.
    pub async fn settle(
        &self,
        connection: &Connection,
        tables: &WriterTables,
        units: &[&PreparedUnit],
        newest: impl Fn(Uuid) -> i64,
    ) -> Result<Settlement, PostgresError> {
        let Some(trace) = self.trace(units, newest) else { return Ok(Settlement::Untraceable) };
        let Some(entry) = trace.unit.entries.first() else { return Ok(Settlement::Untraceable) };
        let (unit, (from, to)) = (trace.unit, trace.numbers);
        connection.begin().await?;
        let nothing: (&[i64], &[&str], &[Option<&str>]) = (&[0], &["{}"], &[None]);
        let tenants: &[Uuid] = &[unit.tenant];
        connection.query(&journal::TAKE_NUMBERS, &[&tenants, &nothing.0, &nothing.1, &nothing.2]).await?;
        let set_number = tables.schema.table(entry.set).number;
        let rows = connection
            .query(
                &journal::FIND_OWN,
                &[
                    &unit.tenant,
                    &from,
                    &to,
                    &unit.request_id,
                    &unit.at.0,
                    &set_number,
                    &entry.kind.number(),
                    &entry.keys.as_slice(),
                ],
            )
            .await?;
        let Some(row) = rows.first() else {
            connection.run(transaction::ROLLBACK).await?;
            return Ok(Settlement::Undone);
        };
        let first: i64 = column(row, 0)?;
        connection.run(transaction::COMMIT).await?;
        let alone = || vec![Ok(unit.versions(first - 1))];
        Ok(Settlement::Committed(self.results.clone().unwrap_or_else(alone)))
    }
}
