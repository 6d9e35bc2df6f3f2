//! From what the database holds to what the model asks: the fixed tables, the persistent numbering, the tables of
//! the entity sets. Planning is pure; each engine reads a [`Catalog`], takes the lock and runs the steps.

use odata::edm::Model;

use crate::layout::Layout;
use crate::sql::{Dialect, Step};

/// The version of what this file makes of a model. Raised when an older program could not read the result.
pub(crate) const LAYOUT_VERSION: i64 = 1;

/// What a database holds, read by its engine under the migration lock, after the fixed tables' migrations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    /// All of `numbered(list, number, name)`, ordered by list and number.
    pub numbered: Vec<(String, i32, String)>,
    /// The names of all tables.
    pub tables: Vec<String>,
    /// The names of all indexes.
    pub indexes: Vec<String>,
}

/// What opening comes to.
#[derive(Debug)]
pub(crate) struct Plan {
    /// The model with its slots settled.
    pub model: Model,
    pub layout: Layout,
    /// To be run in order, in one transaction or each in its own: all are idempotent.
    pub steps: Vec<Step>,
}

/// Settles the model against the catalog. An error says what is impossible about it.
pub(crate) fn plan(model: Model, catalog: &Catalog, dialect: Dialect) -> Result<Plan, String> {
    let _ = (model, catalog, dialect);
    Err("to be written".into())
}
