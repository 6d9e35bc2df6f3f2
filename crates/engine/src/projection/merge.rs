//! Two lists as one: what is stored and what is projected, each read a chunk at a time in the order that is wanted.

use std::collections::VecDeque;

use odata::query::evaluate::{evaluate, matches};
use odata::query::{Cursor, Expression, OrderKey};
use odata::{Record, Value};
use store::{Query, Row, Store};

use super::Projection;
use super::rewrite::SourceQuery;
use crate::Error;
use crate::sort_order::order;

/// The rows that are read at once.
const CHUNK: u64 = 1_000;

/// The entities of a query, stored and projected ones.
pub(super) async fn list(
    store: &Store,
    projection: &Projection,
    query: &Query,
    SourceQuery { query: mut sources, residual }: SourceQuery,
) -> Result<Vec<Row>, Error> {
    // Of the first entities no more are stored than there are, and the others need not be read.
    sources.skip = match (query.skip, &residual) {
        (0, _) | (_, Some(_)) => 0,
        (skip, None) => skip.saturating_sub(store.count(query).await?),
    };
    let mut to_skip = query.skip - sources.skip;
    let size = query.limit.saturating_add(to_skip).min(CHUNK);
    let stored = Query { skip: 0, limit: size, ..query.clone() };
    let mut stored = SortedRows::new(store, &query.order_by, stored, None);
    let sources = Query { limit: size, ..sources };
    let mut projected = SortedRows::new(store, &query.order_by, sources, Some((projection, residual)));
    let mut rows = Vec::new();
    while (rows.len() as u64) < query.limit {
        stored.fill().await?;
        projected.fill().await?;
        let is_stored_next = match (stored.waiting.front(), projected.waiting.front()) {
            (None, None) => break,
            (one, other) => {
                other.is_none_or(|other| one.is_some_and(|one| is_before(&query.order_by, one, other)))
            }
        };
        let next = if is_stored_next { &mut stored } else { &mut projected };
        let Some(SortedRow { row, .. }) = next.waiting.pop_front() else { break };
        match to_skip {
            0 => rows.push(row),
            _ => to_skip -= 1,
        }
    }
    Ok(rows)
}

/// The number of projections of a query.
pub(super) async fn count(
    store: &Store,
    projection: &Projection,
    SourceQuery { query, residual }: SourceQuery,
) -> Result<u64, Error> {
    if residual.is_none() {
        return Ok(store.count(&query).await?);
    }
    let query = Query { order_by: Vec::new(), after: None, skip: 0, limit: CHUNK, ..query };
    let mut rows = SortedRows::new(store, &[], query, Some((projection, residual)));
    let mut count = 0;
    loop {
        rows.fill().await?;
        if rows.waiting.is_empty() {
            return Ok(count);
        }
        count += rows.waiting.drain(..).len() as u64;
    }
}

/// A row, and the values that it is ordered by.
struct SortedRow {
    values: Vec<Value>,
    row: Row,
}

/// The rows of one of the lists, read a chunk at a time.
struct SortedRows<'a> {
    store: &'a Store,
    /// The order of the rows as they are shown.
    order_by: &'a [OrderKey],
    /// The query of the next chunk.
    query: Query,
    /// What is shown in place of the rows that are read, and the condition that it has to meet.
    projection: Option<(&'a Projection, Option<Expression>)>,
    waiting: VecDeque<SortedRow>,
    is_at_end: bool,
}

impl<'a> SortedRows<'a> {
    fn new(
        store: &'a Store,
        order_by: &'a [OrderKey],
        query: Query,
        projection: Option<(&'a Projection, Option<Expression>)>,
    ) -> SortedRows<'a> {
        let waiting = VecDeque::new();
        SortedRows { store, order_by, query, projection, waiting, is_at_end: false }
    }

    /// Reads on until a row is waiting, or there are no more.
    async fn fill(&mut self) -> Result<(), Error> {
        while self.waiting.is_empty() && !self.is_at_end {
            let rows = self.store.list(&self.query).await?;
            self.is_at_end = (rows.len() as u64) < self.query.limit;
            for row in rows {
                self.add(row)?;
            }
        }
        Ok(())
    }

    /// Adds a row, and goes on after it.
    fn add(&mut self, row: Row) -> Result<(), Error> {
        let key = row.key.clone();
        let (values, row) = match &self.projection {
            Some((projection, residual)) => {
                let (row, record) = projection
                    .row(self.store, &row)?
                    .ok_or_else(|| Error::defect(format!("{key} is marked and has no projection")))?;
                let is_shown = residual.as_ref().is_none_or(|residual| matches(residual, &record));
                (self.values(&record), is_shown.then_some(row))
            }
            None if self.order_by.is_empty() => (Vec::new(), Some(row)),
            None => (self.values(&self.store.record(self.query.set, &row)?), Some(row)),
        };
        self.query.skip = 0;
        self.query.after = Some(Cursor { values: values.clone(), key });
        self.waiting.extend(row.map(|row| SortedRow { values, row }));
        Ok(())
    }

    fn values(&self, record: &Record) -> Vec<Value> {
        self.order_by.iter().map(|key| evaluate(&key.expression, record)).collect()
    }
}

fn is_before(order_by: &[OrderKey], one: &SortedRow, other: &SortedRow) -> bool {
    order(order_by, (&one.values, &one.row.key), (&other.values, &other.row.key)).is_le()
}
