//! `$filter` as a condition. The meaning of nulls is that of [`odata::query::Expression`], which is not SQL's.

use odata::query::search::fold;
use odata::query::{Comparison, Expression, Function, Path};
use odata::{Key, Value};

use super::ddl::trigram_text;
use super::dialect::{Dialect, quoted};
use super::expressions::{balanced, chain, column_of, is_literal, is_null, successor};
use super::renderer::{NullLogic, PathScope, Renderer};
use super::search::like;
use super::value::SqlValue;
use crate::layout::{Column, ColumnKind};

impl Renderer<'_> {
    /// An expression as a condition.
    pub fn condition(&mut self, expression: &Expression, logic: NullLogic) -> String {
        match expression {
            Expression::Literal(Value::Boolean(true)) => "true".into(),
            Expression::Literal(Value::Boolean(false)) => "false".into(),
            Expression::Literal(_) => "(null = 1)".into(),
            Expression::Path(_) | Expression::Through(..) | Expression::Case(_) => {
                format!("({} <> 0)", self.value(expression))
            }
            Expression::Compare(comparison, left, right) => self.compare(*comparison, left, right, logic),
            Expression::And(..) => {
                let terms = chain(expression).into_iter().map(|term| self.condition(term, logic));
                balanced(terms.collect(), " and ")
            }
            Expression::Or(..) => {
                let terms = chain(expression).into_iter().map(|term| self.condition(term, logic));
                balanced(terms.collect(), " or ")
            }
            Expression::Not(inner) => format!("(not {})", self.condition(inner, NullLogic::ThreeValued)),
            Expression::In(item, list) => self.is_in(item, list, logic),
            Expression::Call(function, arguments) => self.predicate(*function, arguments),
            Expression::Quantified(quantifier, source, predicate) => {
                self.quantified(*quantifier, source, predicate)
            }
            Expression::IsOf(path, types) => self.is_of(path, types),
            Expression::Includes(inclusion, whole, part) => self.includes(*inclusion, whole, part),
        }
    }

    fn compare(
        &mut self,
        comparison: Comparison,
        left: &Expression,
        right: &Expression,
        logic: NullLogic,
    ) -> String {
        if let (Comparison::Equal, NullLogic::TwoValued) = (comparison, logic)
            && let Some(found) =
                self.equal_by_folded(left, right).or_else(|| self.equal_by_folded(right, left))
        {
            return found;
        }
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        let (left_text, right_text) = match (self.key(left), self.key(right)) {
            // `id` and a literal: as keys, which have an index.
            (Some(key), None) if equality && is_literal(right) => (key, self.key_literal(right)),
            (None, Some(key)) if equality && is_literal(left) => (self.key_literal(left), key),
            _ => (self.value(left), self.value(right)),
        };
        let plain = |operator: &str| format!("{left_text} {operator} {right_text}");
        let never_null = |operator: &str| match logic {
            NullLogic::TwoValued => plain(operator),
            NullLogic::ThreeValued => format!("coalesce({}, false)", plain(operator)),
        };
        match comparison {
            Comparison::Equal if is_null(right) => {
                format!("{} is null", self.only_folded(left).unwrap_or(left_text))
            }
            Comparison::Equal if is_null(left) => {
                format!("{} is null", self.only_folded(right).unwrap_or(right_text))
            }
            Comparison::NotEqual if is_null(right) => format!("{left_text} is not null"),
            Comparison::NotEqual if is_null(left) => format!("{right_text} is not null"),
            Comparison::Equal if logic == NullLogic::TwoValued && (is_literal(left) || is_literal(right)) => {
                plain("=")
            }
            Comparison::Equal => plain("is not distinct from"),
            Comparison::NotEqual => plain("is distinct from"),
            Comparison::Greater => never_null(">"),
            Comparison::GreaterOrEqual => never_null(">="),
            Comparison::Less => never_null("<"),
            Comparison::LessOrEqual => never_null("<="),
        }
    }

    /// The column of a text without its case, for a path whose value no column repeats as it is.
    fn only_folded(&self, expression: &Expression) -> Option<String> {
        match expression {
            Expression::Path(path) if self.row_column(path).is_none() => self.folded_column(path),
            _ => None,
        }
    }

    /// Equality of a path and a literal: the index of the text without its case leads to some rows more.
    fn equal_by_folded(&mut self, path: &Expression, literal: &Expression) -> Option<String> {
        let Expression::Literal(Value::String(text)) = literal else { return None };
        let column = self.only_folded(path)?;
        let folded = self.bind(SqlValue::Text(fold(text).into()));
        let (value, text) = (self.value(path), self.bind(SqlValue::Text(text.clone())));
        Some(format!("({column} = {folded} and {value} = {text})"))
    }

    fn is_in(&mut self, item: &Expression, list: &[Value], logic: NullLogic) -> String {
        // What is bound must also be used.
        if list.is_empty() {
            return "false".into();
        }
        let key = self.key(item);
        let as_keys = key.is_some();
        let text = key.unwrap_or_else(|| self.value(item));
        let mut members = Vec::with_capacity(list.len());
        for value in list.iter().filter(|value| **value != Value::Null) {
            members.push(self.literal(value, as_keys));
        }
        let folded = self.only_folded(item).filter(|_| logic == NullLogic::TwoValued);
        if let (Some(column), false) = (folded, members.is_empty()) {
            let texts = list.iter().filter_map(Value::as_text);
            let folded: Vec<String> =
                texts.map(|text| self.bind(SqlValue::Text(fold(text).into()))).collect();
            let among = format!("({column} in ({}) and {text} in ({}))", folded.join(","), members.join(","));
            let or_null =
                if list.contains(&Value::Null) { format!(" or {column} is null") } else { String::new() };
            return format!("({among}{or_null})");
        }
        let among = match (members.is_empty(), logic) {
            (true, _) => None,
            (false, NullLogic::TwoValued) => Some(format!("{text} in ({})", members.join(","))),
            (false, NullLogic::ThreeValued) => {
                Some(format!("coalesce({text} in ({}), false)", members.join(",")))
            }
        };
        match (among, list.contains(&Value::Null)) {
            (None, _) => format!("{text} is null"),
            (Some(among), false) => among,
            (Some(among), true) => format!("({text} is null or {among})"),
        }
    }

    /// A function that yields a truth value, as a condition.
    fn predicate(&mut self, function: Function, operands: &[Expression]) -> String {
        let of_literal = match operands {
            [text, Expression::Literal(Value::String(part))] => self.with_literal(function, text, part),
            _ => None,
        };
        of_literal.unwrap_or_else(|| self.call(function, operands))
    }

    /// A condition on a text and a literal that has a form of its own: because an index serves it, or because the
    /// database spells the literal in another way.
    fn with_literal(&mut self, function: Function, text: &Expression, part: &str) -> Option<String> {
        if let Some(column) = self.only_folded(text)
            && let Some(condition) = self.with_folded(function, text, part, &column)
        {
            return Some(condition);
        }
        match (function, self.column(text), self.dialect) {
            (Function::StartsWith, Some(column), _) => {
                // Exactly the texts with this prefix, as a range of the index: both compare bytes.
                let end = successor(part)?;
                let name = quoted(&column.name);
                let from = self.bind(SqlValue::Text(part.into()));
                let to = self.bind(SqlValue::Text(end.into()));
                Some(format!("({name} >= {from} and {name} < {to})"))
            }
            (Function::Contains, Some(column), Dialect::Postgres) => {
                let pattern = self.bind(SqlValue::Text(like(part).into()));
                Some(format!("({} like {pattern})", trigram_text(&column)))
            }
            (Function::MatchesPattern, ..) => {
                let text = self.value(text);
                let pattern = self.bind(SqlValue::Text(self.dialect.pattern(part).into()));
                Some(self.dialect.call(function, &[text, pattern]))
            }
            _ => None,
        }
    }

    /// The same for a path whose text without its case has a column: what that excludes is not looked at.
    fn with_folded(
        &mut self,
        function: Function,
        text: &Expression,
        part: &str,
        column: &str,
    ) -> Option<String> {
        let folded = fold(part);
        let among = match function {
            Function::StartsWith => {
                let end = successor(&folded)?;
                let from = self.bind(SqlValue::Text(folded.into()));
                let to = self.bind(SqlValue::Text(end.into()));
                format!("{column} >= {from} and {column} < {to}")
            }
            Function::Contains if self.dialect == Dialect::Postgres => {
                let pattern = self.bind(SqlValue::Text(like(&folded).into()));
                format!("{column} like {pattern}")
            }
            _ => return None,
        };
        let (value, part) = (self.value(text), self.bind(SqlValue::Text(part.into())));
        Some(format!("({among} and {})", self.dialect.call(function, &[value, part])))
    }

    /// An expression as a value; texts, numbers, and truth values as numbers.
    pub fn value(&mut self, expression: &Expression) -> String {
        match expression {
            Expression::Literal(value) => self.literal(value, false),
            Expression::Path(path) => self.path(path),
            Expression::Through(hop, inner) => self.through(hop, inner),
            Expression::Quantified(odata::query::Quantifier::Count, source, predicate) => {
                self.count(source, predicate)
            }
            Expression::Call(function, arguments) if !function.is_boolean() => {
                self.call(*function, arguments)
            }
            Expression::Case(pairs) => self.case(pairs),
            Expression::Compare(..)
            | Expression::And(..)
            | Expression::Or(..)
            | Expression::Not(_)
            | Expression::In(..)
            | Expression::Call(..)
            | Expression::Quantified(..)
            | Expression::Includes(..)
            | Expression::IsOf(..) => {
                let condition = self.condition(expression, NullLogic::ThreeValued);
                self.dialect.boolean_as_number(&condition)
            }
        }
    }

    /// A function: its value, or its condition if it yields a truth value.
    fn call(&mut self, function: Function, arguments: &[Expression]) -> String {
        if let (Function::ToLower, [Expression::Path(path)]) = (function, arguments)
            && let Some(column) = self.folded_column(path)
        {
            return column;
        }
        let arguments: Vec<String> = arguments.iter().map(|argument| self.value(argument)).collect();
        self.dialect.call(function, &arguments)
    }

    /// The value of the first condition that is true.
    fn case(&mut self, pairs: &[(Expression, Expression)]) -> String {
        let mut text = "(case".to_owned();
        for (condition, value) in pairs {
            let condition = self.condition(condition, NullLogic::TwoValued);
            text.push_str(&format!(" when {condition} then {}", self.value(value)));
        }
        let is_text =
            |(_, value): &(Expression, Expression)| matches!(value, Expression::Literal(Value::String(_)));
        text + match pairs.iter().any(is_text) && self.dialect == Dialect::Postgres {
            // A parameter would bring the database's own order of texts along.
            true => " end collate \"C\")",
            false => " end)",
        }
    }

    fn literal(&mut self, value: &Value, as_key: bool) -> String {
        match (value, as_key) {
            (Value::Null, _) => "null".into(),
            (Value::String(text), true) => self.bind(SqlValue::key(&Key::parse(text))),
            (value, _) => self.bind(SqlValue::from_value(value)),
        }
    }

    fn key_literal(&mut self, expression: &Expression) -> String {
        match expression {
            Expression::Literal(value) => self.literal(value, true),
            _ => self.value(expression),
        }
    }

    /// The column of keys, if the expression is the `id` of a row.
    fn key(&self, expression: &Expression) -> Option<String> {
        match expression {
            Expression::Path(path) => self.id_column(path),
            _ => None,
        }
    }

    /// The value at a path: its column, or the document's element, or its default where it is missing.
    pub fn path(&mut self, path: &Path) -> String {
        if let Some(column) = self.row_column(path) {
            return column;
        }
        // The document does not repeat its key.
        if let Some(key) = self.id_column(path) {
            return self.dialect.key_text(&key);
        }
        let slots: Vec<u16> = path.steps.iter().map(|step| step.slot).collect();
        let kind = ColumnKind::of(path.type_ref.kind).filter(|_| !path.type_ref.collection);
        let document = self.document(path.scope);
        let mut value = self.dialect.document_value(&document, &slots, kind);
        if let (Some(PathScope::Row { table, .. }), [slot]) = (self.scopes.get(path.scope), &*slots)
            && table.detached == Some(*slot)
        {
            let column = format!("{}detached", self.prefix(path.scope));
            value = self.dialect.detached_value(&column, &document, *slot);
        }
        let last = path.steps.last().map(|step| self.model.property(step.property));
        let default = last.and_then(|property| property.default.as_ref()).map(SqlValue::from_value);
        match default.filter(|default| *default != SqlValue::Null) {
            None => value,
            Some(default) => {
                let lacks = self.dialect.document_lacks(&document, &slots);
                format!("(case when {lacks} then {} else {value} end)", self.bind(default))
            }
        }
    }

    fn column(&self, expression: &Expression) -> Option<Column> {
        // What stands in another scope has another name.
        if self.scopes.len() == 1 { column_of(self.table, expression).cloned() } else { None }
    }
}
