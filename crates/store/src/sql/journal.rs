//! The statements about the journal and its sequence numbers. SQLite has one sequence for the file, counted by the
//! writer; PostgreSQL has one for each tenant, in the table `tenant`.

use std::sync::{Arc, LazyLock};

use super::fixed::FixedStatement;

/// Appends entries. SQLite: one, sequence, tenant, at, entity_set, kind, actor, application, request_id, keys.
/// PostgreSQL: many, from arrays of tenant, back, at and so on; `back` counts from the tenant's last sequence number.
pub(crate) static APPEND: FixedStatement = FixedStatement::by_database(
    "insert into journal (sequence, tenant, at, entity_set, kind, actor, application, request_id, keys) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    "insert into journal (tenant, sequence, at, entity_set, kind, actor, application, request_id, keys) \
     select source.tenant, last.sequence - source.back, source.at, source.entity_set, source.kind, source.actor, \
     source.application, source.request_id, source.keys \
     from unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::integer[], $5::smallint[], $6::uuid[], $7::uuid[], \
     $8::uuid[], $9::bytea[]) \
     as source(tenant, back, at, entity_set, kind, actor, application, request_id, keys) \
     join tenant as last on last.id = source.tenant",
);

/// A tenant's entries after a sequence number, in order: tenant, after, in PostgreSQL also limit and the bytes of
/// keys before the last one. Yields sequence, at, entity_set, kind, actor, application, request_id, keys.
pub(crate) static SINCE: FixedStatement = FixedStatement::by_database(
    "select j.sequence, j.at, j.entity_set, j.kind, a.uuid, p.uuid, j.request_id, j.keys \
     from journal j join identity a on a.number = j.actor join identity p on p.number = j.application \
     where j.tenant = ?1 and j.sequence > ?2 order by j.sequence",
    "select sequence, at, entity_set, kind, actor, application, request_id, keys from (\
     select *, sum(octet_length(keys)) over (order by sequence) - octet_length(keys) as bytes_before from (\
     select * from journal where tenant = $1 and sequence > $2 order by sequence limit $3) as entry) as entry \
     where bytes_before < $4 order by sequence",
);

/// A tenant's entries that name a key, newest first: tenant, the first number and the one behind the last, key, limit. Yields
/// the columns of `SINCE`.
pub(crate) static OF_KEY: FixedStatement = FixedStatement::by_database(
    "select j.sequence, j.at, j.entity_set, j.kind, a.uuid, p.uuid, j.request_id, j.keys \
     from journal j join identity a on a.number = j.actor join identity p on p.number = j.application \
     where j.tenant = ?1 and j.sequence >= ?2 and j.sequence < ?3 and instr(j.keys, ?4) > 0 \
     order by j.sequence desc limit ?5",
    "select sequence, at, entity_set, kind, actor, application, request_id, keys from journal \
     where tenant = $1 and sequence >= $2 and sequence < $3 and position($4 in keys) > 0 order by sequence desc limit $5",
);

/// The newest number of a tenant before another: tenant, number. Null if there is none.
pub(crate) static NEWEST_BEFORE: FixedStatement = FixedStatement::by_database(
    "select max(sequence) from journal where tenant = ?1 and sequence < ?2",
    "select max(sequence) from journal where tenant = $1 and sequence < $2",
);

/// The newest sequence number, or the one behind which a restored journal goes on. SQLite: the file's. PostgreSQL: a tenant's.
pub(crate) static NEWEST: FixedStatement = FixedStatement::by_database(
    "select max((select coalesce(max((select max(sequence) from journal where tenant = identity.number)), 0) from identity), \
     (select coalesce(max(sequence), 0) from restoration))",
    "select greatest((select sequence from tenant where id = $1), (select max(sequence) from restoration), 0)",
);

/// The number of the newest change of each of a tenant's sets, in PostgreSQL; SQLite's writer knows them.
pub(crate) static NEWEST_OF_SETS: LazyLock<Arc<str>> =
    LazyLock::new(|| "select newest from tenant where id = $1".into());

/// Takes sequence numbers for many tenants, whose rows it locks until the end of the transaction in the order given:
/// that is what puts the commits of a tenant in order, whichever process they come from. From arrays of tenant, count,
/// the entity sets that change (an array's text: 1 at a set's place), and by how much the tenant's usage changes (an array's
/// text; null for a tenant that is not counted). A tenant that has
/// written nothing begins where a restored journal goes on. Yields id, sequence, the newest number of each set before, and the usage
/// after; null if nobody has counted. Now the newest number of what changes is the last one taken: nobody sees those between.
pub(crate) static TAKE_NUMBERS: LazyLock<Arc<str>> = LazyLock::new(|| {
    "with behind as (select coalesce(max(sequence), 0) as number from restoration) \
     insert into tenant (id, sequence, newest, usage) select source.id, behind.number + source.count, \
     (select coalesce(array_agg(is_changed * (behind.number + source.count) order by place), '{}') \
     from unnest(source.changed::bigint[]) with ordinality as each_set(is_changed, place)), source.usage::bigint[] \
     from behind, unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[]) as source(id, count, changed, usage) \
     on conflict (id) do update \
     set sequence = greatest(tenant.sequence, (select number from behind)) \
     + excluded.sequence - (select number from behind), before = tenant.newest, newest = \
     (select coalesce(array_agg(case when changed > 0 \
     then greatest(tenant.sequence, (select number from behind)) + excluded.sequence - (select number from behind) \
     else coalesce(newest, 0) end order by place), '{}') \
     from unnest(tenant.newest, excluded.newest) with ordinality as each_set(newest, changed, place)), usage = \
     case when tenant.usage is not null and excluded.usage is not null then \
     (select array_agg(held + more order by place) \
     from unnest(tenant.usage, excluded.usage) with ordinality as each_count(held, more, place)) end \
     returning id, sequence, before, usage, key_version"
        .into()
});

/// Finds the first entry of a unit, in PostgreSQL: tenant, the numbers between which it is, request_id, at, entity_set,
/// kind, keys. Yields its number.
pub(crate) static FIND_OWN: LazyLock<Arc<str>> = LazyLock::new(|| {
    "select sequence from journal where tenant = $1 and sequence between $2 and $3 and request_id = $4 and at = $5 \
     and entity_set = $6 and kind = $7 and keys = $8 order by sequence limit 1"
        .into()
});

/// Gives back the numbers after the last one that was used: tenant, sequence.
pub(crate) static GIVE_BACK_NUMBERS: LazyLock<Arc<str>> = LazyLock::new(|| {
    "update tenant set sequence = $2, newest = (select coalesce(array_agg(least(number, $2) order by place), '{}') \
     from unnest(newest) with ordinality as each_set(number, place)) where id = $1"
        .into()
});

/// Whether SQLite's file still has the journal's former table, whose entries are to be moved.
pub(crate) const IS_BEFORE: &str = "select 1 from sqlite_schema where name = 'journal_before'";

/// Yields the last number of the next entries to move: count.
pub(crate) const MOVED_NEXT: &str =
    "select max(sequence) from (select sequence from journal_before order by sequence limit ?1)";

/// Moves the entries up to a number, which the second statement then ends.
pub(crate) const MOVE: [&str; 2] = [
    "insert into journal (tenant, sequence, at, entity_set, kind, actor, application, request_id, keys) \
     select tenant, sequence, at, entity_set, kind, actor, application, request_id, keys \
     from journal_before where sequence <= ?1",
    "delete from journal_before where sequence <= ?1",
];

/// Ends the former table.
pub(crate) const END_BEFORE: &str = "drop table journal_before";
