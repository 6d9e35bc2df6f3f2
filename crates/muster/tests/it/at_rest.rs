//! Looks at what a server leaves behind, past the server.

#![allow(clippy::unwrap_used, reason = "a look that fails is a test that fails")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use scratch_postgres::connect;
use testkit::TestServer;
use uuid::Uuid;

/// The number that the journal writes for a look at secrets.
const REVEALED: i64 = 3;

/// Every row of a PostgreSQL database, each as text and, where it holds bytes, as those bytes too.
pub fn rows_of_postgres(server: &TestServer) -> Vec<(String, Vec<u8>)> {
    server.database_url().map(|url| block_on(rows(url))).unwrap_or_default()
}

/// A setting of PostgreSQL.
pub fn setting_of_postgres(url: &str, name: &str) -> String {
    let query = format!("select setting from pg_settings where name = '{name}'");
    block_on(async { connect(url).await.query_one(&query, &[]).await.unwrap().get(0) })
}

/// The number by which PostgreSQL's files call a database.
pub fn oid_of_database(url: &str) -> u32 {
    let query = "select oid from pg_database where datname = current_database()";
    block_on(async { connect(url).await.query_one(query, &[]).await.unwrap().get(0) })
}

/// How many looks at secrets are on record for a tenant.
pub fn looks(server: &TestServer, tenant: Uuid) -> u64 {
    let count: i64 = match server.database_url() {
        None => {
            let file = server.data().join("muster.db");
            let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
            let query =
                "select count(*) from journal join identity on number = tenant where uuid = ?1 and kind = ?2";
            database.query_row(query, (tenant.as_bytes().as_slice(), REVEALED), |row| row.get(0)).unwrap()
        }
        Some(url) => block_on(async {
            let query =
                format!("select count(*) from journal where tenant = '{tenant}' and kind = {REVEALED}");
            connect(url).await.query_one(&query, &[]).await.unwrap().get(0)
        }),
    };
    count.try_into().unwrap()
}

/// All rows of a tenant, as text, by table: its entities, journal, jobs, keys, records of requests, its own row, and the
/// entries of the ledger that name it.
pub fn tenant_rows(server: &TestServer, tenant: Uuid) -> BTreeMap<String, Vec<String>> {
    let mut rows = match server.database_url() {
        None => sqlite_rows(server, tenant),
        Some(url) => block_on(postgres_rows(url, tenant)),
    };
    // The ends of its chain are signed as time goes by.
    rows.retain(|table, rows| !rows.is_empty() && table != "audit_checkpoint");
    rows.values_mut().for_each(|rows| rows.sort());
    rows
}

fn sqlite_rows(server: &TestServer, tenant: Uuid) -> BTreeMap<String, Vec<String>> {
    let file = server.data().join("muster.db");
    let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let names = "select t.name, c.name from sqlite_schema t join pragma_table_info(t.name) c \
         where t.type = 'table' and (c.name = 'tenant' or t.name = 'tenant_record' and c.name = 'id')";
    let mut statement = database.prepare(names).unwrap();
    let names = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    let mut tables: Vec<(String, String)> = names.collect::<rusqlite::Result<_>>().unwrap();
    tables.push(("ledger".into(), String::new()));
    let rows = tables.into_iter().map(|(table, column)| {
        let condition = match &*table {
            "ledger" => "instr(content, ?1) > 0".to_owned(),
            _ => format!("{column} in (?1, (select number from identity where uuid = ?1))"),
        };
        let text = format!("select * from \"{table}\" where {condition}");
        let mut statement = database.prepare(&text).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let values = (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at));
            Ok(format!("{:?}", values.collect::<rusqlite::Result<Vec<_>>>()?))
        };
        let rows = statement.query_map([tenant.as_bytes().as_slice()], row).unwrap();
        (table, rows.collect::<rusqlite::Result<_>>().unwrap())
    });
    rows.collect()
}

