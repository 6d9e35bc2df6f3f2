//! The statements that change rows, rendered once for each table when the store opens.

use std::sync::Arc;

/// What changes a table's rows. Parameters are bound in the order in which they are listed.
#[derive(Clone, Debug)]
pub(crate) struct Statements {
    /// Tenant, [parent,] key, version (the new sequence number), the columns, document, [sealed]. Violates the key's
    /// or a unique column's index: `Exists` or `NotUnique`, told apart by [`crate::layout::Table::violated`].
    pub insert: Arc<str>,
    /// Tenant, [parent,] key, expected version, new version, the columns, document, [sealed]. No row: `Changed`.
    pub update: Arc<str>,
    /// Tenant, [parent,] key, expected version. No row: `Changed`.
    pub delete: Arc<str>,
    /// Tenant, key: run after `delete`, in this order; each ends a set that this one's entities contain.
    pub cascade: Vec<Arc<str>>,
    /// Tenant, parent key: run before `insert` if there is one. No row: `NoParent`.
    pub parent_exists: Option<Arc<str>>,
}
