//! The index of trigrams: read for candidates, and written in lulls.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::error::read_error;
use crate::error::ReadError;
use crate::layout::Layout;
use crate::sql::{CandidateRead, Dialect, trigrams};

/// One snapshot for the candidates and for the rows.
pub(super) fn snapshot(connection: &Connection) -> Result<Option<Transaction<'_>>, ReadError> {
    let wanted = connection.is_autocommit();
    wanted.then(|| connection.unchecked_transaction()).transpose().map_err(read_error)
}

/// The candidates, as an array in JSON; none if there are too many.
pub(super) fn candidates(
    connection: &Connection,
    tenant: i64,
    candidate_read: &CandidateRead,
) -> Result<Option<String>, ReadError> {
    let mut statement = connection.prepare_cached(&candidate_read.candidates).map_err(read_error)?;
    let mut found = statement.query((tenant, &candidate_read.pattern)).map_err(read_error)?;
    let (mut json, mut count) = (String::from("["), 0);
    while let Some(row) = found.next().map_err(read_error)? {
        if count > 0 {
            json.push(',');
        }
        count += 1;
        json.push_str(&row.get::<_, i64>(0).map_err(read_error)?.to_string());
    }
    json.push(']');
    Ok((count <= candidate_read.candidates_max).then_some(json))
}

/// Indexes some of the rows that have other texts, in a transaction of its own; whether there were any.
pub(super) fn index_some(connection: &mut Connection, layout: &Layout) -> rusqlite::Result<bool> {
    for table in layout.tables() {
        let (Some(index), Some(texts)) = (trigrams::name(table, Dialect::Sqlite), table.search()) else {
            continue;
        };
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let mut indexed = 0;
        for text in trigrams::index_some(table, texts, &index) {
            indexed = transaction.prepare_cached(&text)?.raw_execute()?;
        }
        transaction.commit()?;
        if indexed > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}
