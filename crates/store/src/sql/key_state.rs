//! The statements about the key-encryption key, and the servers that hold it.

use super::fixed::FixedStatement;

/// Yields version, fingerprint and source of the key-encryption key, fingerprint and source of the next one, the number of
/// rotations of data keys, and whether one is under way.
pub(crate) static READ: FixedStatement = FixedStatement::common(
    "select kek_version, kek_fingerprint, kek_source, next_fingerprint, next_source, rotation, resealing \
     from key_state where id = 1",
);

/// Notes the first key-encryption key of a database, unless there is one: fingerprint, source.
pub(crate) static CREATE: FixedStatement = FixedStatement::common(
    "insert into key_state (id, kek_version, kek_fingerprint, kek_source) values (1, 1, ?1, ?2) on conflict do nothing",
);

/// Names the next key-encryption key: fingerprint, source. Yields a row unless data keys are being replaced, or another one is
/// named.
pub(crate) static SET_NEXT: FixedStatement = FixedStatement::common(
    "update key_state set next_fingerprint = ?1, next_source = ?2 where id = 1 and resealing = 0 \
     and (next_fingerprint is null or next_fingerprint = ?1 or kek_fingerprint = ?1) returning id",
);

/// Puts the next key-encryption key into the place of the current one, if it is this: fingerprint. Yields the new version.
pub(crate) static ADVANCE: FixedStatement = FixedStatement::common(
    "update key_state set kek_version = kek_version + 1, kek_fingerprint = next_fingerprint, kek_source = next_source, \
     next_fingerprint = null, next_source = null where id = 1 and next_fingerprint = ?1 returning kek_version",
);

/// Begins a rotation of data keys. Yields a row unless one is under way, or the key-encryption key is being replaced.
pub(crate) static BEGIN_ROTATION: FixedStatement = FixedStatement::common(
    "update key_state set rotation = rotation + 1, resealing = 1 \
     where id = 1 and resealing = 0 and next_fingerprint is null returning id",
);

/// Ends a rotation of data keys: its number.
pub(crate) static END_ROTATION: FixedStatement =
    FixedStatement::common("update key_state set resealing = 0 where id = 1 and rotation = ?1 returning id");

/// Notes the key-encryption key that a process holds last: process, fingerprint.
pub(crate) static HOLD: FixedStatement = FixedStatement::by_database(
    "insert into key_holder values (?1, ?2, cast(unixepoch('subsec') * 1000 as integer)) on conflict (process) \
     do update set fingerprint = excluded.fingerprint, seen_at = excluded.seen_at",
    "insert into key_holder values ($1, $2, (extract(epoch from clock_timestamp()) * 1000)::bigint) on conflict (process) \
     do update set fingerprint = excluded.fingerprint, seen_at = excluded.seen_at",
);

/// Yields the number of processes that have said something in the last so many milliseconds, and of those that hold a key last:
/// milliseconds, fingerprint.
pub(crate) static HOLDERS: FixedStatement = FixedStatement::by_database(
    "select count(*), count(case when fingerprint = ?2 then 1 end) from key_holder \
     where seen_at > cast(unixepoch('subsec') * 1000 as integer) - ?1",
    "select count(*), count(case when fingerprint = $2 then 1 end) from key_holder \
     where seen_at > (extract(epoch from clock_timestamp()) * 1000)::bigint - $1",
);

/// Forgets who holds what.
pub(crate) static FORGET_HOLDERS: FixedStatement = FixedStatement::common("delete from key_holder");

/// Yields the fingerprint of the key-encryption key.
pub(crate) static FINGERPRINT: FixedStatement =
    FixedStatement::common("select kek_fingerprint from key_state where id = 1");
