//! The statements on what is sealed in the rows of a table: read again, counted, and sealed anew in bounded steps.
//!
//! The version of the data key stands in the second to fifth byte of what is sealed, the most significant one first.

use std::sync::Arc;

use super::dialect::{Dialect, quoted};
use crate::layout::Table;

/// The rows that one step looks at.
const RESEALED_TOGETHER_MAX: usize = 500;

/// The statements of a table with secrets.
#[derive(Clone, Debug)]
pub(crate) struct SealedStatements {
    /// Tenant, key. Yields what is sealed in the rows of the key.
    pub again: Arc<str>,
    /// Tenant, version of the data key, [parent,] key after which to begin. Yields for some rows in their order: parent (or key),
    /// key, and what is sealed under an older version.
    pub page: Arc<str>,
    /// SQLite's. Tenant, [parent,] key, what is sealed, what takes its place.
    pub reseal: Arc<str>,
    /// PostgreSQL's: the same for arrays of rows. Tenant, parents, keys, what is sealed, what takes its place. The tenant's row is
    /// locked first, as commits do.
    pub reseal_many: Arc<str>,
    /// Tenant, version of the data key. Yields the number of rows with something sealed, and of those under an older version.
    pub count: Arc<str>,
}

impl SealedStatements {
    /// Renders the statements; none if nothing is sealed in the table.
    pub fn render(table: &Table, dialect: Dialect) -> Option<SealedStatements> {
        if !table.sealed {
            return None;
        }
        let name = quoted(&table.name);
        let parameter = |number| dialect.plain_parameter(number);
        let (tenant, older) = (parameter(1), format!("substr(sealed, 2, 4) < {}", parameter(2)));
        let contained = table.parent.is_some();
        let (order, begin) = match contained {
            true => ("parent, key", format!("(parent, key) > ({}, {})", parameter(3), parameter(4))),
            false => ("key", format!("key > {}", parameter(3))),
        };
        let (first, of_parent) = match contained {
            true => ("parent", " and parent = ?2 and key = ?3 and sealed = ?4"),
            false => ("key", " and key = ?2 and sealed = ?3"),
        };
        let new = if contained { "?5" } else { "?4" };
        let same_parent = if contained { " and target.parent = source.parent" } else { "" };
        Some(SealedStatements {
            again: format!(
                "select sealed from {name} where tenant = {tenant} and key = {}",
                parameter(2)
            )
            .into(),
            page: format!(
                "select {first}, key, case when {older} then sealed end from {name} \
                 where tenant = {tenant} and {begin} order by {order} limit {RESEALED_TOGETHER_MAX}"
            )
            .into(),
            reseal: format!("update {name} set sealed = {new} where tenant = ?1{of_parent}").into(),
            reseal_many: format!(
                "with turn as (select id from tenant where id = $1 for update) \
                 update {name} as target set sealed = source.after from turn, \
                 unnest($2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[]) as source(parent, key, before, after) \
                 where target.tenant = turn.id and target.key = source.key{same_parent} and target.sealed = source.before \
                 returning target.version"
            )
            .into(),
            count: format!(
                "select count(*), count(case when {older} then 1 end) from {name} \
                 where tenant = {tenant} and sealed is not null"
            )
            .into(),
        })
    }
}
