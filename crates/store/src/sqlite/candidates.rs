//! The candidates of a query, looked up in the indexes of trigrams, and how these are made.

use std::sync::Arc;

use rusqlite::{Connection, Transaction};

use super::error::read_error;
use super::trigrams::{IndexKey, TrigramIndexes, WantedIndex};
use crate::error::ReadError;
use crate::sql::{CandidateRead, ReadStatement, session};
use crate::trigrams::TextSource;

/// The rows that a statement may yield.
pub(super) struct Candidates<'c> {
    /// Their numbers, as an array.
    pub json: String,
    /// The snapshot for which they are known to be all.
    _snapshot: Transaction<'c>,
}

/// The candidates of a statement; none if it has to look at all rows.
pub(super) fn candidates<'c>(
    connection: &'c Connection,
    tenant: i64,
    indexes: Option<&TrigramIndexes>,
    statement: &ReadStatement,
) -> Result<Option<Candidates<'c>>, ReadError> {
    // A snapshot that is open already may be older than what an index is told.
    let (Some(read), Some(indexes), true) = (&statement.candidate_read, indexes, connection.is_autocommit())
    else {
        return Ok(None);
    };
    let key = |source| IndexKey { tenant, set: read.set, source };
    let wanted = |source| WantedIndex {
        key: key(source),
        slots: slots(read, source),
        documents: Arc::clone(&read.documents),
    };
    let there = read.pattern.sources().into_iter();
    let there: Vec<_> = there.filter_map(|source| Some((source, indexes.begun(wanted(source))?))).collect();
    if there.is_empty() {
        return Ok(None);
    }
    let snapshot = snapshot(connection)?;
    let look_up = |source, part: &str| {
        let (_, begun) = there.iter().find(|(of, _)| *of == source)?;
        indexes.candidates(key(source), *begun, part, read.worth)
    };
    let Some(rows) = read.pattern.candidates(&look_up) else { return Ok(None) };
    let rows: Vec<String> = rows.iter().map(u64::to_string).collect();
    Ok(Some(Candidates { json: format!("[{}]", rows.join(",")), _snapshot: snapshot }))
}

/// A snapshot that is there from now on, not only from the first read on.
fn snapshot(connection: &Connection) -> Result<Transaction<'_>, ReadError> {
    let snapshot = connection.unchecked_transaction().map_err(read_error)?;
    snapshot
        .prepare_cached(session::PING.sqlite())
        .and_then(|mut statement| statement.query_row((), |_| Ok(())))
        .map_err(read_error)?;
    Ok(snapshot)
}

/// The slots of an index's texts.
fn slots(read: &CandidateRead, source: TextSource) -> Box<[u16]> {
    match source {
        TextSource::Slot(slot) => [slot].into(),
        TextSource::Searched => read.searched.clone(),
    }
}

/// Makes an index from all rows of a snapshot.
pub(super) fn make(
    connection: &Connection,
    indexes: &TrigramIndexes,
    wanted: &WantedIndex,
) -> Result<(), ReadError> {
    let Some(mut making) = indexes.make(wanted.key) else { return Ok(()) };
    let mut statement = connection.prepare_cached(&wanted.documents).map_err(read_error)?;
    let mut rows = statement.query([wanted.key.tenant]).map_err(read_error)?;
    while let Some(row) = rows.next().map_err(read_error)? {
        let number: i64 = row.get(0).map_err(read_error)?;
        let document = row.get_ref(1).and_then(|value| Ok(value.as_bytes()?)).map_err(read_error)?;
        if let Ok(number) = u64::try_from(number)
            && !making.add(&wanted.slots, number, document)
        {
            break;
        }
    }
    making.keep();
    Ok(())
}
