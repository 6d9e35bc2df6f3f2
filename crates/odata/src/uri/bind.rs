//! From segments to the model: every segment follows legally from the one before, or the path is not found.

use super::arguments::{arguments, key_predicate};
use super::{RawSegment, RequestPath, Resource, ResourcePath, Segment, Shape};
use crate::code;
use crate::edm::{Kind, Model, Operation, OperationKind, SetKind, TypeId, TypeRef};
use crate::error::hint;
use crate::{Error, ErrorKind, Key};

/// Resolves a path against the model.
pub fn bind_path(model: &Model, path: &RequestPath) -> Result<Resource, Error> {
    let Some((first, rest)) = path.segments.split_first() else { return Ok(Resource::ServiceDocument) };
    if rest.is_empty() && first.parentheses.is_none() && first.name.eq_ignore_ascii_case("$metadata") {
        return Ok(Resource::Metadata);
    }
    let mut binder = PathBinder::start(model, path, first)?;
    for raw in rest {
        binder.step(raw)?;
    }
    binder.finish().map(Resource::Path)
}

/// The end of the path so far: what it denotes.
#[derive(Clone, Copy)]
enum PathEnd {
    Entities(TypeId),
    Entity(TypeId),
    Value(TypeRef),
    /// An end that nothing can follow.
    Final(Shape),
}

struct PathBinder<'m> {
    model: &'m Model,
    path: &'m RequestPath,
    place: PathEnd,
    segments: Vec<Segment>,
    /// Whether the path leads along a navigation property that is not implemented.
    unimplemented: bool,
}

