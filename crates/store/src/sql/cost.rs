//! The ways to the rows of a query: which conditions an index decides, and how many rows may have to be read.

use odata::Value;
use odata::query::{Comparison, Expression, Function, Path};

use super::dialect::Dialect;
use super::expressions::{chain, column_of, column_of_path, index_of_path, is_id, is_null};
use super::read_statement::Cost;
use super::select::{Select, conjuncts};

/// The largest number of rows in the order of the key that are read where the caller runs: a tenth of a millisecond.
/// More would keep others waiting for its thread longer than it takes to hand them to another one.
const POINT_ROWS_MAX: u64 = 256;
/// The same bound for rows that have one value of an indexed property: they could be so many, but are few.
const EQUAL_ROWS_MAX: u64 = 1_024;
/// The largest number of alternatives of a condition that are looked up one by one.
const ALTERNATIVES_MAX: usize = 16;

impl Select<'_> {
    /// Whether a condition is best decided by reading one index from end to end instead of all rows: it looks at
    /// one indexed property only, and neither it nor another condition finds rows directly.
    pub(super) fn is_covered(&self, conjunct: &Expression) -> bool {
        // PostgreSQL reads all rows in the order of their keys as fast, and would join the two readings.
        if self.renderer.dialect == Dialect::Postgres {
            return false;
        }
        // Most rows may meet it, and in the order of their keys they need no sorting.
        if is_presence(conjunct) {
            return false;
        }
        let table = self.renderer.table;
        let Some(paths) = own_paths(conjunct) else { return false };
        let columns: Vec<_> = paths.iter().map(|path| column_of_path(table, path)).collect();
        let Some(Some(first)) = columns.first() else { return false };
        let one = columns.iter().all(|column| *column == Some(first));
        let ordered =
            self.query.order_by.first().is_some_and(|key| column_of(table, &key.expression) == Some(first));
        one && !ordered
            && table.parent.is_none()
            && self.query.referring.is_none()
            && !conjuncts(self.query).iter().any(|other| self.is_seekable(other))
    }

    /// The alternatives of a condition to each of which an index leads: the planner of SQLite would rather read all rows in
    /// the order of their keys. None if there is such an index for the whole query.
    pub(super) fn alternatives<'e>(&self, conjunct: &'e Expression) -> Option<Vec<&'e Expression>> {
        let Expression::Or(..) = conjunct else { return None };
        let is_found = |alternative: &Expression| match alternative {
            Expression::And(..) => chain(alternative).into_iter().any(|part| self.is_seekable(part)),
            part => self.is_seekable(part),
        };
        let alternatives = chain(conjunct);
        let is_worth = self.renderer.dialect == Dialect::Sqlite
            && self.renderer.table.parent.is_none()
            && self.query.referring.is_none()
            && alternatives.len() <= ALTERNATIVES_MAX
            && alternatives.iter().all(|alternative| is_found(alternative))
            && !conjuncts(self.query).iter().any(|other| self.is_seekable(other));
        is_worth.then_some(alternatives)
    }

    /// Whether an index leads from the condition to the rows.
    pub(super) fn is_seekable(&self, conjunct: &Expression) -> bool {
        let direct =
            |operand: &Expression| is_id(operand) || column_of(self.renderer.table, operand).is_some();
        let exact = |operand: &Expression| match operand {
            Expression::Path(path) => path.is_id() || index_of_path(self.renderer.table, path).is_some(),
            other => direct(other),
        };
        match conjunct {
            Expression::Compare(Comparison::NotEqual, ..) => false,
            Expression::Compare(Comparison::Equal, left, right) => exact(left) || exact(right),
            Expression::Compare(_, left, right) => direct(left) || direct(right),
            Expression::In(item, _) => exact(item),
            Expression::Call(Function::StartsWith, arguments) => {
                arguments.first().is_some_and(exact)
                    && matches!(arguments.get(1), Some(Expression::Literal(Value::String(text))) if !text.is_empty())
            }
            _ => false,
        }
    }

    /// The number of rows that the query may have to read.
    pub(super) fn cost(&self) -> Cost {
        let query = self.query;
        let conjuncts = conjuncts(query);
        if conjuncts.iter().any(|conjunct| self.is_equal(conjunct, true)) {
            return Cost::Point;
        }
        let rows = query.limit.saturating_add(query.skip);
        let by_key = query.order_by.iter().all(|key| is_id(&key.expression));
        let of_all = self.of_type().is_none() && query.search.is_none();
        let found = match (conjuncts.as_slice(), &query.referring) {
            ([], None) => rows <= POINT_ROWS_MAX,
            ([], Some((slot, _))) => rows <= EQUAL_ROWS_MAX && self.renderer.table.reference(*slot).is_some(),
            ([conjunct], None) => rows <= EQUAL_ROWS_MAX && self.is_equal(conjunct, false),
            _ => false,
        };
        if by_key && of_all && found { Cost::Point } else { Cost::Scan }
    }

    /// Whether a condition names one row (`unique`), or the rows with one value of an index.
    fn is_equal(&self, conjunct: &Expression, unique: bool) -> bool {
        let Expression::Compare(Comparison::Equal, left, right) = conjunct else { return false };
        let path = match (&**left, &**right) {
            (Expression::Path(path), Expression::Literal(value))
            | (Expression::Literal(value), Expression::Path(path))
                if *value != Value::Null =>
            {
                path
            }
            _ => return false,
        };
        let column = index_of_path(self.renderer.table, path);
        path.is_id()
            || self.renderer.table.parent.is_none() && column.is_some_and(|column| column.unique || !unique)
    }
}

/// Whether a condition is that a value is there.
fn is_presence(conjunct: &Expression) -> bool {
    match conjunct {
        Expression::Compare(Comparison::NotEqual, left, right) => is_null(left) || is_null(right),
        _ => false,
    }
}

/// The paths of an expression; None if it looks at anything but the row itself.
fn own_paths(expression: &Expression) -> Option<Vec<&Path>> {
    let (mut paths, mut alone) = (Vec::new(), true);
    expression.walk(&mut |part| match part {
        Expression::Path(path) => paths.push(path),
        Expression::Quantified(..)
        | Expression::Through(..)
        | Expression::Includes(..)
        | Expression::IsOf(..) => alone = false,
        _ => {}
    });
    alone.then_some(paths)
}
