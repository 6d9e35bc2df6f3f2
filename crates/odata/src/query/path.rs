//! Paths in `$filter` and `$orderby`: from an entity or a lambda's variable through complex values and navigation
//! properties to a property.

use super::token::Failure;
use super::typing::{Type, Typed, Typing};
use super::{Comparison, Expression, Hop, Link, Path, Source, Step};
use crate::Value;
use crate::code;
use crate::edm::{Kind, Model, Navigation, Property, SetKind, TypeId, TypeRef, Version};
use crate::error::hint;
use crate::payload::entity::default_of;
use crate::uri::literal::kind_name;

/// Navigation properties and lambdas within each other at most.
const MAX_SCOPES: usize = 8;

/// What a scope stands for: the entity, the item of a lambda, the target of a navigation property.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scope<'t> {
    /// The variable's name; empty where there is none.
    pub(super) variable: &'t str,
    pub(super) item: TypeRef,
}

/// What is at the end of a path, as seen from the innermost scope.
pub(super) enum Target {
    /// A single value.
    Value(Expression, Type),
    /// A complex value.
    Complex(Path),
    /// An entity: that of the scope itself.
    Entity(usize, TypeId),
    /// A collection, and what its items are.
    Collection(Source, TypeRef),
}

/// What to make of the end of a path.
pub(super) type End<'e, 't, 'm> = &'e mut dyn FnMut(&mut Typing<'t, 'm>, Target) -> Result<Typed, Failure>;

/// The rest of a path: its names, and where they start.
struct Rest<'t> {
    text: &'t str,
    position: usize,
}

impl<'t> Rest<'t> {
    /// The next name and where it starts.
    fn next(&mut self) -> Option<(&'t str, usize)> {
        if self.text.is_empty() {
            return None;
        }
        let (name, rest) = self.text.split_once('/').unwrap_or((self.text, ""));
        // A slash at the end is followed by an empty name, which is no property.
        let ends = name.len() == self.text.len();
        let at = self.position;
        self.position += name.len() + 1;
        self.text = if !ends && rest.is_empty() { "/" } else { rest };
        Some((name, at))
    }
}

impl<'t, 'm> Typing<'t, 'm> {
    /// Follows a path that starts at the byte `position` of its option.
    pub(super) fn follow(
        &mut self,
        text: &'t str,
        position: usize,
        end: End<'_, 't, 'm>,
    ) -> Result<Typed, Failure> {
        let mut rest = Rest { text, position };
        let first = text.split('/').next().unwrap_or_default();
        let variable = self.scopes.iter().rposition(|scope| !first.is_empty() && scope.variable == first);
        if variable.is_some() {
            rest.next();
        }
        let scope = variable.unwrap_or(self.implicit);
        let item = self.scopes.get(scope).map(|scope| scope.item);
        let item =
            item.ok_or_else(|| Failure::new(position, "There is nothing that a path could start from"))?;
        if text.is_empty() {
            return Err(Failure::new(position, "Expected the name of a property"));
        }
        self.descend(Path { scope, steps: Vec::new(), type_ref: item }, &mut rest, end)
    }

    /// Goes on from a single value.
    fn descend(&mut self, mut at: Path, rest: &mut Rest<'t>, end: End<'_, 't, 'm>) -> Result<Typed, Failure> {
        while let Some((name, position)) = rest.next() {
            let owner = match at.type_ref.kind {
                Kind::Complex(id) | Kind::Entity(id) => id,
                kind => return Err(self.no_properties(&at, kind, position)),
            };
            if name.contains('.') {
                at.type_ref.kind = self.cast_segment(owner, name, position)?;
                continue;
            }
            let model = self.model;
            if let Some(property) = find_property(model, self.version, owner, name) {
                refuse_secret(property)?;
                at.steps.push(Step { property: property.id, slot: property.slot });
                at.type_ref = property.type_ref;
                if property.type_ref.collection {
                    return self.collection(at, rest, end);
                }
                continue;
            }
            if let Some(navigation) = find_navigation(model, self.version, owner, name) {
                if !at.steps.is_empty() {
                    let what =
                        format!("The navigation property '{name}' of a complex value in an expression");
                    return Err(Failure::not_implemented(position, what));
                }
                return self.hop(at.scope, navigation, position, rest, end);
            }
            return Err(self.unknown(owner, name, position));
        }
        let target = match at.type_ref.kind {
            Kind::Entity(id) => Target::Entity(at.scope, id),
            Kind::Complex(_) => Target::Complex(at),
            kind => Target::Value(Expression::Path(at), Type::Kind(kind)),
        };
        end(self, target)
    }

