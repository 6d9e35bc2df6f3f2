//! The type checker: from the syntax tree to an expression that agrees with the model.
//!
//! It recurses as the tree does: [`Typing`] has its state, and each of the files below the methods for some kinds of
//! nodes, which call each other.

mod calls;
mod case;
mod cast;
mod collection;
mod inclusion;
mod literals;
mod operators;
mod path;
mod scope;
mod value;

use scope::NameScope;

use super::option_error::OptionError;
use super::surroundings::Surroundings;
use super::syntax::node::Node;
use super::syntax::parse::parse;
use super::tree::Expression;
use super::value_type::ValueType;
use crate::date_time::Ticks;
use crate::edm::{Kind, Model, TypeId, TypeRef, Version};

/// Navigation properties and lambdas within each other at most.
const SCOPES_MAX: usize = 8;

/// An expression and its type.
type Typed = (Expression, ValueType);

/// The expression of a text that is true, false or null for an entity of a type.
pub(crate) fn parse_boolean(
    around: &Surroundings<'_>,
    entity: TypeId,
    text: &str,
) -> Result<Expression, OptionError> {
    checked(around, entity, text, |typing, node| typing.boolean(node))
}

/// The expression of a text that a list of entities of a type can be sorted by, and its type.
pub(crate) fn parse_sortable(
    around: &Surroundings<'_>,
    entity: TypeId,
    text: &str,
) -> Result<(Expression, ValueType), OptionError> {
    checked(around, entity, text, |typing, node| typing.sortable(node))
}

fn checked<T>(
    around: &Surroundings<'_>,
    entity: TypeId,
    text: &str,
    check: impl for<'t> FnOnce(&mut Typing<'t, '_>, &Node<'t>) -> Result<T, OptionError>,
) -> Result<T, OptionError> {
    let node = parse(text, &around.aliases)?;
    let mut typing = Typing::new(around, entity);
    let result = check(&mut typing, &node)?;
    around.pattern_size.set(typing.pattern_size);
    around.asked_the_time.set(around.asked_the_time.get() || typing.asked_the_time);
    Ok(result)
}

/// The state of the type checker.
struct Typing<'t, 'm> {
    model: &'m Model,
    version: Version,
    now: Ticks,
    asked_the_time: bool,
    pattern_size: usize,
    scopes: Vec<NameScope<'t>>,
    /// The scope of names without a variable before them.
    implicit: usize,
}

impl<'t, 'm> Typing<'t, 'm> {
    pub(crate) fn new(around: &Surroundings<'m>, entity: TypeId) -> Typing<'t, 'm> {
        let item = TypeRef { kind: Kind::Entity(entity), collection: false, nullable: false };
        let scopes = vec![NameScope { variable: "$it", item }];
        let Surroundings { model, version, now, .. } = *around;
        let pattern_size = around.pattern_size.get();
        Typing { model, version, now, asked_the_time: false, pattern_size, scopes, implicit: 0 }
    }

    /// Checks what is inside of one scope more.
    pub(crate) fn within<T>(
        &mut self,
        scope: NameScope<'t>,
        position: usize,
        inside: impl FnOnce(&mut Self) -> Result<T, OptionError>,
    ) -> Result<T, OptionError> {
        if self.scopes.len() > SCOPES_MAX {
            let message =
                format!("More than {SCOPES_MAX} lambdas and navigation properties are within each other");
            return Err(OptionError::new(position, message));
        }
        self.scopes.push(scope);
        let result = inside(self);
        self.scopes.pop();
        result
    }

    /// The name of a type, for messages.
    pub(crate) fn name(&self, of_type: ValueType) -> String {
        match of_type {
            ValueType::Kind(kind) => self.model.kind_name(kind),
            ValueType::Date => "Edm.Date".to_owned(),
            ValueType::TimeOfDay => "Edm.TimeOfDay".to_owned(),
        }
    }
}
