//! Carrying rows over when the process is killed between any two transactions.

use std::path::Path;

use rusqlite::Connection;

use super::{connection, migrate};
use crate::library::BOOK;
use crate::library::{library, property};

/// More rows than are carried over at once, twice.
const ROWS: i64 = 10_000;

/// A file with rows of an older layout.
const OLDER: &str = "
    insert into works (tenant, key, version, document)
        with recursive numbers(number) as (select 1 union all select number + 1 from numbers where number < 10000)
        select 1, cast(char(2) || printf('%05d', number) as blob), number,
            '[0,\"' || printf('%05d', number) || '\",\"Title\"]' from numbers;
    alter table works add column search text;
    update schema_lock set layout = 1;";

/// The number of rows in the table and in those whose place it takes.
fn rows(connection: &Connection) -> i64 {
    let mut names = connection
        .prepare("select name from sqlite_schema where type = 'table' and (name = 'works' or name like '0\\_former%' escape '\\')")
        .unwrap();
    let names = names.query_map((), |row| row.get::<_, String>(0)).unwrap();
    names.map(|name| count(connection, &format!("select count(*) from \"{}\"", name.unwrap()))).sum()
}

fn count(connection: &Connection, text: &str) -> i64 {
    connection.query_row(text, (), |row| row.get(0)).unwrap()
}

/// A start that is killed after so many transactions; whether it came to an end.
fn start(path: &Path, pages_are_indexed: bool, transactions: usize) -> bool {
    let mut model = library();
    let pages = property(&model, BOOK, "pages").id;
    model.properties[pages.index()].indexed = pages_are_indexed;
    let mut connection = connection::writer(path).unwrap();
    let mut plan = migrate::prepare(&mut connection, path, model).unwrap();
    assert_eq!(rows(&connection), ROWS);
    let mut left = transactions;
    for carry_over in plan.carry_overs.drain(..) {
        loop {
            if left == 0 {
                return false;
            }
            left -= 1;
            let moved = migrate::carry_over_some(&mut connection, &carry_over).unwrap();
            assert_eq!(rows(&connection), ROWS);
            if moved == 0 {
                break;
            }
        }
    }
    true
}

#[test]
fn no_kill_loses_a_row() {
    for killed_after in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        std::fs::File::create(&path).unwrap();
        let mut connection = connection::writer(&path).unwrap();
        migrate::migrate(&mut connection, &path, library()).unwrap();
        connection.execute_batch(OLDER).unwrap();
        drop(connection);
        assert!(!start(&path, false, killed_after.min(3)));
        // Another layout is wanted before the first one is there.
        assert!(!start(&path, true, killed_after.min(1)));
        let ended = (0..9).any(|_| start(&path, true, killed_after.max(1)));
        assert!(ended || start(&path, true, 20), "killed after {killed_after}");
        let connection = connection::writer(&path).unwrap();
        assert_eq!(
            count(
                &connection,
                "select count(*) from works where p_title = 'Title' and version = cast(substr(key, 2) as text)"
            ),
            ROWS
        );
        assert_eq!(count(&connection, "select count(distinct key) from works"), ROWS);
        assert_eq!(
            count(
                &connection,
                "select count(*) from sqlite_schema where name like '0\\_former%' escape '\\'"
            ),
            0
        );
    }
}

#[test]
fn the_log_stays_short_while_rows_are_carried_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    std::fs::File::create(&path).unwrap();
    let mut connection = connection::writer(&path).unwrap();
    migrate::migrate(&mut connection, &path, library()).unwrap();
    connection.execute_batch(OLDER).unwrap();
    let long = "update works set document = json_set(document, '$[2]', hex(zeroblob(500)))";
    connection.execute(long, ()).unwrap();
    connection.query_row("pragma wal_checkpoint(truncate)", (), |_| Ok(())).unwrap();
    migrate::migrate(&mut connection, &path, library()).unwrap();
    let log_bytes = std::fs::metadata(path.with_extension("db-wal")).unwrap().len();
    // It is cut back to this when it starts anew.
    assert!(log_bytes <= 16 << 20, "{log_bytes} bytes for {ROWS} rows of a kilobyte");
    assert_eq!(rows(&connection), ROWS);
}
