//! What Muster keeps on disk and what it writes there: by table, and by the counters of the system.

use std::path::Path;

use anyhow::{Context, Result};
use rusqlite::{Connection, OpenFlags};

use crate::bare_postgres;

/// Bytes of a table with its indexes.
pub(crate) type TableBytes = (String, u64);

/// The bytes of each table of a database, the largest first. SQLite's log counts as one; that of PostgreSQL is of a
/// fixed size and belongs to all databases.
pub(crate) async fn bytes_by_table(database: &str) -> Result<Vec<TableBytes>> {
    match database.strip_prefix("sqlite:") {
        Some(path) => sqlite_tables(Path::new(path)),
        None => postgres_tables(database).await,
    }
}

/// By how much each table has grown.
pub(crate) fn growth(before: &[TableBytes], after: Vec<TableBytes>) -> Vec<TableBytes> {
    let grown = |(table, bytes): TableBytes| {
        let old = before.iter().find(|(name, _)| *name == table).map_or(0, |(_, bytes)| *bytes);
        (table, bytes.saturating_sub(old))
    };
    after.into_iter().map(grown).collect()
}

fn sqlite_tables(path: &Path) -> Result<Vec<TableBytes>> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let text = "select coalesce(tbl_name, name), sum(pgsize) from dbstat left join sqlite_schema using (name) \
                where aggregate = true group by 1 order by 2 desc";
    let mut statement = connection.prepare(text)?;
    let rows = statement.query_map((), |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
    let mut tables = rows.collect::<Result<Vec<_>, _>>()?;
    let log = std::fs::metadata(path.with_extension("db-wal")).map_or(0, |log| log.len());
    tables.push(("the log".to_owned(), log));
    Ok(tables)
}

async fn postgres_tables(url: &str) -> Result<Vec<TableBytes>> {
    let client = bare_postgres::connect(url).await?;
    let text = "select relname::text, pg_total_relation_size(oid) from pg_class \
                where relkind = 'r' and relnamespace = 'public'::regnamespace order by 2 desc";
    let rows = client.query(text, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get::<_, i64>(1).unsigned_abs())).collect())
}

/// The bytes that a store has sent to the disk: the server's with SQLite, otherwise those of all processes of
/// PostgreSQL, after it has written what it still had to.
pub(crate) async fn written(database: &str, server: u32) -> Result<u64> {
    if database.starts_with("sqlite:") {
        return written_by(server);
    }
    let client = bare_postgres::connect(database).await?;
    client.batch_execute("checkpoint").await?;
    let backend: i32 = client.query_one("select pg_backend_pid()", &[]).await?.get(0);
    let postmaster = parent(backend.unsigned_abs())?;
    let mut bytes = written_by(postmaster)?;
    for entry in std::fs::read_dir("/proc")? {
        let process = entry?.file_name().to_string_lossy().parse();
        // Whoever has ended meanwhile has no say any more.
        if let Ok(process) = process
            && parent(process).is_ok_and(|parent| parent == postmaster)
        {
            bytes += written_by(process).unwrap_or_default();
        }
    }
    Ok(bytes)
}

fn written_by(process: u32) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/io"))?;
    let line = text.lines().find_map(|line| line.strip_prefix("write_bytes: "));
    Ok(line.context("no write_bytes")?.parse()?)
}

/// The process that started a process.
fn parent(process: u32) -> Result<u32> {
    let text = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    // The name before it may hold anything.
    let after = text.rsplit_once(") ").context("no name")?.1;
    Ok(after.split(' ').nth(1).context("no parent")?.parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_table_had_before_is_no_growth() {
        let tables = |sizes: &[(&str, u64)]| -> Vec<TableBytes> {
            sizes.iter().map(|(name, bytes)| ((*name).to_owned(), *bytes)).collect()
        };
        let grown = growth(&tables(&[("a", 4), ("b", 9)]), tables(&[("a", 10), ("b", 8), ("c", 7)]));
        assert_eq!(grown, tables(&[("a", 6), ("b", 0), ("c", 7)]));
    }

    #[test]
    fn a_process_has_a_parent_that_started_it() {
        let mut child = std::process::Command::new("sleep").arg("9").spawn().unwrap();
        let found = parent(child.id());
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(found.unwrap(), std::process::id());
    }
}
