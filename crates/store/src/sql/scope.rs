//! What paths start from: the row of the query, the rows at the end of a navigation property, the items of a
//! collection. Each but the first is read by a subquery that is correlated with what is around it.

use odata::Value;
use odata::edm::{PropertyId, TypeId};
use odata::payload::document::write_value;
use odata::query::{CollectionPath, Expression, Hop, Inclusion, Items, Link, Path, PathStep, Quantifier};

use super::dialect::quoted;
use super::filter::{Position, Renderer};
use super::{Dialect, SqlValue, function};
use crate::layout::{Column, ColumnKind, Table};

/// What a scope stands for.
#[derive(Clone, Debug)]
pub(super) enum Scope<'a> {
    /// A row; without alias that of the query itself.
    Row { table: &'a Table, alias: Option<String> },
    /// An item of a collection.
    Item { alias: String },
}

impl<'a> Renderer<'a> {
    /// `exists (…)` for `any` and `all`; a count is compared with zero, which nobody asks for.
    pub(super) fn quantified(
        &mut self,
        quantifier: Quantifier,
        source: &CollectionPath,
        predicate: &Expression,
    ) -> String {
        if quantifier == Quantifier::Count {
            return format!("({} <> 0)", self.count(source, predicate));
        }
        let (from, mut conditions, scope) = self.source(source);
        self.scopes.push(scope);
        let position = if quantifier == Quantifier::All { Position::Exact } else { Position::Positive };
        let predicate = self.condition(predicate, position);
        self.scopes.pop();
        conditions.push(match quantifier {
            Quantifier::All => format!("({predicate}) is not true"),
            _ => format!("({predicate})"),
        });
        let not = if quantifier == Quantifier::All { "not " } else { "" };
        format!("({not}exists (select 1 from {from} where {}))", conditions.join(" and "))
    }

    /// How many items a predicate is true for.
    pub(super) fn count(&mut self, source: &CollectionPath, predicate: &Expression) -> String {
        let (from, mut conditions, scope) = self.source(source);
        self.scopes.push(scope);
        conditions.push(format!("({})", self.condition(predicate, Position::Positive)));
        self.scopes.pop();
        format!("(select count(*) from {from} where {})", conditions.join(" and "))
    }

    /// A value of the entity that a navigation property leads to; null if it leads nowhere.
    pub(super) fn through(&mut self, hop: &Hop, inner: &Expression) -> String {
        let (from, conditions, scope) = self.related(hop);
        self.scopes.push(scope);
        let value = self.value(inner);
        self.scopes.pop();
        format!("(select {value} from {from} where {})", conditions.join(" and "))
    }

    /// Whether items of one collection make another.
    pub(super) fn includes(&mut self, inclusion: Inclusion, whole: &Items, part: &Items) -> String {
        let (whole, part) = (self.collection(whole), self.collection(part));
        format!("({}({whole},{part}) <> 0)", function::inclusion(inclusion))
    }

    /// A collection as an array in JSON.
    fn collection(&mut self, items: &Items) -> String {
        match items {
            Items::Path(path) => {
                let slots: Vec<u16> = path.steps.iter().map(|step| step.slot).collect();
                self.dialect.array(&self.document(path.scope), &slots)
            }
            Items::Literal(values) => {
                let mut json = Vec::new();
                write_value(&mut json, &Value::Collection(values.clone()), self.model);
                let json = String::from_utf8_lossy(&json).into_owned();
                let parameter = self.bind(SqlValue::Text(json.into()));
                if self.dialect == Dialect::Postgres { format!("{parameter}::json") } else { parameter }
            }
        }
    }

    /// Whether a record is of one of the types of its hierarchy.
    pub(super) fn is_of(&mut self, path: &Path, types: &[TypeId]) -> String {
        let model = self.model;
        let place = |id: &TypeId| {
            let root = model.structured(model.structured(*id).root);
            root.hierarchy.iter().position(|member| member == id)
        };
        let places = types.iter().filter_map(place);
        // A complex value whose type is spelled with `#` has the place as its negative.
        let places =
            places.filter_map(|place| i64::try_from(place).ok()).flat_map(|place| [place, -1 - place]);
        let places: Vec<String> = places.map(|place| place.to_string()).collect();
        if places.is_empty() {
            return "false".into();
        }
        let slots: Vec<u16> = path.steps.iter().map(|step| step.slot).collect();
        let place = self.dialect.discriminator(&self.document(path.scope), &slots);
        format!("coalesce({place} in ({}), false)", places.join(","))
    }

