//! The typed expression tree: what `$filter` means, with every name resolved.
//!
//! Three consumers must agree on it: the two SQL dialects of `store` and [`super::evaluate`], which is the
//! oracle of the property tests. Nulls follow the specification (URL conventions 4.01, 5.1.1.1): `eq` and `ne`
//! treat null as a value and are never null themselves; `gt ge lt le` with a null operand are false; `in` is a
//! chain of `eq`; a function with a null argument is null; `and`, `or`, `not` are three-valued; a filter keeps
//! the rows for which the whole is true. Strings compare by their UTF-8 bytes, enumerations by their numbers.

use crate::Value;
use crate::edm::{PropertyId, TypeRef};

/// A boolean or value expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A constant, already of the type of what it is compared with.
    Literal(Value),
    /// A property of the entity.
    Path(Path),
    /// A comparison.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// `and`.
    And(Box<Expression>, Box<Expression>),
    /// `or`.
    Or(Box<Expression>, Box<Expression>),
    /// `not`.
    Not(Box<Expression>),
    /// `x in (a,b,c)`; the list may be empty and hold nulls.
    In(Box<Expression>, Vec<Value>),
    /// A function call.
    Call(Function, Vec<Expression>),
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

/// A canonical function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `contains(text,part)`
    Contains,
    /// `startswith(text,part)`
    StartsWith,
    /// `endswith(text,part)`
    EndsWith,
}

/// A path from the entity to one of its properties: `shelf/room`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The properties on the way, the entity's own first; never empty.
    pub steps: Vec<Step>,
    /// The type of the last.
    pub type_ref: TypeRef,
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The property.
    pub property: PropertyId,
    /// Its slot, so that consumers need no model.
    pub slot: u16,
}
