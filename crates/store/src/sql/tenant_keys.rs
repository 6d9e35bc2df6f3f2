//! The statements about the tenants' wrapped data keys.

use super::fixed::FixedStatement;

/// A tenant's keys, the oldest first: tenant. Yields version, wrapped, rewrapped, rotation.
pub(crate) static READ: FixedStatement = FixedStatement::common(
    "select version, wrapped, rewrapped, rotation from tenant_key where tenant = ?1 order by version",
);

/// Writes a key unless the tenant has one of the version, or the key-encryption key that wrapped it counts no more: tenant,
/// version, wrapped, fingerprint. PostgreSQL keeps the state as it is until the commit.
pub(crate) static INSERT: FixedStatement = FixedStatement::by_database(
    "insert into tenant_key (tenant, version, wrapped, rotation) select ?1, ?2, ?3, rotation from key_state \
     where ?4 = kek_fingerprint or ?4 = next_fingerprint on conflict do nothing",
    "insert into tenant_key (tenant, version, wrapped, rotation) select $1::uuid, $2::integer, $3::bytea, rotation \
     from key_state where $4 = kek_fingerprint or $4 = next_fingerprint for share on conflict do nothing",
);

/// Has a tenant of PostgreSQL's seal under a version from now on: tenant, version.
pub(crate) static SEAL_UNDER: FixedStatement = FixedStatement::common(
    "insert into tenant (id, sequence, key_version) values (?1, 0, ?2) on conflict (id) do update set key_version = ?2",
);

/// Yields the version under which a tenant of SQLite's seals, if it has any: tenant.
pub(crate) const SEALS_UNDER: &str = "select max(version) from tenant_key where tenant = ?1";

/// The tenants that have keys, by id.
pub(crate) static TENANTS: FixedStatement =
    FixedStatement::common("select distinct tenant from tenant_key order by tenant");

/// Replaces what a key is wrapped to: tenant, version, wrapped before, wrapped. Yields a row if it was as before.
pub(crate) static REPLACE: FixedStatement = FixedStatement::common(
    "update tenant_key set wrapped = ?4 where tenant = ?1 and version = ?2 and wrapped = ?3 returning version",
);

/// Ends the keys of a tenant before a version: tenant, version.
pub(crate) static END_FORMER: FixedStatement =
    FixedStatement::common("delete from tenant_key where tenant = ?1 and version < ?2 returning version");

/// Some keys that the next key-encryption key has not wrapped yet: limit. Yields tenant, version, wrapped, rewrapped, rotation.
/// A fingerprint stands behind the first byte of what is wrapped.
pub(crate) static LEFT: FixedStatement = FixedStatement::common(
    "select tenant, version, wrapped, rewrapped, tenant_key.rotation from tenant_key, key_state \
     where next_fingerprint is not null and (rewrapped is null or substr(rewrapped, 2, 8) <> next_fingerprint) \
     order by tenant, version limit ?1",
);

/// Yields the number of keys, and of those that the next key-encryption key has wrapped.
pub(crate) static COUNT: FixedStatement = FixedStatement::common(
    "select count(*), count(case when substr(rewrapped, 2, 8) = next_fingerprint then 1 end) from tenant_key, key_state",
);

/// Yields a row for each key that a key-encryption key has not wrapped to take the place of another: fingerprint.
pub(crate) static UNLIKE: FixedStatement = FixedStatement::common(
    "select version from tenant_key where rewrapped is null or substr(rewrapped, 2, 8) <> ?1 limit 1",
);

/// Keeps what the next key-encryption key has made of a key: tenant, version, wrapped as it is, rewrapped.
pub(crate) static SET_REWRAPPED: FixedStatement = FixedStatement::common(
    "update tenant_key set rewrapped = ?4 where tenant = ?1 and version = ?2 and wrapped = ?3 returning version",
);

/// Puts what the next key-encryption key has made of the keys into the place of what the current one has.
pub(crate) static SWAP: FixedStatement =
    FixedStatement::common("update tenant_key set wrapped = rewrapped, rewrapped = null");
