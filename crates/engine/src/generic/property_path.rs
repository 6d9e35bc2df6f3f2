//! The path from an entity to one of its values: the properties that it names one after another.

use std::fmt::Write;

use odata::edm::{Model, Property, TypeId};
use odata::uri::Segment;
use odata::{Record, Value};

/// The part of a path below the entity.
pub(super) struct PropertyPath<'m> {
    model: &'m Model,
    steps: Vec<PropertySegment<'m>>,
}

enum PropertySegment<'m> {
    Property(&'m Property),
    /// The value before it must be of this type.
    Cast(TypeId),
}

impl<'m> PropertyPath<'m> {
    /// The part of a bound path from its entity on.
    pub(super) fn of(model: &'m Model, segments: &[Segment]) -> PropertyPath<'m> {
        let below = segments.iter().skip_while(|segment| !matches!(segment, Segment::Property(_)));
        let steps = below.filter_map(|segment| match segment {
            Segment::Property(id) => Some(PropertySegment::Property(model.property(*id))),
            Segment::Cast(id) => Some(PropertySegment::Cast(*id)),
            _ => None,
        });
        PropertyPath { model, steps: steps.collect() }
    }

    /// The properties of the path, the entity's own first.
    pub(super) fn properties(&self) -> impl DoubleEndedIterator<Item = &'m Property> {
        self.steps.iter().filter_map(|step| match step {
            PropertySegment::Property(property) => Some(*property),
            PropertySegment::Cast(_) => None,
        })
    }

    /// The names of the properties, as a message has them.
    pub(super) fn path(&self) -> String {
        let names: Vec<&str> = self.properties().map(|property| &*property.name).collect();
        names.join("/")
    }

    /// The path in a context URL, below an entity that is declared as this type (protocol 4.01, 10.15).
    pub(super) fn context_path(&self, declared: TypeId) -> String {
        let mut path = String::new();
        let own = self.properties().next().map(|property| property.declared_by);
        if let Some(derived) = own.filter(|owner| !self.model.is_a(declared, *owner)) {
            let _ = write!(path, "/{}", self.model.structured(derived).qualified_name());
        }
        for step in &self.steps {
            let _ = match step {
                PropertySegment::Property(property) => write!(path, "/{}", property.name),
                PropertySegment::Cast(id) => write!(path, "/{}", self.model.structured(*id).qualified_name()),
            };
        }
        path
    }

    /// The value at the end; none if a value before it is null or of another type, so that there is no end.
    pub(super) fn value<'r>(&self, record: &'r Record) -> Option<&'r Value> {
        let mut value: Option<&Value> = None;
        for step in &self.steps {
            match (step, value) {
                (PropertySegment::Property(property), None) => value = Some(record.get(property.slot)?),
                (PropertySegment::Property(property), Some(Value::Complex(inside))) => {
                    value = Some(inside.get(property.slot)?);
                }
                (PropertySegment::Cast(of_type), Some(Value::Complex(inside)))
                    if self.model.is_a(inside.type_id, *of_type) => {}
                _ => return None,
            }
        }
        value
    }

    /// The value at the end, to be replaced.
    pub(super) fn value_mut<'r>(&self, record: &'r mut Record) -> Option<&'r mut Value> {
        self.value(record)?;
        let mut properties = self.properties();
        let first = properties.next()?;
        let mut value = record.slots.get_mut(usize::from(first.slot))?.as_mut()?;
        for property in properties {
            let Value::Complex(inside) = value else { return None };
            value = inside.slots.get_mut(usize::from(property.slot))?.as_mut()?;
        }
        Some(value)
    }
}
