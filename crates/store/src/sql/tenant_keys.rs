//! The statements about the tenants' wrapped data keys.

use super::fixed::FixedStatement;

/// A tenant's keys, the oldest first: tenant. Yields version, wrapped.
pub(crate) static READ: FixedStatement =
    FixedStatement::common("select version, wrapped from tenant_key where tenant = ?1 order by version");

/// Writes a key unless the tenant has one of the version: tenant, version, wrapped.
pub(crate) static INSERT: FixedStatement = FixedStatement::common(
    "insert into tenant_key (tenant, version, wrapped) values (?1, ?2, ?3) on conflict do nothing",
);