    fn collection(&mut self, at: Path, rest: &mut Rest<'t>, end: End<'_, 't, 'm>) -> Result<Typed, Failure> {
        if let Some((name, position)) = rest.next() {
            let message = format!("A collection has no property '{name}'");
            return Err(Failure::new(position, message).advise("; use any, all or $count"));
        }
        let item = TypeRef { collection: false, nullable: true, ..at.type_ref };
        end(self, Target::Collection(Source::Collection(at), item))
    }

    /// Goes along a navigation property.
    fn hop(
        &mut self,
        scope: usize,
        navigation: &'m Navigation,
        position: usize,
        rest: &mut Rest<'t>,
        end: End<'_, 't, 'm>,
    ) -> Result<Typed, Failure> {
        let set = navigation.set.filter(|_| !navigation.not_implemented).ok_or_else(|| {
            let what = format!("The navigation property '{}' in an expression", navigation.name);
            Failure::not_implemented(position, what)
        })?;
        let inverse = navigation.partner.and_then(|id| self.model.navigation(id).slot);
        let link = match (inverse, navigation.slot) {
            (Some(slot), _) => Link::Inverse(slot),
            (None, Some(slot)) => Link::Reference(slot),
            (None, None) if navigation.contained && self.model.set(set).parent.is_some() => Link::Contained,
            (None, None) => Link::All,
        };
        let hop = Hop { scope, navigation: navigation.id, set, target: navigation.target, link };
        let item = TypeRef { kind: Kind::Entity(navigation.target), collection: false, nullable: true };
        if navigation.collection {
            if let Some((name, position)) = rest.next() {
                let message = format!("A collection has no property '{name}'");
                return Err(Failure::new(position, message).advise("; use any, all or $count"));
            }
            return end(self, Target::Collection(Source::Related(hop), item));
        }
        let (inner, of_type) = self.within(Scope { variable: "", item }, position, |typing| {
            let at = Path { scope: typing.scopes.len() - 1, steps: Vec::new(), type_ref: item };
            typing.descend(at, rest, end)
        })?;
        // What is there in any case reads its defaults until it is written.
        if link == Link::Contained && self.model.set(set).kind == SetKind::Singleton {
            return Ok((self.with_default(hop, inner), of_type));
        }
        Ok((Expression::Through(hop, Box::new(inner)), of_type))
    }

    fn with_default(&self, hop: Hop, inner: Expression) -> Expression {
        let default = match &inner {
            // Whether it is there.
            Expression::Literal(_) => return inner,
            Expression::Path(path) => self.default_at(path),
            _ => Value::Null,
        };
        let written = Expression::Through(hop.clone(), Box::new(Expression::Literal(Value::Boolean(true))));
        let null = Box::new(Expression::Literal(Value::Null));
        let is_written = Expression::Compare(Comparison::NotEqual, Box::new(written), null);
        let value = Expression::Through(hop, Box::new(inner));
        if default == Value::Null {
            return value;
        }
        let otherwise = (Expression::Literal(Value::Boolean(true)), Expression::Literal(default));
        Expression::Case(vec![(is_written, value), otherwise])
    }

    /// What a property reads that nobody has written.
    fn default_at(&self, path: &Path) -> Value {
        let mut steps = path.steps.iter();
        let first = steps.next().map(|step| default_of(self.model.property(step.property)));
        steps.fold(first.unwrap_or(Value::Null), |value, step| match value {
            Value::Complex(record) => record.get(step.slot).cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        })
    }

