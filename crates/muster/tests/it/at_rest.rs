//! Looks at what a server leaves behind, past the server.

#![allow(clippy::unwrap_used, reason = "a look that fails is a test that fails")]

use std::fs;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use testkit::TestServer;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The number that the journal writes for a look at secrets.
const REVEALED: i64 = 3;

/// All that rests: every file of a server's folder and its log, and every row of a PostgreSQL database, each row as
/// text and, where it holds bytes, as those bytes too.
pub fn at_rest(server: &TestServer) -> Vec<(String, Vec<u8>)> {
    let mut places = vec![("the log".to_owned(), server.log().into_bytes())];
    files(&server.data(), &mut |path| {
        let bytes = fs::read(path).unwrap_or_default();
        places.push((path.display().to_string(), bytes));
    });
    if let Some(url) = server.database_url() {
        places.extend(block_on(rows(url)));
    }
    places
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

fn files(folder: &Path, see: &mut impl FnMut(&Path)) {
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

async fn connect(url: &str) -> tokio_postgres::Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}
