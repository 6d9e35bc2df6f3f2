//! The statements about idempotency records.

use super::fixed::FixedStatement;

/// Reads a record unless it is expired: tenant, name, since. Yields content, key, version, document.
pub(crate) static READ: FixedStatement = FixedStatement::common(
    "select content, key, version, document from idempotency where tenant = ?1 and name = ?2 and at >= ?3",
);

/// Writes a record, in place of an expired one: tenant, name, content, at, key, version, document, since. No row: one
/// is known already.
pub(crate) static WRITE: FixedStatement = FixedStatement::common(
    "insert into idempotency (tenant, name, content, at, key, version, document) \
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7) on conflict (tenant, name) do update set \
     content = excluded.content, at = excluded.at, key = excluded.key, version = excluded.version, \
     document = excluded.document where idempotency.at < ?8",
);

/// Writes a record again as it is: tenant, name. In PostgreSQL that commit, and so all before it, is as durable as any: a
/// server that came back after a crash shows commits for which no standby was waited.
pub(crate) static CONFIRM: FixedStatement =
    FixedStatement::common("update idempotency set at = at where tenant = ?1 and name = ?2");

/// Ends up to 16 expired records: tenant, since. It goes with each record that is written: more than one, so that they
/// become fewer.
pub(crate) static EXPIRE: FixedStatement = FixedStatement::common(
    "delete from idempotency where tenant = ?1 and name in (select name from idempotency \
     where tenant = ?1 and at < ?2 order by at limit 16)",
);