async fn postgres_rows(url: &str, tenant: Uuid) -> BTreeMap<String, Vec<String>> {
    let client = connect(url).await;
    let names = "select table_name::text, column_name::text from information_schema.columns \
         where table_schema = current_schema() and (column_name = 'tenant' \
         or column_name = 'id' and table_name in ('tenant', 'tenant_record'))";
    let mut tables: Vec<(String, String)> =
        client.query(names, &[]).await.unwrap().iter().map(|row| (row.get(0), row.get(1))).collect();
    tables.push(("ledger".into(), String::new()));
    let mut all = BTreeMap::new();
    for (table, column) in tables {
        let condition = match &*table {
            "ledger" => format!("position(decode('{}', 'hex') in content) > 0", tenant.simple()),
            _ => format!("{column} = '{tenant}'"),
        };
        let text = format!("select row::text from \"{table}\" as row where {condition}");
        let rows = client.query(&text, &[]).await.unwrap();
        all.insert(table, rows.iter().map(|row| row.get(0)).collect());
    }
    all
}

/// What the records of a tenant's audit are about, in their order.
pub fn notes(server: &TestServer, tenant: Uuid) -> Vec<String> {
    let activity = |record: &serde_json::Value| record["activity"].as_str().unwrap().to_owned();
    records(server, tenant).iter().map(activity).collect()
}

/// The records of a tenant's audit, in their order.
pub fn records(server: &TestServer, tenant: Uuid) -> Vec<serde_json::Value> {
    let texts: Vec<String> = match server.database_url() {
        None => {
            let file = server.data().join("muster.db");
            let database = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
            let query = "select record from journal join identity on number = tenant \
                         where uuid = ?1 and record is not null order by sequence";
            let mut statement = database.prepare(query).unwrap();
            let found = statement.query_map([tenant.as_bytes().as_slice()], |row| row.get(0)).unwrap();
            found.map(Result::unwrap).collect()
        }
        Some(url) => block_on(async {
            let query = format!(
                "select record from journal where tenant = '{tenant}' and record is not null order by sequence"
            );
            let rows = connect(url).await.query(&query, &[]).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }),
    };
    texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

/// Does something to a PostgreSQL database behind its server's back.
pub fn meddle(server: &TestServer, statement: &str) {
    block_on(async {
        let client = connect(server.database_url().unwrap()).await;
        client.batch_execute(statement).await.unwrap();
    });
}

/// Holds what a statement locks in a PostgreSQL database, until it is dropped.
pub fn hold(server: &TestServer, statement: &str) -> impl Drop {
    struct Held(tokio::runtime::Runtime, Option<tokio_postgres::Client>);
    impl Drop for Held {
        fn drop(&mut self) {
            if let Some(client) = self.1.take() {
                self.0.block_on(client.batch_execute("rollback")).unwrap();
            }
        }
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let url = server.database_url().unwrap().to_owned();
    let client = runtime.block_on(async {
        let client = connect(&url).await;
        client.batch_execute(&format!("begin; {statement}")).await.unwrap();
        client
    });
    Held(runtime, Some(client))
}

/// Shows each file below a folder.
pub fn files(folder: &Path, see: &mut impl FnMut(&Path)) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => files(&path, see),
            path => see(&path),
        }
    }
}

async fn rows(url: &str) -> Vec<(String, Vec<u8>)> {
    let client = connect(url).await;
    let tables = "select quote_ident(tablename) from pg_tables where schemaname = 'public'";
    let mut places = Vec::new();
    for table in client.query(tables, &[]).await.unwrap() {
        let table: String = table.get(0);
        let mut bytes = Vec::new();
        for row in client.query(&format!("select t::text from {table} t"), &[]).await.unwrap() {
            let text: String = row.get(0);
            bytes.extend(text.bytes());
            text.split("\\x").skip(1).for_each(|hex| bytes.extend(decoded(hex)));
        }
        places.push((format!("the table {table}"), bytes));
    }
    places
}

/// The bytes that a text starts with in hex.
fn decoded(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> =
        hex.chars().map_while(|digit| digit.to_digit(16)).filter_map(|digit| digit.try_into().ok()).collect();
    digits.chunks_exact(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