    /// What to select from, under which conditions, and the scope that it makes.
    fn source(&mut self, source: &CollectionPath) -> (String, Vec<String>, Scope<'a>) {
        let path = match source {
            CollectionPath::Related(hop) => return self.related(hop),
            CollectionPath::Property(path) => path,
        };
        let alias = format!("e{}", self.scopes.len());
        let slots: Vec<u16> = path.steps.iter().map(|step| step.slot).collect();
        // Rendered within the new scope, where everything around it has to be named.
        self.scopes.push(Scope::Item { alias: alias.clone() });
        let (from, condition) = self.dialect.items(&self.document(path.scope), &slots, &alias);
        self.scopes.pop();
        (from, condition.into_iter().collect(), Scope::Item { alias })
    }

    /// The rows at the other end of a navigation property.
    fn related(&mut self, hop: &Hop) -> (String, Vec<String>, Scope<'a>) {
        let table = self.layout.table(hop.set);
        let alias = format!("e{}", self.scopes.len());
        let scope = Scope::Row { table, alias: Some(alias.clone()) };
        self.scopes.push(scope.clone());
        let mut conditions = vec![format!("{alias}.tenant = {}", self.dialect.plain_parameter(1))];
        let key = format!("{}key", self.prefix(hop.scope));
        match hop.link {
            Link::All => {}
            Link::Contained => conditions.push(format!("{alias}.parent = {key}")),
            Link::Reference(slot) => {
                conditions.push(format!("{alias}.key = {}", self.reference(hop.scope, slot)));
            }
            Link::Inverse(slot) => {
                conditions.push(format!("{} = {key}", self.reference(self.scopes.len() - 1, slot)));
            }
        }
        self.scopes.pop();
        (format!("{} {alias}", quoted(&table.name)), conditions, scope)
    }

    /// The key that a row keeps in a slot.
    fn reference(&self, scope: usize, slot: u16) -> String {
        match self.scopes.get(scope) {
            Some(Scope::Row { table, .. }) if let Some(column) = table.reference(slot) => {
                format!("{}{}", self.prefix(scope), quoted(&column.name))
            }
            _ => self.dialect.document_value(&self.document(scope), &[slot], Some(ColumnKind::Key)),
        }
    }

    /// What stands before a column's name. Alone, the query's own row needs nothing.
    fn prefix(&self, scope: usize) -> String {
        match self.scopes.get(scope) {
            Some(Scope::Row { alias: None, .. }) if self.scopes.len() == 1 => String::new(),
            Some(Scope::Row { alias: None, table }) => format!("{}.", quoted(&table.name)),
            Some(Scope::Row { alias: Some(alias), .. } | Scope::Item { alias }) => format!("{alias}."),
            None => String::new(),
        }
    }

    /// The array that holds what a scope stands for, or the item itself.
    pub(super) fn document(&self, scope: usize) -> String {
        let name = match self.scopes.get(scope) {
            Some(Scope::Item { .. }) => "value",
            _ => "document",
        };
        format!("{}{name}", self.prefix(scope))
    }

    /// The column of keys, if the path is the `id` of a row.
    pub(super) fn id_column(&self, path: &Path) -> Option<String> {
        match (self.scopes.get(path.scope)?, path.steps.as_slice()) {
            (Scope::Row { .. }, [PathStep { slot: 0, .. }]) => {
                Some(format!("{}key", self.prefix(path.scope)))
            }
            _ => None,
        }
    }

    /// The column that repeats what a path of a row leads to.
    pub(super) fn row_column(&self, path: &Path) -> Option<String> {
        self.column_of_row(path, Table::column_of)
    }

    /// The column of the text at a path without its case, if there is one.
    pub(super) fn folded_column(&self, path: &Path) -> Option<String> {
        self.column_of_row(path, Table::folded_column_of)
    }

    fn column_of_row(&self, path: &Path, of: fn(&Table, PropertyId) -> Option<&Column>) -> Option<String> {
        match (self.scopes.get(path.scope)?, path.steps.as_slice()) {
            (Scope::Row { table, .. }, [step]) => {
                let column = of(table, step.property)?;
                Some(format!("{}{}", self.prefix(path.scope), quoted(&column.name)))
            }
            _ => None,
        }
    }
}
