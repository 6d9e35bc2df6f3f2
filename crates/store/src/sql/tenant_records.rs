//! The statements about tenants as commands have them, and about the rest of a tenant's rows beside its entities.

use super::fixed::FixedStatement;

/// Yields the tenants of which a command has said something: id, display name, mark, time.
pub(crate) static ALL: FixedStatement =
    FixedStatement::common("select id, display_name, mark, marked_at from tenant_record order by id");

/// Adds a tenant unless it is there: id, display name, mark, time. Yields a row if it was not.
pub(crate) static ADD: FixedStatement = FixedStatement::common(
    "insert into tenant_record (id, display_name, mark, marked_at) values (?1, ?2, ?3, ?4) \
     on conflict (id) do nothing returning mark",
);

/// Gives a tenant another mark: id, mark, time, the mark that it has. Yields a row if it had that.
pub(crate) static MARK: FixedStatement = FixedStatement::common(
    "update tenant_record set mark = ?2, marked_at = ?3 where id = ?1 and mark = ?4 returning mark",
);

/// Yields the tenants that have ever written.
pub(crate) static SEEN: FixedStatement = FixedStatement::by_database(
    "select uuid from identity where exists (select 1 from journal where tenant = identity.number) order by uuid",
    "select id from tenant order by id",
);

/// Ends some of a tenant's jobs: tenant, most. Each row is an ended one.
pub(crate) static END_JOBS: FixedStatement = FixedStatement::common(
    "delete from job where tenant = ?1 and (kind, subject) in \
     (select kind, subject from job where tenant = ?1 order by kind, subject limit ?2) returning kind",
);

/// Ends some of a tenant's records of idempotent requests: tenant, most. Each row is an ended one.
pub(crate) static END_REQUESTS: FixedStatement = FixedStatement::common(
    "delete from idempotency where tenant = ?1 and name in \
     (select name from idempotency where tenant = ?1 order by name limit ?2) returning at",
);

/// Ends a tenant's data keys: tenant. What was sealed by them stays sealed.
pub(crate) static END_KEYS: FixedStatement =
    FixedStatement::common("delete from tenant_key where tenant = ?1 returning version");

/// Keeps what a tenant of PostgreSQL's holds: tenant, usage.
pub(crate) static SET_USAGE: FixedStatement =
    FixedStatement::common("update tenant set usage = ?2 where id = ?1");