    /// Does something with one scope more.
    pub(super) fn within<T>(
        &mut self,
        scope: Scope<'t>,
        position: usize,
        inside: impl FnOnce(&mut Self) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.scopes.len() > MAX_SCOPES {
            let message =
                format!("More than {MAX_SCOPES} lambdas and navigation properties are within each other");
            return Err(Failure::new(position, message));
        }
        self.scopes.push(scope);
        let result = inside(self);
        self.scopes.pop();
        result
    }

    /// A derived type in a path.
    fn cast_segment(&self, owner: TypeId, name: &str, position: usize) -> Result<Kind, Failure> {
        let kind = self.model.find_type(name);
        match kind {
            Some(Kind::Complex(id) | Kind::Entity(id)) if self.model.is_a(id, owner) => {
                Ok(kind.unwrap_or(Kind::Entity(id)))
            }
            _ => {
                let owner = self.model.structured(owner).qualified_name();
                let message =
                    format!("The type cast '{name}' leads to no type that is derived from '{owner}'");
                Err(Failure::new(position, message))
            }
        }
    }

    fn no_properties(&self, at: &Path, kind: Kind, position: usize) -> Failure {
        let name = at.steps.last().map_or("it", |step| &*self.model.property(step.property).name);
        let kind = kind_name(self.model, kind);
        // The position of the value, not of what cannot follow it.
        let position = position.saturating_sub(name.len() + 1);
        Failure::new(position, format!("The property '{name}' is an {kind} and has no properties"))
    }

    fn unknown(&self, owner: TypeId, name: &str, position: usize) -> Failure {
        if name.is_empty() {
            return Failure::new(position, "Expected the name of a property");
        }
        if name.starts_with('$') {
            return Failure::not_implemented(position, format!("'{name}' in an expression"));
        }
        unknown_property(self.model, self.version, owner, name, position)
    }
}

fn refuse_secret(property: &Property) -> Result<(), Failure> {
    if !property.secret {
        return Ok(());
    }
    let name = &property.name;
    let message = format!("The property '{name}' is a secret and cannot be used in a query option.");
    Err(Failure::anywhere(message).coded(code::SECRET_IN_OPTION))
}

/// The property of a type, or of one derived from it: a record of another type has no value there.
pub(super) fn find_property<'m>(
    model: &'m Model,
    version: Version,
    owner: TypeId,
    name: &str,
) -> Option<&'m Property> {
    model
        .find_property(owner, name, version)
        .or_else(|| derived(model, owner).find_map(|id| model.find_property(id, name, version)))
}

/// The navigation property of a type or of one derived from it.
pub(super) fn find_navigation<'m>(
    model: &'m Model,
    version: Version,
    owner: TypeId,
    name: &str,
) -> Option<&'m Navigation> {
    derived(model, owner).find_map(|id| model.find_navigation(id, name, version))
}

/// The type and those derived from it.
pub(super) fn derived(model: &Model, base: TypeId) -> impl Iterator<Item = TypeId> {
    let hierarchy = &model.structured(model.structured(base).root).hierarchy;
    hierarchy.iter().copied().filter(move |id| model.is_a(*id, base))
}

/// The failure to find a property, with the near miss.
pub(super) fn unknown_property(
    model: &Model,
    version: Version,
    owner: TypeId,
    name: &str,
    position: usize,
) -> Failure {
    let type_name = model.structured(owner).qualified_name();
    let names = derived(model, owner)
        .flat_map(|id| &model.structured(id).properties)
        .map(|id| model.property(*id))
        .filter(|property| property.versions.contains(version))
        .map(|property| &*property.name);
    let near = hint(name, names);
    Failure::new(position, format!("Could not find a property named '{name}' on type '{type_name}'"))
        .coded(code::UNKNOWN_NAME)
        .advise(near)
}
