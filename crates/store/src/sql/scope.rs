//! Subqueries: the rows at the end of a navigation property and the items of a collection, each correlated with what is
//! around it.

use odata::Value;
use odata::edm::TypeId;
use odata::payload::document::write_value;
use odata::query::{CollectionPath, Expression, Hop, Inclusion, Items, Link, Path, Quantifier};

use super::dialect::{Dialect, quoted};
use super::function;
use super::renderer::{NullLogic, PathScope, Renderer};
use super::value::SqlValue;

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
        let logic = if quantifier == Quantifier::All { NullLogic::ThreeValued } else { NullLogic::TwoValued };
        let predicate = self.condition(predicate, logic);
        self.scopes.pop();
        conditions.push(match quantifier {
            Quantifier::All => format!("({predicate}) is not true"),
            _ => format!("({predicate})"),
        });
        let not = if quantifier == Quantifier::All { "not " } else { "" };
        format!("({not}exists (select 1 from {from} where {}))", conditions.join(" and "))
    }

    /// The number of items for which a predicate is true.
    pub(super) fn count(&mut self, source: &CollectionPath, predicate: &Expression) -> String {
        let (from, mut conditions, scope) = self.source(source);
        self.scopes.push(scope);
        conditions.push(format!("({})", self.condition(predicate, NullLogic::TwoValued)));
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

    /// The table to select from, the conditions, and the scope that it makes.
    fn source(&mut self, source: &CollectionPath) -> (String, Vec<String>, PathScope<'a>) {
        let path = match source {
            CollectionPath::Related(hop) => return self.related(hop),
            CollectionPath::Property(path) => path,
        };
        let alias = format!("e{}", self.scopes.len());
        let slots: Vec<u16> = path.steps.iter().map(|step| step.slot).collect();
        // Rendered within the new scope, where everything around it has to be named.
        self.scopes.push(PathScope::Item { alias: alias.clone() });
        let (from, condition) = self.dialect.items(&self.document(path.scope), &slots, &alias);
        self.scopes.pop();
        (from, condition.into_iter().collect(), PathScope::Item { alias })
    }

    /// The rows at the other end of a navigation property.
    fn related(&mut self, hop: &Hop) -> (String, Vec<String>, PathScope<'a>) {
        let table = self.schema.table(hop.set);
        let alias = format!("e{}", self.scopes.len());
        let scope = PathScope::Row { table, alias: Some(alias.clone()) };
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
}
