//! Writing: one task commits whatever waits in one transaction, because a commit costs a wait for the disk and a row
//! hardly anything.

mod beside;
mod grouped;
mod journal;
mod plan;
mod queue;
mod rows;
mod single;
#[cfg(test)]
mod tests;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use odata::edm::SetId;

use super::connection::Connection;
use super::failure::Failure;
use crate::WriteError;
use crate::layout::Layout;
use crate::sql::PreparedUnit;
use grouped::Grouped;
use plan::Plan;
use rows::Texts;
use single::{Numbers, Single};

pub(super) use queue::Writer;

/// What a unit is answered.
type Answer = Result<Vec<i64>, WriteError>;

/// Why a transaction came to nothing.
#[derive(Debug)]
enum Stop {
    /// It would have succeeded without these units.
    Suspects(Vec<usize>),
    /// It was not committed.
    Failed(Failure),
    /// The connection broke during the commit: nobody knows.
    Unknown(String),
}

impl Stop {
    fn unknown(message: &str) -> Stop {
        Stop::Unknown(format!("whether the write was committed is unknown: {message}"))
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Stop {
        Stop::Failed(failure)
    }
}

/// The layout, with the statements of many rows for each of its tables.
struct Tables {
    layout: Arc<Layout>,
    texts: Vec<Texts>,
}

impl Tables {
    fn new(layout: Arc<Layout>) -> Tables {
        let texts = layout.tables().iter().map(|table| Texts::render(&layout, table)).collect();
        Tables { layout, texts }
    }

    fn texts(&self, set: SetId) -> &Texts {
        &self.texts[set.index()]
    }
}

/// Commits units in one transaction, and answers each.
async fn commit(
    connection: &Connection,
    tables: &Tables,
    units: &[&PreparedUnit],
    suspects: &HashSet<usize>,
) -> Result<Vec<Answer>, Stop> {
    let plan = Plan::new(&tables.layout, units, suspects);
    let grouped = Grouped::gather(tables, units, &plan);
    let last = grouped.write(connection, tables, &plan).await?;
    let mut answers: HashMap<usize, Answer> = HashMap::with_capacity(units.len());
    for (index, unit) in plan.grouped.iter().filter_map(|index| Some((*index, units.get(*index)?))) {
        let back = grouped.first_back.get(&index).copied().unwrap_or_default();
        let first = last.get(&unit.tenant).copied().unwrap_or_default() - back;
        answers.insert(index, Ok(plan::versions(unit, first)));
    }
    if !plan.single.is_empty() {
        let numbers = last.iter().map(|(tenant, last)| {
            let used = grouped.used.get(tenant).copied().unwrap_or_default();
            let total = plan.changes.get(tenant).copied().unwrap_or_default();
            (*tenant, Numbers { next: last - total + 1 + used, last: *last })
        });
        let mut single = Single::new(connection, tables, numbers.collect());
        for (index, unit) in plan.single.iter().filter_map(|index| Some((*index, units.get(*index)?))) {
            answers.insert(index, single.write(unit).await?);
        }
        single.finish().await?;
    }
    if !grouped.ends(tables, &plan) {
        end(connection, answers.values().any(Result::is_ok)).await?;
    }
    Ok(plan_order(units.len(), answers))
}

/// Commits, or undoes what amounts to nothing.
async fn end(connection: &Connection, any: bool) -> Result<(), Stop> {
    if !any {
        return Ok(connection.run("rollback").await?);
    }
    connection.run("commit").await.map_err(|failure| match failure {
        Failure::Lost(message) | Failure::Ended(message) => Stop::unknown(&message),
        failure => Stop::Failed(failure),
    })
}

fn plan_order(count: usize, mut answers: HashMap<usize, Answer>) -> Vec<Answer> {
    let missing = || Err(WriteError::Corrupt("a unit was forgotten".into()));
    (0..count).map(|index| answers.remove(&index).unwrap_or_else(missing)).collect()
}
