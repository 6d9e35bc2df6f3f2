//! Paths in `$filter` and `$orderby`: from an entity or a lambda's variable through complex values and navigation
//! properties to a property.

use super::scope::{NameScope, PathTarget};
use super::{Typed, Typing};
use crate::Value;
use crate::code;
use crate::edm::{Kind, Navigation, Property, SetKind, TypeId, TypeRef};
use crate::expression::names::{find_navigation, find_property, unknown_property};
use crate::expression::option_error::OptionError;
use crate::expression::tree::{CollectionPath, Comparison, Expression, Hop, Link, Path, PathStep};
use crate::expression::value_type::ValueType;
use crate::payload::entity::default_of;

/// A function that makes a value of what is at the end of a path.
pub(crate) type End<'e, 't, 'm> =
    &'e mut dyn FnMut(&mut Typing<'t, 'm>, PathTarget) -> Result<Typed, OptionError>;

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
    ) -> Result<Typed, OptionError> {
        let mut rest = Rest { text, position };
        let first = text.split('/').next().unwrap_or_default();
        let variable = self.scopes.iter().rposition(|scope| !first.is_empty() && scope.variable == first);
        if variable.is_some() {
            rest.next();
        }
        let scope = variable.unwrap_or(self.implicit);
        let item = self.scopes.get(scope).map(|scope| scope.item);
        let item =
            item.ok_or_else(|| OptionError::new(position, "There is nothing that a path could start from"))?;
        if text.is_empty() {
            return Err(OptionError::new(position, "Expected the name of a property"));
        }
        self.descend(Path { scope, steps: Vec::new(), type_ref: item }, &mut rest, end)
    }

    /// Goes on from a single value.
    fn descend(
        &mut self,
        mut at: Path,
        rest: &mut Rest<'t>,
        end: End<'_, 't, 'm>,
    ) -> Result<Typed, OptionError> {
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
                at.steps.push(PathStep { property: property.id, slot: property.slot });
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
                    return Err(OptionError::not_implemented(position, what));
                }
                return self.hop(at.scope, navigation, position, rest, end);
            }
            return Err(self.unknown(owner, name, position));
        }
        let target = match at.type_ref.kind {
            Kind::Entity(id) => PathTarget::Entity(at.scope, id),
            Kind::Complex(_) => PathTarget::Complex(at),
            kind => PathTarget::Value(Expression::Path(at), ValueType::Kind(kind)),
        };
        end(self, target)
    }

    fn collection(
        &mut self,
        at: Path,
        rest: &mut Rest<'t>,
        end: End<'_, 't, 'm>,
    ) -> Result<Typed, OptionError> {
        if let Some((name, position)) = rest.next() {
            let message = format!("A collection has no property '{name}'");
            return Err(OptionError::new(position, message).advise("; use any, all or $count"));
        }
        let item = TypeRef { collection: false, nullable: true, ..at.type_ref };
        end(self, PathTarget::Collection(CollectionPath::Property(at), item))
    }

    /// Goes along a navigation property.
    fn hop(
        &mut self,
        scope: usize,
        navigation: &'m Navigation,
        position: usize,
        rest: &mut Rest<'t>,
        end: End<'_, 't, 'm>,
    ) -> Result<Typed, OptionError> {
        let set = navigation.set.filter(|_| !navigation.not_implemented && !navigation.derived).ok_or_else(
            || {
                let what = format!("The navigation property '{}' in an expression", navigation.name);
                OptionError::not_implemented(position, what)
            },
        )?;
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
                return Err(OptionError::new(position, message).advise("; use any, all or $count"));
            }
            return end(self, PathTarget::Collection(CollectionPath::Related(hop), item));
        }
        let (inner, of_type) = self.within(NameScope { variable: "", item }, position, |typing| {
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

    /// The value that a property reads that nobody has written.
    fn default_at(&self, path: &Path) -> Value {
        let mut steps = path.steps.iter();
        let first = steps.next().map(|step| default_of(self.model.property(step.property)));
        steps.fold(first.unwrap_or(Value::Null), |value, step| match value {
            Value::Complex(record) => record.get(step.slot).cloned().unwrap_or(Value::Null),
            _ => Value::Null,
        })
    }

    /// A derived type in a path.
    fn cast_segment(&self, owner: TypeId, name: &str, position: usize) -> Result<Kind, OptionError> {
        let kind = self.model.find_type(name);
        match kind {
            Some(Kind::Complex(id) | Kind::Entity(id)) if self.model.is_a(id, owner) => {
                Ok(kind.unwrap_or(Kind::Entity(id)))
            }
            _ => {
                let owner = self.model.structured(owner).qualified_name();
                let message =
                    format!("The type cast '{name}' leads to no type that is derived from '{owner}'");
                Err(OptionError::new(position, message))
            }
        }
    }

    fn no_properties(&self, at: &Path, kind: Kind, position: usize) -> OptionError {
        let name = at.steps.last().map_or("it", |step| &*self.model.property(step.property).name);
        let kind = self.model.kind_name(kind);
        // The position of the value, not of what cannot follow it.
        let position = position.saturating_sub(name.len() + 1);
        OptionError::new(position, format!("The property '{name}' is an {kind} and has no properties"))
    }

    fn unknown(&self, owner: TypeId, name: &str, position: usize) -> OptionError {
        if name.is_empty() {
            return OptionError::new(position, "Expected the name of a property");
        }
        if name.starts_with('$') {
            return OptionError::not_implemented(position, format!("'{name}' in an expression"));
        }
        unknown_property(self.model, self.version, owner, name, position)
    }
}

fn refuse_secret(property: &Property) -> Result<(), OptionError> {
    if !property.secret {
        return Ok(());
    }
    let name = &property.name;
    let message = format!("The property '{name}' is a secret and cannot be used in a query option.");
    Err(OptionError::anywhere(message).coded(code::SECRET_IN_OPTION))
}

/// The error of a path that leads to no single value.
pub(super) fn not_comparable(text: &str, what: &str, position: usize) -> OptionError {
    OptionError::new(position, format!("The property '{text}' is {what} and cannot be compared"))
}