impl<'m> PathBinder<'m> {
    fn start(model: &'m Model, path: &'m RequestPath, first: &RawSegment) -> Result<PathBinder<'m>, Error> {
        let Some(set) = model.find_top_level(&first.name, path.version) else {
            let sets = model.sets.iter();
            let names = sets
                .filter(|set| set.navigation.is_none() && set.versions.contains(path.version))
                .map(|set| &*set.name);
            return Err(not_found(first, &hint(&first.name, names)));
        };
        let place = match set.kind {
            SetKind::Collection => PathEnd::Entities(set.entity_type),
            SetKind::Singleton => PathEnd::Entity(set.entity_type),
        };
        let segments = vec![Segment::Set(set.id)];
        let mut binder = PathBinder { model, path, place, segments, unimplemented: false };
        binder.key_in_parentheses(first)?;
        Ok(binder)
    }

    fn finish(self) -> Result<ResourcePath, Error> {
        if self.unimplemented {
            return Err(self.not_implemented());
        }
        let shape = match self.place {
            PathEnd::Entities(type_id) => Shape::Entities(type_id),
            PathEnd::Entity(type_id) => Shape::Entity(type_id),
            PathEnd::Value(type_ref) => Shape::Property(type_ref),
            PathEnd::Final(shape) => shape,
        };
        Ok(ResourcePath { segments: self.segments, shape, version: self.path.version })
    }

    fn step(&mut self, raw: &RawSegment) -> Result<(), Error> {
        let found = match self.place {
            PathEnd::Entities(type_id) => self.below_entities(type_id, raw)?,
            PathEnd::Entity(type_id) => self.below_entity(type_id, raw)?,
            PathEnd::Value(type_ref) => self.below_value(type_ref, raw)?,
            PathEnd::Final(_) => false,
        };
        if found {
            return Ok(());
        }
        // What a navigation property that is not implemented has below it, the model need not know.
        Err(if self.unimplemented { self.not_implemented() } else { not_found(raw, &self.near_miss(raw)) })
    }

    fn enter(&mut self, segment: Segment, place: PathEnd) -> bool {
        self.segments.push(segment);
        self.place = place;
        true
    }

    fn below_entities(&mut self, type_id: TypeId, raw: &RawSegment) -> Result<bool, Error> {
        if is_system(raw, "$count") {
            return Ok(self.enter(Segment::Count, PathEnd::Final(Shape::Count(type_id))));
        }
        if is_system(raw, "$ref") && matches!(self.segments.last(), Some(Segment::Navigation(_))) {
            return Ok(self.enter(Segment::Reference, PathEnd::Final(Shape::References(type_id, true))));
        }
        if raw.name.starts_with('$') {
            return Ok(false);
        }
        if let Some(derived) = self.cast(type_id, raw) {
            self.enter(Segment::Cast(derived), PathEnd::Entities(derived));
            self.key_in_parentheses(raw)?;
            return Ok(true);
        }
        if self.operation(type_id, true, raw)? {
            return Ok(true);
        }
        Ok(self.enter(Segment::Key(Key::parse(&raw.text())), PathEnd::Entity(type_id)))
    }

    fn below_entity(&mut self, type_id: TypeId, raw: &RawSegment) -> Result<bool, Error> {
        if is_system(raw, "$ref") && self.is_navigation_target() {
            return Ok(self.enter(Segment::Reference, PathEnd::Final(Shape::References(type_id, false))));
        }
        if self.property(type_id, raw)? || self.navigation(type_id, raw)? {
            return Ok(true);
        }
        if let Some(derived) = self.cast(type_id, raw) {
            refuse_parentheses(raw)?;
            return Ok(self.enter(Segment::Cast(derived), PathEnd::Entity(derived)));
        }
        self.operation(type_id, false, raw)
    }

    fn below_value(&mut self, type_ref: TypeRef, raw: &RawSegment) -> Result<bool, Error> {
        match type_ref.kind {
            _ if type_ref.collection && is_system(raw, "$count") => {
                Ok(self.enter(Segment::Count, PathEnd::Final(Shape::CountOfValues)))
            }
            _ if type_ref.collection => Ok(false),
            Kind::Complex(type_id) => {
                if let Some(derived) = self.cast(type_id, raw) {
                    refuse_parentheses(raw)?;
                    let cast = TypeRef { kind: Kind::Complex(derived), ..type_ref };
                    return Ok(self.enter(Segment::Cast(derived), PathEnd::Value(cast)));
                }
                self.property(type_id, raw)
            }
            _ if is_system(raw, "$value") => {
                Ok(self.enter(Segment::RawValue, PathEnd::Final(Shape::Raw(type_ref))))
            }
            _ => Ok(false),
        }
    }

    fn property(&mut self, owner: TypeId, raw: &RawSegment) -> Result<bool, Error> {
        let Some(property) = self.model.find_property(owner, &raw.name, self.path.version) else {
            return Ok(false);
        };
        refuse_parentheses(raw)?;
        Ok(self.enter(Segment::Property(property.id), PathEnd::Value(property.type_ref)))
    }

    fn navigation(&mut self, owner: TypeId, raw: &RawSegment) -> Result<bool, Error> {
        let Some(navigation) = self.model.find_navigation(owner, &raw.name, self.path.version) else {
            return Ok(false);
        };
        // A reference leads out of what is not implemented if its targets rest in a set of their own.
        let leads_out = !navigation.contained && navigation.set.is_some();
        self.unimplemented = navigation.not_implemented || (self.unimplemented && !leads_out);
        let place = if navigation.collection { PathEnd::Entities } else { PathEnd::Entity };
        self.enter(Segment::Navigation(navigation.id), place(navigation.target));
        self.key_in_parentheses(raw)?;
        Ok(true)
    }

    /// The key in the parentheses of a segment that has just been entered.
    fn key_in_parentheses(&mut self, raw: &RawSegment) -> Result<(), Error> {
        let PathEnd::Entities(type_id) = self.place else { return refuse_parentheses(raw) };
        if let Some(text) = &raw.parentheses {
            let (model, version) = (self.model, self.path.version);
            let alternate_key = |name: &str| {
                let property = model.find_property(type_id, name, version);
                property.filter(|property| property.alternate_key).map(|property| property.id)
            };
            let key = key_predicate(text, raw.position, alternate_key)?;
            self.enter(key, PathEnd::Entity(type_id));
        }
        Ok(())
    }

    /// The type that a cast segment names, if it is `base` or derives from it.
    fn cast(&self, base: TypeId, raw: &RawSegment) -> Option<TypeId> {
        if !raw.name.contains('.') {
            return None;
        }
        let (Kind::Entity(id) | Kind::Complex(id)) = self.model.find_type(&raw.name)? else { return None };
        let visible = self.model.structured(id).versions.contains(self.path.version);
        (visible && self.model.is_a(id, base)).then_some(id)
    }

    fn operation(&mut self, bound: TypeId, collection: bool, raw: &RawSegment) -> Result<bool, Error> {
        let binding = TypeRef { kind: Kind::Entity(bound), collection, nullable: false };
        let version = self.path.version;
        let mut kinds = [OperationKind::Action, OperationKind::Function].into_iter();
        let found = kinds.find_map(|kind| self.model.find_operation(kind, &raw.name, binding, version));
        let Some(operation) = found else { return Ok(false) };
        self.unimplemented |= operation.not_implemented;
        let arguments = match (operation.kind, raw.parentheses.as_deref()) {
            // Its arguments need not agree with the model if it is not called anyway.
            _ if self.unimplemented => Vec::new(),
            (OperationKind::Function, text) => {
                arguments(self.model, version, operation, text.unwrap_or_default())?
            }
            (OperationKind::Action, None | Some("")) => Vec::new(),
            (OperationKind::Action, Some(_)) => return Err(action_takes_a_body(operation)),
        };
        let shape = Shape::Operation(operation.id);
        Ok(self.enter(Segment::Operation(operation.id, arguments), PathEnd::Final(shape)))
    }

    /// Whether the entity so far is the target of a navigation property, with or without key.
    fn is_navigation_target(&self) -> bool {
        let before = self.segments.split_last().and_then(|(_, before)| before.last());
        match self.segments.last() {
            Some(Segment::Navigation(_)) => true,
            Some(Segment::Key(_) | Segment::AlternateKey(..)) => {
                matches!(before, Some(Segment::Navigation(_)))
            }
            _ => false,
        }
    }

    fn near_miss(&self, raw: &RawSegment) -> String {
        let (owner, collection) = match self.place {
            PathEnd::Entity(type_id) => (type_id, false),
            PathEnd::Entities(type_id) => (type_id, true),
            PathEnd::Value(TypeRef { kind: Kind::Complex(type_id), collection: false, .. }) => {
                (type_id, false)
            }
            PathEnd::Value(_) | PathEnd::Final(_) => return String::new(),
        };
        let (model, version) = (self.model, self.path.version);
        let structured = model.structured(owner);
        let properties = structured.properties.iter().map(|id| model.property(*id));
        let navigations = structured.navigations.iter().map(|id| model.navigation(*id));
        // Those that go by their bare name, as this segment does.
        let operations = model.operations.iter().filter(|operation| {
            let Kind::Entity(expected) = operation.binding.kind else { return false };
            operation.versions.contains(version)
                && operation.is_called(&operation.name)
                && operation.binding.collection == collection
                && model.is_a(owner, expected)
        });
        let names = properties
            .filter(|property| property.versions.contains(version))
            .map(|property| &*property.name)
            .chain(navigations.filter(|n| n.versions.contains(version)).map(|n| &*n.name))
            .chain(operations.map(|operation| &*operation.name));
        hint(&raw.name, names)
    }

    fn not_implemented(&self) -> Error {
        let names: Vec<&str> = self.segments.iter().filter_map(|segment| self.shown(segment)).collect();
        let message = format!("The path '/{}' is not implemented", names.join("/"));
        Error::new(ErrorKind::NotImplemented, message)
    }

    /// A segment in the model's spelling, keys as `{id}`.
    fn shown(&self, segment: &Segment) -> Option<&'m str> {
        match segment {
            Segment::Set(id) => Some(&self.model.set(*id).name),
            Segment::Key(_) | Segment::AlternateKey(..) => Some("{id}"),
            Segment::Navigation(id) => Some(&self.model.navigation(*id).name),
            Segment::Cast(id) => Some(&self.model.structured(*id).name),
            Segment::Property(id) => Some(&self.model.property(*id).name),
            Segment::Operation(id, _) => Some(&self.model.operation(*id).name),
            Segment::Count => Some("$count"),
            Segment::RawValue => Some("$value"),
            Segment::Reference => Some("$ref"),
        }
    }
}

fn is_system(raw: &RawSegment, name: &str) -> bool {
    raw.parentheses.is_none() && raw.name.eq_ignore_ascii_case(name)
}

fn refuse_parentheses(raw: &RawSegment) -> Result<(), Error> {
    match raw.parentheses {
        None => Ok(()),
        Some(_) => {
            let message =
                format!("'{}' at position {} of the path takes no parentheses", raw.name, raw.position);
            Err(Error::new(ErrorKind::BadPath, message).coded(code::MALFORMED_ARGUMENT).about(&raw.name))
        }
    }
}

fn action_takes_a_body(operation: &Operation) -> Error {
    let message = format!("The parameters of the action '{}' belong into the body", operation.name);
    Error::new(ErrorKind::BadPath, message).coded(code::MALFORMED_ARGUMENT).about(&operation.name)
}

fn not_found(raw: &RawSegment, near: &str) -> Error {
    let message = format!("Resource not found for the segment '{}'{near}", raw.name);
    Error::new(ErrorKind::NotFound, message).about(&raw.name)
}

#[cfg(test)]
mod tests;
