//! The parameters of a statement that changes a row.

use rusqlite::CachedStatement;
use rusqlite::types::{ToSql, ToSqlOutput};

use super::error::ApplyError;
use crate::layout::Table;
use crate::sql::{RowState, SqlValue};

/// Binds the parameters of a statement one after the other.
pub(super) struct ParameterBinder<'s, 'c> {
    statement: &'s mut CachedStatement<'c>,
    next: usize,
}

impl<'s, 'c> ParameterBinder<'s, 'c> {
    /// Begins with the parameters that identify a row: tenant, [parent,] key.
    pub fn identify(
        statement: &'s mut CachedStatement<'c>,
        tenant: i64,
        parent: Option<&[u8]>,
        key: &[u8],
    ) -> Result<ParameterBinder<'s, 'c>, ApplyError> {
        let mut binder = ParameterBinder { statement, next: 1 };
        binder.bind(&tenant)?;
        if let Some(parent) = parent {
            binder.bind(&parent)?;
        }
        binder.bind(&key)?;
        Ok(binder)
    }

    /// Begins with the number of a row.
    pub fn numbered(
        statement: &'s mut CachedStatement<'c>,
        row: i64,
    ) -> Result<ParameterBinder<'s, 'c>, ApplyError> {
        let mut binder = ParameterBinder { statement, next: 1 };
        binder.bind(&row)?;
        Ok(binder)
    }

    /// Binds the next parameter.
    pub fn bind(&mut self, value: &dyn ToSql) -> Result<(), ApplyError> {
        self.statement.raw_bind_parameter(self.next, value).map_err(ApplyError::group)?;
        self.next += 1;
        Ok(())
    }

    /// Binds an entity's state: these of its columns, document, [sealed], [detached].
    pub fn state<'v>(
        &mut self,
        table: &Table,
        columns: impl IntoIterator<Item = &'v SqlValue>,
        state: &RowState,
    ) -> Result<(), ApplyError> {
        columns.into_iter().try_for_each(|value| self.bind(value))?;
        self.bind(&ToSqlOutput::from(&*state.document))?;
        if table.sealed {
            self.bind(&state.sealed)?;
        }
        if table.detached.is_some() {
            self.bind(&state.detached)?;
        }
        Ok(())
    }
}
