//! Scopes of names, and what a path leads to from one.

use crate::edm::{TypeId, TypeRef};
use crate::expression::tree::{CollectionPath, Expression, Path};
use crate::expression::value_type::ValueType;

/// What a scope stands for: the entity, the item of a lambda, the target of a navigation property.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameScope<'t> {
    /// The variable's name; empty where there is none.
    pub(crate) variable: &'t str,
    pub(crate) item: TypeRef,
}

/// What is at the end of a path, as seen from the innermost scope.
pub(crate) enum PathTarget {
    /// A single value.
    Value(Expression, ValueType),
    /// A complex value.
    Complex(Path),
    /// An entity: that of the scope itself.
    Entity(usize, TypeId),
    /// A collection, and what its items are.
    Collection(CollectionPath, TypeRef),
}
