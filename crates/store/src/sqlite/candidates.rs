//! The candidates of a query: looked up in the indexes of trigrams, which are made where they are not there yet.

use rusqlite::{Connection, Transaction};

use super::error::read_error;
use super::trigrams::{IndexInMaking, IndexKey, Reservation, TrigramIndexes};
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
    let (mut made, mut to_make) = (Vec::new(), Vec::new());
    for source in read.pattern.sources() {
        match indexes.reserve(IndexKey { tenant, set: read.set, source }, &slots(read, source)) {
            Reservation::Made(begun) => made.push((source, begun)),
            Reservation::ToMake(making) => to_make.push(Making { indexes, index: Some(making) }),
            Reservation::Missing => {}
        }
    }
    if made.is_empty() && to_make.is_empty() {
        return Ok(None);
    }
    let snapshot = snapshot(connection)?;
    for mut making in to_make {
        made.extend(making.make(connection, tenant, read)?);
    }
    let look_up = |source, part: &str| {
        let (_, begun) = made.iter().find(|(of, _)| *of == source)?;
        indexes.candidates(IndexKey { tenant, set: read.set, source }, *begun, part, read.worth)
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

/// An index that this query makes. If the query fails, another one makes it.
struct Making<'i> {
    indexes: &'i TrigramIndexes,
    index: Option<IndexInMaking>,
}

impl Making<'_> {
    /// Makes the index from all rows of the snapshot.
    fn make(
        &mut self,
        connection: &Connection,
        tenant: i64,
        read: &CandidateRead,
    ) -> Result<Option<(TextSource, u64)>, ReadError> {
        let Some(index) = &mut self.index else { return Ok(None) };
        let (source, begun) = (index.key.source, index.begun);
        let slots = slots(read, source);
        let mut statement = connection.prepare_cached(&read.documents).map_err(read_error)?;
        let mut rows = statement.query([tenant]).map_err(read_error)?;
        while let Some(row) = rows.next().map_err(read_error)? {
            let number: i64 = row.get(0).map_err(read_error)?;
            let document = row.get_ref(1).and_then(|value| Ok(value.as_bytes()?)).map_err(read_error)?;
            if let Ok(number) = u64::try_from(number)
                && !TrigramIndexes::add(index, &slots, number, document)
            {
                break;
            }
        }
        if let Some(index) = self.index.take() {
            self.indexes.keep(index);
        }
        Ok(Some((source, begun)))
    }
}

impl Drop for Making<'_> {
    fn drop(&mut self) {
        if let Some(index) = &self.index {
            self.indexes.give_up(index);
        }
    }
}
