//! The statements about the chain of records that an audit is made of.

use super::fixed::FixedStatement;

/// Appends an entry with its record: tenant, sequence, at, entity_set, kind, actor, application, request_id, keys, record,
/// link.
pub(crate) static APPEND: FixedStatement = FixedStatement::common(
    "insert into journal (tenant, sequence, at, entity_set, kind, actor, application, request_id, keys, record, link) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
);

/// The end of a tenant's chain: tenant. Yields sequence, hash.
pub(crate) static HEAD: FixedStatement =
    FixedStatement::common("select sequence, hash from audit_head where tenant = ?1");

/// The largest number of any tenant's last record, in SQLite's one sequence. Who notes something and changes nothing takes no
/// larger one.
pub(crate) const NEWEST_RECORD: &str = "select coalesce(max(sequence), 0) from audit_head";

/// Keeps the end of a tenant's chain: tenant, sequence, hash.
pub(crate) static SET_HEAD: FixedStatement = FixedStatement::common(
    "insert into audit_head (tenant, sequence, hash) values (?1, ?2, ?3) \
     on conflict (tenant) do update set sequence = excluded.sequence, hash = excluded.hash",
);

/// A tenant's records after a sequence number: tenant, after, limit. Yields sequence, record, link.
pub(crate) static SINCE: FixedStatement = FixedStatement::common(
    "select sequence, record, link from journal where tenant = ?1 and sequence > ?2 and record is not null \
     order by sequence limit ?3",
);

/// The tenants that have records.
pub(crate) static TENANTS: FixedStatement = FixedStatement::by_database(
    "select uuid from audit_head join identity on number = tenant order by uuid",
    "select tenant from audit_head order by tenant",
);

/// The ends of chains that no checkpoint holds, of tenants whose last checkpoint is not from after a time: after. Yields tenant,
/// sequence, hash.
pub(crate) static UNSIGNED: FixedStatement = FixedStatement::by_database(
    "select uuid, head.sequence, head.hash from audit_head as head join identity on number = head.tenant \
     where not exists (select 1 from audit_checkpoint as signed where signed.tenant = uuid \
     and signed.sequence = (select max(sequence) from audit_checkpoint where tenant = uuid) \
     and (signed.sequence >= head.sequence or signed.at > ?1)) order by uuid",
    "select head.tenant, head.sequence, head.hash from audit_head as head \
     where not exists (select 1 from audit_checkpoint as signed where signed.tenant = head.tenant \
     and signed.sequence = (select max(sequence) from audit_checkpoint where tenant = head.tenant) \
     and (signed.sequence >= head.sequence or signed.at > $1)) order by head.tenant",
);

/// Keeps a checkpoint unless there is one: tenant, sequence, at, hash, public_key, signature.
pub(crate) static ADD_CHECKPOINT: FixedStatement = FixedStatement::common(
    "insert into audit_checkpoint (tenant, sequence, at, hash, public_key, signature) \
     values (?1, ?2, ?3, ?4, ?5, ?6) on conflict do nothing returning sequence",
);

/// A tenant's checkpoints after a sequence number: tenant, after. Yields sequence, at, hash, public_key, signature.
pub(crate) static CHECKPOINTS: FixedStatement = FixedStatement::common(
    "select sequence, at, hash, public_key, signature from audit_checkpoint where tenant = ?1 and sequence > ?2 \
     order by sequence",
);

/// The tenants with records that a sink lacks: sink. Yields tenant.
pub(crate) static UNDELIVERED: FixedStatement = FixedStatement::by_database(
    "select uuid from audit_head as head join identity on number = head.tenant \
     left join audit_position as position on position.sink = ?1 and position.tenant = uuid \
     where head.sequence > coalesce(position.sequence, 0) order by uuid",
    "select head.tenant from audit_head as head \
     left join audit_position as position on position.sink = $1 and position.tenant = head.tenant \
     where head.sequence > coalesce(position.sequence, 0) order by head.tenant",
);

/// Counts the records that a sink lacks, up to ten thousand; and yields the time of the first: sink.
pub(crate) static COUNT_UNDELIVERED: FixedStatement = FixedStatement::by_database(
    "select count(*), min(at) from (select entry.at from audit_head as head join identity on number = head.tenant \
     left join audit_position as position on position.sink = ?1 and position.tenant = uuid \
     join journal as entry on entry.tenant = head.tenant and entry.sequence > coalesce(position.sequence, 0) \
     where head.sequence > coalesce(position.sequence, 0) and entry.record is not null limit 10000)",
    "select count(*), min(at) from (select entry.at from audit_head as head \
     left join audit_position as position on position.sink = $1 and position.tenant = head.tenant \
     join journal as entry on entry.tenant = head.tenant and entry.sequence > coalesce(position.sequence, 0) \
     where head.sequence > coalesce(position.sequence, 0) and entry.record is not null limit 10000) as lacking",
);

/// Leases the delivery of a tenant's records: sink, tenant, owner, now, end of the lease. Yields the sequence number up to
/// which they are delivered, unless another process is at it.
pub(crate) static CLAIM_DELIVERY: FixedStatement = FixedStatement::common(
    "insert into audit_position (sink, tenant, sequence, owner, lease_until) values (?1, ?2, 0, ?3, ?5) \
     on conflict (sink, tenant) do update set owner = excluded.owner, lease_until = excluded.lease_until \
     where audit_position.owner = excluded.owner or audit_position.lease_until <= ?4 returning sequence",
);

/// Keeps how far records are delivered: sink, tenant, owner, sequence, end of the lease. Yields a row if the lease held.
pub(crate) static DELIVERED: FixedStatement = FixedStatement::common(
    "update audit_position set sequence = ?4, lease_until = ?5 where sink = ?1 and tenant = ?2 and owner = ?3 \
     returning sequence",
);
