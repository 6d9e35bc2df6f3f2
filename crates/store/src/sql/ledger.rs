//! The statements about the ledger. SQLite works on one entry; PostgreSQL on many at once, from an array for each
//! column.

use super::fixed::FixedStatement;

/// Writes entries where there are none: key, content. No row: `Overtaken`.
pub(crate) static INSERT: FixedStatement = FixedStatement::by_database(
    "insert into ledger (key, content) values (?1, ?2) on conflict do nothing",
    "insert into ledger (key, content) select * from unnest($1::bytea[], $2::bytea[]) \
     on conflict do nothing returning 1",
);

/// Changes entries that are as they were: key, before, after. No row: `Overtaken`.
pub(crate) static UPDATE: FixedStatement = FixedStatement::by_database(
    "update ledger set content = ?3 where key = ?1 and content = ?2",
    "update ledger set content = next.after from unnest($1::bytea[], $2::bytea[], $3::bytea[]) \
     as next(key, before, after) where ledger.key = next.key and ledger.content = next.before returning 1",
);

/// Ends entries that are as they were: key, before. No row: `Overtaken`.
pub(crate) static DELETE: FixedStatement = FixedStatement::by_database(
    "delete from ledger where key = ?1 and content = ?2",
    "delete from ledger using unnest($1::bytea[], $2::bytea[]) as ended(key, before) \
     where ledger.key = ended.key and ledger.content = ended.before returning 1",
);

/// Reads entries. SQLite takes one key and yields its content; PostgreSQL takes an array of keys and yields key and
/// content of those that are there.
pub(crate) static READ: FixedStatement = FixedStatement::by_database(
    "select content from ledger where key = ?1",
    "select key, content from ledger where key = any($1::bytea[])",
);
