//! The statements about the end of old journal entries. The kinds up to 2 (`Created`, `Updated`, `Deleted`) end, but
//! for a tenant's newest entry; the others are audit and stay.

use super::fixed::FixedStatement;

/// Yields the next tenant with an entry to prune: after, before (a time).
pub(crate) static NEXT_TENANT: FixedStatement = FixedStatement::by_database(
    "select uuid from identity where uuid > ?1 and (select at from journal where tenant = identity.number \
     and sequence > coalesce((select sequence from journal_pruned where tenant = identity.number), 0) \
     order by sequence limit 1) < ?2 order by uuid limit 1",
    "select id from tenant where id > $1 and (select at from journal where tenant = tenant.id \
     and sequence > tenant.pruned order by sequence limit 1) < $2 order by id limit 1",
);

/// The number up to which a tenant's journal is not known any more, pruned or lost before a restore: tenant.
pub(crate) static PRUNED: FixedStatement = FixedStatement::by_database(
    "select max((select coalesce(max(sequence), 0) from journal_pruned where tenant = ?1), \
     (select coalesce(max(sequence), 0) from restoration))",
    "select greatest((select pruned from tenant where id = $1), (select max(sequence) from restoration), 0)",
);

/// The number up to which a tenant's journal was pruned in SQLite's file: tenant.
pub(crate) const PRUNED_BEFORE: &str = "select sequence from journal_pruned where tenant = ?1";

/// Yields the last of the next entries to prune, and their number: tenant, pruned, before (a time), most.
pub(crate) const NEXT_ENTRIES: &str = "select max(sequence), count(*) from \
     (select sequence, at from journal where tenant = ?1 and sequence > ?2 order by sequence limit ?4) \
     where at < ?3 and sequence < (select max(sequence) from journal where tenant = ?1)";

/// Ends entries: tenant, pruned, before (a time), last.
pub(crate) const PRUNE: &str = "delete from journal where tenant = ?1 and sequence > ?2 and at < ?3 and sequence <= ?4 \
     and kind <= 2";

/// Keeps the number up to which a tenant's journal was pruned: tenant, last.
pub(crate) const SET_PRUNED: &str = "insert into journal_pruned (tenant, sequence) values (?1, ?2) \
     on conflict (tenant) do update set sequence = excluded.sequence";

/// Does on PostgreSQL what the three above do: tenant, before (a time), most. Yields the number of entries passed.
pub(crate) static PRUNE_SOME: FixedStatement = FixedStatement::common(
    "with old as (select max(sequence) as last, count(*) as entries from \
     (select sequence, at from journal where tenant = ?1 and sequence > (select pruned from tenant where id = ?1) \
     order by sequence limit ?3) as next where at < ?2 and sequence < (select sequence from tenant where id = ?1)), \
     gone as (delete from journal using old where journal.tenant = ?1 \
     and journal.sequence > (select pruned from tenant where id = ?1) \
     and journal.sequence <= old.last and journal.at < ?2 and journal.kind <= 2) \
     update tenant set pruned = old.last from old where tenant.id = ?1 and tenant.pruned < old.last \
     returning old.entries",
);
