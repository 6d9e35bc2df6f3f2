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

/// A tenant's entries after a sequence number, in order: tenant, after, in PostgreSQL also limit. Yields sequence, at,
/// entity_set, kind, actor, application, request_id, keys.
pub(crate) static SINCE: FixedStatement = FixedStatement::by_database(
    "select j.sequence, j.at, j.entity_set, j.kind, a.uuid, p.uuid, j.request_id, j.keys \
     from journal j join identity a on a.number = j.actor join identity p on p.number = j.application \
     where j.tenant = ?1 and j.sequence > ?2 order by j.sequence",
    "select sequence, at, entity_set, kind, actor, application, request_id, keys from journal \
     where tenant = $1 and sequence > $2 order by sequence limit $3",
);

/// Yields a row if a tenant's journal has an entry of a set after a sequence number: tenant, after, entity_set.
pub(crate) static NEWER: FixedStatement = FixedStatement::common(
    "select 1 from journal where tenant = ?1 and sequence > ?2 and entity_set = ?3 limit 1",
);

/// The newest sequence number. SQLite: the file's. PostgreSQL: a tenant's, in its one row if it has ever written.
pub(crate) static NEWEST: FixedStatement = FixedStatement::by_database(
    "select coalesce(max(sequence), 0) from journal",
    "select sequence from tenant where id = $1",
);

/// Takes sequence numbers for many tenants, whose rows it locks until the end of the transaction in the order given:
/// that is what puts the commits of a tenant in order, whichever process they come from. Yields id and sequence.
pub(crate) static TAKE_NUMBERS: LazyLock<Arc<str>> = LazyLock::new(|| {
    "insert into tenant (id, sequence) select * from unnest($1::uuid[], $2::bigint[]) \
     on conflict (id) do update set sequence = tenant.sequence + excluded.sequence returning id, sequence"
        .into()
});

/// Gives back the numbers after the last one that was used: tenant, sequence.
pub(crate) static GIVE_BACK_NUMBERS: LazyLock<Arc<str>> =
    LazyLock::new(|| "update tenant set sequence = $2 where id = $1".into());
