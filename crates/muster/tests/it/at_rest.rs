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

/// Does something to a PostgreSQL database behind its server's back.
pub fn meddle(server: &TestServer, statement: &str) {
    block_on(async {
        let client = connect(server.database_url().unwrap()).await;
        client.batch_execute(statement).await.unwrap();
    });
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
