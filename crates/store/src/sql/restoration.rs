//! The statements about the restores that a database comes from.

use super::fixed::FixedStatement;

/// Keeps a restore that no audit tells of yet: sequence, at, taken_at, digest.
pub(crate) static INSERT: FixedStatement = FixedStatement::common(
    "insert into restoration (sequence, at, taken_at, digest, is_recorded) values (?1, ?2, ?3, ?4, 0)",
);

/// The restores that no audit tells of yet, in their order. Yields sequence, at, taken_at, digest.
pub(crate) static UNRECORDED: FixedStatement = FixedStatement::common(
    "select sequence, at, taken_at, digest from restoration where is_recorded = 0 order by sequence",
);

/// Notes that each tenant's audit tells of all restores.
pub(crate) static SET_RECORDED: FixedStatement =
    FixedStatement::common("update restoration set is_recorded = 1 where is_recorded = 0");

/// The tenants that the database knows, be it by a command alone.
pub(crate) static TENANTS: FixedStatement = FixedStatement::by_database(
    "select uuid from identity where exists (select 1 from journal where tenant = number) \
     or exists (select 1 from audit_head where tenant = number) union select id from tenant_record order by 1",
    "select id from tenant union select tenant from audit_head union select id from tenant_record order by 1",
);

/// Sets a tenant's last number in PostgreSQL: tenant, sequence.
pub(crate) static SET_SEQUENCE: FixedStatement = FixedStatement::common(
    "insert into tenant (id, sequence) values (?1, ?2) on conflict (id) do update set sequence = excluded.sequence",
);

/// Says that a restore into PostgreSQL has begun: until it ends, nothing else starts there.
pub(crate) const MARK_UNFINISHED: &str = "create table if not exists unfinished_restore ()";

/// Takes the mark away, which makes others that restore wait.
pub(crate) const UNMARK_UNFINISHED: &str = "drop table unfinished_restore";

/// Yields a row if a restore into PostgreSQL has begun and has not ended.
pub(crate) const IS_UNFINISHED: &str =
    "select 1 from pg_tables where schemaname = current_schema() and tablename = 'unfinished_restore'";

/// Yields the first table of PostgreSQL's schema, beside the mark.
pub(crate) const ANY_TABLE: &str = "select tablename::text from pg_tables where schemaname = current_schema() \
     and tablename <> 'unfinished_restore' order by tablename limit 1";
