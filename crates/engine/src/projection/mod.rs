//! Projections: entities that a set shows and does not store, because another entity, their source, says all of them.
//!
//! A set with a projection shows what is stored in it and the projections of its sources, as one set in one order. Its
//! queries are rewritten to queries of the sources ([`rewrite`]), and both results are merged ([`merge`]). When a
//! projection is changed it is stored, and its source loses it, in one unit ([`end`]).

mod condition;
mod end;
mod keys;
mod merge;
mod read;
mod rewrite;

use odata::edm::{Kind, Model, Property, SetId, TypeId};
use odata::payload::entity::default_of;
use odata::payload::{Document, Draft};
use odata::query::evaluate::{evaluate, matches};
use odata::query::{Comparison, Expression, Path};
use odata::{Key, Record, Value};
use store::{Row, Store};

use crate::Error;
use crate::handlers::{Names, StartError};

pub use condition::is_filled;
pub use keys::projected_key;

/// The projection of the entities of one set into another.
#[derive(Clone)]
pub struct Projection {
    /// The set that shows the projections.
    pub(crate) set: SetId,
    entity_type: TypeId,
    /// The set of the sources.
    source: SetId,
    /// The key of a source.
    source_id: Path,
    /// The property of a source that is not null exactly while it has a projection.
    mark: Path,
    mark_slot: u16,
    /// The value of each slot but the key's.
    values: Vec<ProjectedValue>,
}

/// The value of a property of a projection, told by the source.
#[derive(Clone, Debug)]
pub enum ProjectedValue {
    /// A single value. The conditions of a `Case` are never null.
    Single(Expression),
    /// The items of a collection, each there if its condition is true, which is never null.
    Items(Vec<(Expression, Expression)>),
}

impl ProjectedValue {
    fn of(&self, source: &Record) -> Value {
        match self {
            ProjectedValue::Single(expression) => evaluate(expression, source),
            ProjectedValue::Items(items) => {
                let there = items.iter().filter(|(condition, _)| matches(condition, source));
                Value::Collection(there.map(|(_, value)| evaluate(value, source)).collect())
            }
        }
    }
}

impl Projection {
    /// The projection of the entities of `source` into `set`, of those whose property `mark` is not null. Properties without
    /// a value have their defaults. The types of both sets are called by their names.
    pub fn new(
        names: &Names<'_>,
        [set, source]: [SetId; 2],
        mark: Path,
        values: Vec<(u16, ProjectedValue)>,
    ) -> Result<Projection, StartError> {
        let model = names.model;
        let entity_type = model.set(set).entity_type;
        check(model, set, source)?;
        let [step] = mark.steps.as_slice() else {
            return Err(StartError("the mark of a projection is no property of its source".to_owned()));
        };
        let structured = model.structured(entity_type);
        let null = || ProjectedValue::Single(Expression::Literal(Value::Null));
        let mut of_slots: Vec<ProjectedValue> = (0..structured.slots).map(|_| null()).collect();
        for property in structured.properties.iter().map(|id| model.property(*id)) {
            let given = values.iter().find(|(slot, _)| *slot == property.slot);
            let value = match given {
                Some((_, value)) => value.clone(),
                None => default_value(property),
            };
            let is_collection = matches!(value, ProjectedValue::Items(_));
            let is_complex = matches!(property.type_ref.kind, Kind::Complex(_)) && given.is_some();
            if is_collection != property.type_ref.collection || is_complex {
                let (name, of) = (&property.name, &structured.name);
                return Err(StartError(format!("the property '{name}' of '{of}' cannot be projected so")));
            }
            if let Some(place) = of_slots.get_mut(usize::from(property.slot)) {
                *place = value;
            }
        }
        let source_id = names.id_of(model.set(source).entity_type)?;
        let mark_slot = step.slot;
        Ok(Projection { set, entity_type, source, source_id, mark, mark_slot, values: of_slots })
    }

    /// The key of a source's projection; none of a source that has none.
    pub fn key_of(&self, key: &Key, source: &Record) -> Option<Key> {
        let is_marked = source.get(self.mark_slot).is_some_and(|mark| *mark != Value::Null);
        projected_key(key).filter(|_| is_marked)
    }

    /// The projection of a source, with its key; none of a source that has none.
    pub fn project(&self, model: &Model, key: &Key, source: &Record) -> Option<(Key, Record)> {
        let key = self.key_of(key, source)?;
        let record = self.record(model, &key, source);
        Some((key, record))
    }

    /// What a source says of an entity with this key, whether it has a projection or not.
    pub fn record(&self, model: &Model, key: &Key, source: &Record) -> Record {
        let mut record = Record::empty(self.entity_type, model.structured(self.entity_type).slots);
        for (slot, value) in (0..).zip(&self.values) {
            record.set(slot, value.of(source));
        }
        record.set(0, Value::String(key.to_string().into()));
        Draft(record).stored(model).into_draft().0
    }

    /// The row of a source's projection, and its record.
    fn row(&self, store: &Store, source: &Row) -> Result<Option<(Row, Record)>, Error> {
        let model = store.model();
        let record = store.record(self.source, source)?;
        Ok(self.project(model, &source.key, &record).map(|(key, record)| {
            let document = Document::encode(&record, &[], model);
            let row = Row { key, version: source.version, document, sealed: None, sorted_by: Vec::new() };
            (row, record)
        }))
    }

    /// The condition that a source has a projection.
    fn is_projected(&self) -> Expression {
        let null = Box::new(Expression::Literal(Value::Null));
        Expression::Compare(Comparison::NotEqual, Box::new(Expression::Path(self.mark.clone())), null)
    }
}

fn default_value(property: &Property) -> ProjectedValue {
    let always = || Expression::Literal(Value::Boolean(true));
    match default_of(property) {
        Value::Collection(items) => {
            let items = items.into_iter().map(|item| (always(), Expression::Literal(item)));
            ProjectedValue::Items(items.collect())
        }
        value => ProjectedValue::Single(Expression::Literal(value)),
    }
}

/// Refuses a projection whose queries could ask what its source does not say.
fn check(model: &Model, set: SetId, source: SetId) -> Result<(), StartError> {
    let [projected, of] = [set, source].map(|id| model.set(id));
    let refuse = |reason: &str| Err(StartError(format!("the set '{}' {reason}", projected.path)));
    let structured = model.structured(projected.entity_type);
    let properties = || structured.properties.iter().map(|id| model.property(*id));
    let mut navigations = structured.navigations.iter().map(|id| model.navigation(*id));
    if projected.parent.is_some() || of.parent.is_some() {
        return refuse("and the one that is projected into it must not be contained in others");
    }
    if navigations.any(|navigation| !navigation.derived && !navigation.not_implemented) {
        return refuse("shows projections, so all its navigation properties must be derived");
    }
    if !properties().any(|property| property.tokenized) || properties().any(|property| property.secret) {
        return refuse("shows projections, so it must be searched by property and have no secrets");
    }
    Ok(())
}
