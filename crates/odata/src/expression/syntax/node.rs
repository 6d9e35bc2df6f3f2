//! The syntax tree of an expression, which knows neither names nor types.

use super::lexer::{Input, count_node};
use super::operator::Arithmetic;
use crate::expression::option_error::OptionError;
use crate::expression::tree::Comparison;
use crate::uri::literal::Literal;

/// Levels of the tree at most: what reads it recurses, and databases have bounds of their own.
const HEIGHT_MAX: usize = 160;

/// A node of the syntax tree: an operand, an operator or a call.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node<'t> {
    /// The byte at which it starts; for an operator with two operands, at which the left one does.
    pub(crate) position: usize,
    pub(crate) kind: NodeKind<'t>,
    height: usize,
}

/// The kind of a node, with the nodes below it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum NodeKind<'t> {
    Literal(Literal<'t>),
    Path(&'t str),
    Call(&'t str, Vec<Node<'t>>),
    /// `case(condition:value,…)`, as pairs of condition and value.
    Case(Vec<(Node<'t>, Node<'t>)>),
    /// `[1,2]`, each literal with its position.
    List(Vec<(usize, Literal<'t>)>),
    Not(Box<Node<'t>>),
    Negate(Box<Node<'t>>),
    Arithmetic(Arithmetic, Box<Node<'t>>, Box<Node<'t>>),
    Compare(Comparison, Box<Node<'t>>, Box<Node<'t>>),
    /// `a and b and c` as one list, so that a long chain is not a deep tree.
    And(Vec<Node<'t>>),
    /// `a or b or c` likewise.
    Or(Vec<Node<'t>>),
    In(Box<Node<'t>>, Vec<(usize, Literal<'t>)>),
    /// `value in collection`: the path, and where it starts.
    Within(Box<Node<'t>>, usize, &'t str),
    Has(Box<Node<'t>>, usize, Literal<'t>),
    /// `path/any(variable:predicate)`; the path without the operator.
    Lambda(Lambda, &'t str, Option<(&'t str, Box<Node<'t>>)>),
    /// `path/$count($filter=predicate)`; the path without `$count`.
    Count(&'t str, Box<Node<'t>>),
}

/// A lambda operator: `any` or `all`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lambda {
    Any,
    All,
}

/// Makes a node, within the bounds of the tree.
pub(crate) fn node_of<'t>(
    input: &mut Input<'t>,
    position: usize,
    kind: NodeKind<'t>,
) -> Result<Node<'t>, OptionError> {
    count_node(input)?;
    let below = match &kind {
        NodeKind::Literal(_) | NodeKind::Path(_) | NodeKind::List(_) | NodeKind::Lambda(_, _, None) => 0,
        NodeKind::Call(_, nodes) | NodeKind::And(nodes) | NodeKind::Or(nodes) => {
            nodes.iter().map(|node| node.height).max().unwrap_or_default()
        }
        NodeKind::Case(pairs) => pairs
            .iter()
            .map(|(condition, value)| condition.height.max(value.height))
            .max()
            .unwrap_or_default(),
        NodeKind::Not(node)
        | NodeKind::Negate(node)
        | NodeKind::In(node, _)
        | NodeKind::Within(node, ..)
        | NodeKind::Has(node, ..)
        | NodeKind::Count(_, node)
        | NodeKind::Lambda(_, _, Some((_, node))) => node.height,
        NodeKind::Arithmetic(_, left, right) | NodeKind::Compare(_, left, right) => {
            left.height.max(right.height)
        }
    };
    if below >= HEIGHT_MAX {
        return Err(OptionError::new(
            position,
            format!("The expression is nested more than {HEIGHT_MAX} operators deep"),
        ));
    }
    Ok(Node { position, kind, height: below + 1 })
}
