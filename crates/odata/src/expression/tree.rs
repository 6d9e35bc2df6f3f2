//! The typed expression tree: what `$filter` and `$orderby` mean, with every name resolved.
//!
//! Three consumers must agree on it: the two SQL dialects of `store` and [`super::evaluate`], which is the
//! oracle of the property tests. Nulls follow the specification (URL conventions 4.01, 5.1.1.1): `eq` and `ne`
//! treat null as a value and are never null themselves; `gt ge lt le` with a null operand are false; `in` is a
//! chain of `eq`; a function or arithmetic operator with a null operand is null; `and`, `or`, `not` are
//! three-valued; `any` and `all` are never null; a filter keeps the rows for which the whole is true. Strings
//! compare by their UTF-8 bytes, enumerations by their numbers, dates and times of day by their ticks.

use super::function::Function;
use super::inclusion::Inclusion;
use crate::Value;
use crate::edm::{NavigationId, PropertyId, SetId, TypeId, TypeRef};

/// A boolean or value expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Expression {
    /// A constant, already of the type of what it is compared with.
    Literal(Value),
    /// A property, or the item of a collection.
    Path(Path),
    /// A comparison of two values of one type.
    Compare(Comparison, Box<Expression>, Box<Expression>),
    /// `and` of two conditions.
    And(Box<Expression>, Box<Expression>),
    /// `or` of two conditions.
    Or(Box<Expression>, Box<Expression>),
    /// `not` of a condition.
    Not(Box<Expression>),
    /// `x in (a,b,c)`; the list may be empty and hold nulls.
    In(Box<Expression>, Vec<Value>),
    /// A function or arithmetic operator, not all of its operands literals.
    Call(Function, Vec<Expression>),
    /// `any`, `all` or `$count` over a collection. The predicate sees one scope more: the item.
    Quantified(Quantifier, CollectionPath, Box<Expression>),
    /// The value of an expression for the target of a single-valued navigation property, which is one scope more; null
    /// if there is no target.
    Through(Hop, Box<Expression>),
    /// `case`: the value of the first condition that is true, null if none is. The values are of one type.
    Case(Vec<(Expression, Expression)>),
    /// `hassubset` and `hassubsequence`: whether items of the first collection make the second one.
    Includes(Inclusion, Items, Items),
    /// Whether the record at a path is of one of these types, which are of one hierarchy.
    IsOf(Path, Vec<TypeId>),
}

/// A comparison operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `eq`, which takes null as a value.
    Equal,
    /// `ne`, which takes null as a value.
    NotEqual,
    /// `gt`, false if a side is null.
    Greater,
    /// `ge`, false if a side is null.
    GreaterOrEqual,
    /// `lt`, false if a side is null.
    Less,
    /// `le`, false if a side is null.
    LessOrEqual,
}

/// The question that is asked of a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantifier {
    /// Whether the predicate is true for an item.
    Any,
    /// Whether it is true for every item.
    All,
    /// The number of items for which it is true.
    Count,
}

/// The path of a collection.
#[derive(Clone, Debug, PartialEq)]
pub enum CollectionPath {
    /// The values of a property.
    Property(Path),
    /// Entities at the other end of a navigation property.
    Related(Hop),
}

/// A collection of primitive values.
#[derive(Clone, Debug, PartialEq)]
pub enum Items {
    /// The items of a property.
    Path(Path),
    /// Items that the expression spells out.
    Literal(Vec<Value>),
}

/// A step along a navigation property.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// The scope of the entity that it starts from.
    pub scope: usize,
    /// The navigation property that is followed.
    pub navigation: NavigationId,
    /// The set in which its targets rest.
    pub set: SetId,
    /// The type of its targets.
    pub target: TypeId,
    /// The way in which they are found.
    pub link: Link,
}

/// The way in which the targets of a navigation property are found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// The entity keeps the target's key in this slot.
    Reference(u16),
    /// The targets keep the entity's key in this slot.
    Inverse(u16),
    /// The entity contains the targets.
    Contained,
    /// They are everything in their set, whichever entity it starts from.
    All,
}

/// A path from the record of a scope to one of its properties: `shelf/room`. Scope 0 is the entity that is asked
/// about; each [`Expression::Quantified`] and [`Expression::Through`] opens the next for what is inside it.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The scope that it starts from.
    pub scope: usize,
    /// The properties on the way, the record's own first; empty for the record or item itself.
    pub steps: Vec<PathStep>,
    /// The type of the last property, or of the record or item itself.
    pub type_ref: TypeRef,
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathStep {
    /// The property that the step leads to.
    pub property: PropertyId,
    /// The property's slot, so that consumers need no model.
    pub slot: u16,
}

impl Path {
    /// Whether this is the key of the record that is asked about.
    pub fn is_id(&self) -> bool {
        self.scope == 0 && matches!(self.steps.as_slice(), [PathStep { slot: 0, .. }])
    }
}

impl Expression {
    /// Calls `visit` for this expression and all within it.
    pub fn walk<'e>(&'e self, visit: &mut impl FnMut(&'e Expression)) {
        visit(self);
        match self {
            Expression::Literal(_)
            | Expression::Path(_)
            | Expression::IsOf(..)
            | Expression::Includes(..) => {}
            Expression::Compare(_, left, right)
            | Expression::And(left, right)
            | Expression::Or(left, right) => {
                left.walk(visit);
                right.walk(visit);
            }
            Expression::Not(inner)
            | Expression::In(inner, _)
            | Expression::Quantified(_, _, inner)
            | Expression::Through(_, inner) => inner.walk(visit),
            Expression::Case(pairs) => pairs.iter().for_each(|(condition, value)| {
                condition.walk(visit);
                value.walk(visit);
            }),
            Expression::Call(_, operands) => operands.iter().for_each(|operand| operand.walk(visit)),
        }
    }

    /// The navigation properties that it looks through.
    pub fn navigations(&self) -> Vec<NavigationId> {
        let mut navigations = Vec::new();
        self.walk(&mut |part| match part {
            Expression::Through(hop, _) | Expression::Quantified(_, CollectionPath::Related(hop), _) => {
                navigations.push(hop.navigation);
            }
            _ => {}
        });
        navigations
    }
}
