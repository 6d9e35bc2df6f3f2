//! The statements about requests that may be sent again. The same text on both databases, but for how parameters are
//! written.

use super::Dialect;
use crate::idempotency::FORGOTTEN_AT_ONCE;

/// Tenant, name, since: yields content, key, version, document.
pub(crate) fn recall(dialect: Dialect) -> String {
    let [tenant, name, since] = [1, 2, 3].map(|number| dialect.plain_parameter(number));
    format!(
        "select content, key, version, document from idempotency \
         where tenant = {tenant} and name = {name} and at >= {since}"
    )
}

/// Tenant, name, content, at, key, version, document, since. No row: it is known already.
pub(crate) fn remember(dialect: Dialect) -> String {
    let parameters = [1, 2, 3, 4, 5, 6, 7, 8].map(|number| dialect.plain_parameter(number));
    let (values, since) = (parameters[..7].join(", "), &parameters[7]);
    format!(
        "insert into idempotency (tenant, name, content, at, key, version, document) values ({values}) \
         on conflict (tenant, name) do update set content = excluded.content, at = excluded.at, key = excluded.key, \
         version = excluded.version, document = excluded.document where idempotency.at < {since}"
    )
}

/// Tenant, since.
pub(crate) fn forget(dialect: Dialect) -> String {
    let [tenant, since] = [1, 2].map(|number| dialect.plain_parameter(number));
    format!(
        "delete from idempotency where tenant = {tenant} and name in (select name from idempotency \
         where tenant = {tenant} and at < {since} order by at limit {FORGOTTEN_AT_ONCE})"
    )
}
