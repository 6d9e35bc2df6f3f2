//! Statistics that SQLite's planner is told instead of gathering them: tenants are large, keys single, and a column's
//! value is in few rows. The numbers are made up and always the same, so that a statement's plan does not depend on the
//! data of the day.

use crate::layout::Table;

/// Makes the table of statistics, and empties it.
pub(crate) const CLEAR: &str = "analyze sqlite_schema; analyze schema_lock; delete from sqlite_stat1";

/// Adds the statistics of an index: table, index, numbers of rows.
pub(crate) const INSERT: &str = "insert into sqlite_stat1 (tbl, idx, stat) values (?1, ?2, ?3)";

/// Makes the planner read the statistics.
pub(crate) const LOAD: &str = "analyze sqlite_schema";

/// The statistics of a table's indexes: the name of each, and the numbers of rows.
pub(crate) fn of_table(table: &Table) -> Vec<(String, &'static str)> {
    let of_key = if table.parent.is_some() { "100000 100000 100 1" } else { "100000 100000 1" };
    let of_columns = table.columns.iter().map(|column| {
        let is_in_parent = column.is_in_parent(table);
        let numbers = match (column.unique, is_in_parent) {
            (true, _) => "100000 100000 1",
            (false, false) => "100000 100000 10 1",
            (false, true) => "100000 100000 100 10 1",
        };
        (column.index.to_string(), numbers)
    });
    [(format!("k{}", table.number), of_key)].into_iter().chain(of_columns).collect()
}
