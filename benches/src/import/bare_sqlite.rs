//! The bare SQLite: a copy of Muster's empty file, given the rows of its full one.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags, Row, Rows, Statement};

use super::commits::Commits;
use super::identifier::quoted;
use crate::bare_sqlite::connect;

/// Pages of the log after which they are moved into the file.
const LOG_PAGES: i64 = 1_000;
/// The table whose keys are digests: in their order they would be cheaper to insert than they ever come. Its content
/// begins with what comes in the order of time.
const LEDGER: &str = "ledger";

/// A table of the full file.
struct Table {
    name: String,
    count: u64,
}

/// Copies rows; how long it takes.
pub(super) fn write(full: &Path, empty: &Path, commits: Commits) -> Result<Duration> {
    let full = Connection::open_with_flags(full, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let bare = connect(empty)?;
    let tables = tables(&full)?;
    let selections = tables.iter().map(|table| Ok(full.prepare(&selection(table))?));
    let mut selections = selections.collect::<Result<Vec<Statement<'_>>>>()?;
    let insertions = selections.iter().zip(&tables).map(|(selection, table)| {
        let places = vec!["?"; selection.column_count()].join(", ");
        Ok(bare.prepare(&format!("insert or ignore into {} values ({places})", quoted(&table.name)))?)
    });
    let mut insertions = insertions.collect::<Result<Vec<Statement<'_>>>>()?;
    let mut rows =
        selections.iter_mut().map(|selection| selection.query(())).collect::<Result<Vec<Rows<'_>>, _>>()?;
    let begin = Instant::now();
    for _ in 0..commits.made {
        bare.execute_batch("begin immediate")?;
        for ((rows, insertion), table) in rows.iter_mut().zip(&mut insertions).zip(&tables) {
            for _ in 0..table.count.div_ceil(commits.all) {
                let Some(row) = rows.next()? else { break };
                insert(row, insertion)?;
            }
        }
        bare.execute_batch("commit")?;
        checkpoint(&bare)?;
    }
    Ok(begin.elapsed())
}

/// Those with rows, and not those that belong to another.
fn tables(full: &Connection) -> Result<Vec<Table>> {
    let text =
        "select name, coalesce(sql, '') from sqlite_schema where type = 'table' and name not like 'sqlite_%'";
    let mut statement = full.prepare(text)?;
    let named = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
    let named = named.collect::<Result<Vec<(String, String)>, _>>()?;
    let is_virtual = |sql: &str| sql.to_ascii_lowercase().starts_with("create virtual");
    let virtual_names: Vec<&str> =
        named.iter().filter(|(_, sql)| is_virtual(sql)).map(|(name, _)| &**name).collect();
    let belongs = |name: &str| virtual_names.iter().any(|owner| name.starts_with(owner));
    let mut tables = Vec::new();
    for (name, _) in named.iter().filter(|(name, _)| !belongs(name)) {
        let text = format!("select count(*) from {}", quoted(name));
        let count: i64 = full.query_row(&text, (), |row| row.get(0)).context(text)?;
        tables.push(Table { name: name.clone(), count: count.unsigned_abs() });
    }
    tables.retain(|table| table.count > 0);
    Ok(tables)
}

fn selection(table: &Table) -> String {
    let order = if table.name == LEDGER { " order by content" } else { "" };
    format!("select * from {}{order}", quoted(&table.name))
}

fn insert(row: &Row<'_>, insertion: &mut Statement<'_>) -> Result<()> {
    for at in 0..row.as_ref().column_count() {
        insertion.raw_bind_parameter(at + 1, rusqlite::types::ToSqlOutput::Borrowed(row.get_ref(at)?))?;
    }
    insertion.raw_execute()?;
    Ok(())
}

/// Moves the log into the file when it has grown.
fn checkpoint(bare: &Connection) -> Result<()> {
    let waiting = |mode: &str| {
        bare.query_row(&format!("pragma wal_checkpoint({mode})"), (), |row| {
            Ok(row.get::<_, i64>(1)? - row.get::<_, i64>(2)?)
        })
    };
    let grown: rusqlite::Result<i64> = waiting("noop");
    if grown? > LOG_PAGES {
        waiting("passive")?;
    }
    Ok(())
}
