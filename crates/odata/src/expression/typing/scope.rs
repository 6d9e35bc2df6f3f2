//! Scopes of names, and what a path leads to from one.

use crate::edm::{TypeId, TypeRef};
use crate::expression::tree::{CollectionPath, Expression, Path};
use crate::expression::value_type::ValueType;

/// A scope of names: the entity, the item of a lambda, or the target of a navigation property.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NameScope<'t> {
    /// The variable's name; empty where there is none.
    pub(crate) variable: &'t str,
    pub(crate) item: TypeRef,
}

/// The target of a path, as seen from the innermost scope.
pub(crate) enum PathTarget {
    /// A single primitive or enumeration value.
    Value(Expression, ValueType),
    /// A single complex value.
    Complex(Path),
    /// An entity: that of the scope itself.
    Entity(usize, TypeId),
    /// A collection, and what its items are.
    Collection(CollectionPath, TypeRef),
}
