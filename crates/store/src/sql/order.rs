//! The order of a list, and what comes after a row in it.

use odata::edm::Kind;
use odata::query::{Cursor, Expression, OrderKey};

use super::dialect::Dialect;
use super::expressions::is_id;
use super::select::Select;
use super::value::SqlValue;

/// A term of the order; the last is always the key.
pub(super) struct OrderTerm {
    pub(super) text: String,
    descending: bool,
    /// The index of its value in the cursor; None for the key.
    value: Option<usize>,
}

impl OrderTerm {
    pub(super) fn order(&self, dialect: Dialect) -> String {
        match self.value {
            Some(_) => format!("{}{}", self.text, dialect.null_order(self.descending)),
            // A key is never null. To say where nulls go would keep PostgreSQL from the order of the key's index.
            None => format!("{}{}", self.text, if self.descending { " desc" } else { "" }),
        }
    }
}

impl Select<'_> {
    /// The terms of the order. Those after `id` are left out: they decide nothing any more.
    pub(super) fn order_terms(&mut self) -> Vec<OrderTerm> {
        let mut terms = Vec::new();
        for (at, OrderKey { expression, descending, .. }) in self.query.order_by.iter().enumerate() {
            if matches!(expression, Expression::Literal(_)) {
                continue;
            }
            if is_id(expression) {
                terms.push(OrderTerm { text: "key".into(), descending: *descending, value: None });
                return terms;
            }
            let text = self.renderer.value(expression);
            terms.push(OrderTerm { text, descending: *descending, value: Some(at) });
        }
        terms.push(OrderTerm { text: "key".into(), descending: false, value: None });
        terms
    }

    /// The terms that look at other entities, whose values a row does not have by itself, and the kinds of these
    /// values.
    pub(super) fn elsewhere<'t>(&self, terms: &'t [OrderTerm]) -> (Vec<&'t str>, Vec<Kind>) {
        let keys = &self.query.order_by;
        let elsewhere = terms.iter().filter_map(|term| {
            let key = keys.get(term.value?).filter(|key| key.looks_elsewhere())?;
            Some((&*term.text, key.kind))
        });
        elsewhere.unzip()
    }

    /// The rows after the cursor: later in the first term, or equal in it and later in the second, and so on.
    pub(super) fn after(&mut self, terms: &[OrderTerm], cursor: &Cursor) -> String {
        let mut condition = String::new();
        for (at, term) in terms.iter().enumerate().rev() {
            let value = match term.value {
                Some(place) => cursor.values.get(place).map_or(SqlValue::Null, SqlValue::from_value),
                None => SqlValue::key(&cursor.key),
            };
            let beyond = self.beyond(term, &value);
            if at + 1 == terms.len() {
                condition = beyond;
                continue;
            }
            let equal = match &value {
                SqlValue::Null => format!("{} is null", term.text),
                value => format!("{} = {}", term.text, self.renderer.bind(value.clone())),
            };
            condition = format!("({beyond} or ({equal} and {condition}))");
            // Says again what an index can seek.
            if at == 0 && !term.descending && value != SqlValue::Null {
                let bound = self.renderer.bind(value);
                condition = format!("{} >= {bound} and {condition}", term.text);
            }
        }
        condition
    }

    /// The rows beyond a value in one term. Null is the smallest value.
    fn beyond(&mut self, term: &OrderTerm, value: &SqlValue) -> String {
        match (term.descending, value) {
            (false, SqlValue::Null) => format!("{} is not null", term.text),
            (true, SqlValue::Null) => "false".into(),
            (false, value) => format!("{} > {}", term.text, self.renderer.bind(value.clone())),
            (true, value) if term.value.is_none() => {
                format!("{} < {}", term.text, self.renderer.bind(value.clone()))
            }
            (true, value) => {
                let bound = self.renderer.bind(value.clone());
                format!("({} < {bound} or {} is null)", term.text, term.text)
            }
        }
    }
}
