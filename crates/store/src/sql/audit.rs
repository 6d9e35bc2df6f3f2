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
