//! Copying the database into a backup: a script that psql reads too, and the rows of each table in a file.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use futures_util::StreamExt;
use tokio_postgres::Row;

use super::connection::Connection;
use super::connection_config::ConnectionConfig;
use super::error::PostgresError;
use super::value::column;
use crate::backup::{CopyProgress, CopyStep, Inspected, Tell};
use crate::schema_version::SchemaVersion;
use crate::sql::{FixedStatement, backup as texts, catalog, key_state};

/// The name of the script in a backup.
pub(super) const SCRIPT_FILE: &str = "database.sql";

/// The database that is copied, in a transaction that sees one state of it.
pub(crate) struct PostgresSource {
    connection: Connection,
    found: Inspected,
    tables: Vec<SourceTable>,
}

/// A table, in the spelling of statements.
struct SourceTable {
    name: String,
    columns: String,
    bytes: u64,
    creation: String,
}

impl PostgresSource {
    /// Begins a snapshot, and looks whether it can be backed up.
    pub async fn open(url: &str) -> Result<PostgresSource, String> {
        let opened = async {
            let config = Arc::new(ConnectionConfig::find_to_read(url).await?);
            let connection = Connection::open(&config, texts::SETTINGS).await?;
            connection.begin_as(texts::BEGIN_SNAPSHOT).await?;
            let rows = connection.query(texts::TABLES.postgres(), &[]).await?;
            let tables = rows.iter().map(SourceTable::read).collect::<Result<Vec<_>, _>>()?;
            Ok((config.name(), connection, tables))
        };
        let (name, connection, tables) = opened.await.map_err(message)?;
        if !tables.iter().any(|table| table.name == "refinery_schema_history") {
            return Err("it is no database of Muster's".to_owned());
        }
        let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
        connection.run(&texts::lock(&names)).await.map_err(message)?;
        let found = inspect(&connection, &name).await?;
        Ok(PostgresSource { connection, found, tables })
    }

    /// Copies it; gives what is found in it, and the names of the files.
    pub async fn copy(&mut self, folder: &Path, tell: Tell<'_>) -> Result<(Inspected, Vec<String>), String> {
        let (mut script, mut names) = (String::new(), vec![SCRIPT_FILE.to_owned()]);
        for table in &self.tables {
            script += &format!("{};\n", table.creation);
        }
        script += &self.statements(&texts::STORAGE).await?;
        let bytes_total = self.tables.iter().map(|table| table.bytes).sum();
        let mut before = 0;
        for (table, number) in self.tables.iter().zip(1..) {
            let name = format!("{number:04}.copy");
            script += &format!("{}\n", texts::copy_line(&table.name, &table.columns, &name));
            let tell = |bytes: u64| {
                let bytes = before + bytes.min(table.bytes);
                tell(CopyProgress { step: CopyStep::Copying, bytes, bytes_total });
            };
            let path = folder.join(&name);
            copy_out(&self.connection, table, &path, tell).await?;
            before += table.bytes;
            names.push(name);
        }
        script += &self.statements(&texts::CONSTRAINTS).await?;
        script += &self.statements(&texts::INDEXES).await?;
        let path = folder.join(SCRIPT_FILE);
        std::fs::write(&path, script).map_err(|error| unwritten(&path, &error))?;
        Ok((self.found, names))
    }

    /// The statements that a query yields, one a line.
    async fn statements(&self, query: &FixedStatement) -> Result<String, String> {
        let rows = self.connection.query(query.postgres(), &[]).await.map_err(message)?;
        let statement = |row: &Row| Ok(format!("{};\n", column::<String>(row, 0)?));
        rows.iter().map(statement).collect::<Result<String, _>>().map_err(message)
    }
}

impl SourceTable {
    fn read(row: &Row) -> Result<SourceTable, PostgresError> {
        let bytes = u64::try_from(column::<i64>(row, 2)?).unwrap_or(0);
        Ok(SourceTable { name: column(row, 0)?, columns: column(row, 1)?, bytes, creation: column(row, 3)? })
    }
}

/// What the database says of itself.
async fn inspect(connection: &Connection, name: &str) -> Result<Inspected, String> {
    let first = async |text: &str| {
        let rows = connection.query(&text.into(), &[]).await?;
        rows.first().map_or(Ok(0), |row| column(row, 0))
    };
    let migration = first(catalog::NEWEST_MIGRATION_BIGINT).await.map_err(message)?;
    let layout = first(catalog::LAYOUT_VERSION_UNLOCKED).await.map_err(message)?;
    let schema = SchemaVersion { migration, layout };
    // Before the tables are asked that an older one has not.
    schema.check(name).map_err(|error| error.to_string())?;
    let rows = connection.query(key_state::FINGERPRINT.postgres(), &[]).await.map_err(message)?;
    Inspected::read(schema, rows.first().map(|row| column(row, 0)).transpose().map_err(message)?)
}

/// Copies a table into a file.
async fn copy_out(
    connection: &Connection,
    table: &SourceTable,
    path: &Path,
    tell: impl Fn(u64),
) -> Result<(), String> {
    let rows = connection.copy_out(&texts::copy_out(&table.name, &table.columns)).await;
    let mut rows = pin!(rows.map_err(message)?);
    let failed = |error: io::Error| unwritten(path, &error);
    let (mut file, mut bytes) = (BufWriter::new(File::create_new(path).map_err(failed)?), 0);
    while let Some(part) = rows.next().await {
        let part = part.map_err(|error| message(error.into()))?;
        file.write_all(&part).map_err(failed)?;
        bytes += part.len() as u64;
        tell(bytes);
    }
    file.flush().map_err(failed)
}

fn unwritten(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => format!("the disk of {} is full", path.display()),
        _ => format!("cannot write {}: {error}", path.display()),
    }
}

fn message(error: PostgresError) -> String {
    error.message().to_owned()
}
