//! Values, and the types that they are expected to have.

use super::path::not_comparable;
use super::scope::PathTarget;
use super::{Typed, Typing};
use crate::expression::fold::{call, is_null};
use crate::expression::function::Function;
use crate::expression::option_error::OptionError;
use crate::expression::syntax::node::{Node, NodeKind};
use crate::expression::tree::{Expression, Quantifier};
use crate::expression::value_type::ValueType;

impl<'t> Typing<'t, '_> {
    /// An expression that is true, false or null.
    pub(super) fn boolean(&mut self, node: &Node<'t>) -> Result<Expression, OptionError> {
        self.expected(node, ValueType::BOOLEAN)
    }

    /// An expression of a type.
    pub(super) fn expected(&mut self, node: &Node<'t>, wanted: ValueType) -> Result<Expression, OptionError> {
        if let NodeKind::Literal(literal) = &node.kind {
            return self.convert(literal, node.position, wanted).map(Expression::Literal);
        }
        let (expression, found) = self.value(node)?;
        match () {
            () if found == wanted
                || is_null(&expression)
                || (wanted == ValueType::INTEGER && found.is_integer()) =>
            {
                Ok(expression)
            }
            () if wanted == ValueType::DOUBLE && found.is_integer() => {
                Ok(call(Function::RealOfInteger, vec![expression]))
            }
            () => Err(self.mismatch(node.position, wanted, found)),
        }
    }

    fn mismatch(&self, position: usize, wanted: ValueType, found: ValueType) -> OptionError {
        let expected = match wanted {
            ValueType::BOOLEAN => "a Boolean expression".to_owned(),
            other => format!("an {}", self.name(other)),
        };
        OptionError::new(position, format!("Expected {expected}, found an {}", self.name(found)))
    }

    /// An expression and its type; a literal has the type that it has by itself. Split in two, because it recurses
    /// and every frame has room for all its cases.
    pub(super) fn value(&mut self, node: &Node<'t>) -> Result<Typed, OptionError> {
        match &node.kind {
            NodeKind::Path(_)
            | NodeKind::Literal(_)
            | NodeKind::Negate(_)
            | NodeKind::Arithmetic(..)
            | NodeKind::Call(..) => self.plain_value(node),
            NodeKind::Count(..) | NodeKind::Lambda(..) => self.over_collection(node),
            NodeKind::Case(pairs) => self.case(pairs),
            NodeKind::List(_) => Err(OptionError::new(node.position, "A collection cannot be compared")),
            _ => self.truth(node).map(|expression| (*expression, ValueType::BOOLEAN)),
        }
    }

    fn plain_value(&mut self, node: &Node<'t>) -> Result<Typed, OptionError> {
        match &node.kind {
            NodeKind::Path(text) => self.path(text, node.position),
            NodeKind::Negate(operand) => self.negate(operand),
            NodeKind::Arithmetic(operator, left, right) => self.arithmetic(*operator, left, right),
            NodeKind::Call(name, operands) => self.call(name, operands, node.position),
            NodeKind::Literal(literal) => {
                let of_type = self.natural(literal).unwrap_or(ValueType::BOOLEAN);
                Ok((Expression::Literal(self.convert(literal, node.position, of_type)?), of_type))
            }
            _ => Err(OptionError::NoMatch(node.position)),
        }
    }

    /// Operators whose result is true, false or null.
    fn truth(&mut self, node: &Node<'t>) -> Result<Box<Expression>, OptionError> {
        match &node.kind {
            NodeKind::Not(operand) => self.negated(operand).map(|operand| Box::new(Expression::Not(operand))),
            NodeKind::And(operands) => self.chain(operands, Expression::And),
            NodeKind::Or(operands) => self.chain(operands, Expression::Or),
            NodeKind::Compare(comparison, left, right) => self.compare(*comparison, left, right),
            NodeKind::In(operand, items) => self.membership(operand, items),
            NodeKind::Within(operand, position, path) => self.is_within(operand, path, *position),
            NodeKind::Has(operand, position, member) => self.has(operand, member, *position),
            _ => Err(OptionError::NoMatch(node.position)),
        }
    }

    /// An expression that is true, false or null, in its box.
    fn boxed(&mut self, node: &Node<'t>) -> Result<Box<Expression>, OptionError> {
        match &node.kind {
            NodeKind::And(_) | NodeKind::Or(_) | NodeKind::Not(_) | NodeKind::Compare(..) => self.truth(node),
            _ => self.boolean(node).map(Box::new),
        }
    }

    /// The operand of `not`, which binds tighter than any comparison.
    fn negated(&mut self, node: &Node<'t>) -> Result<Box<Expression>, OptionError> {
        if !matches!(node.kind, NodeKind::Path(_)) {
            return self.boxed(node);
        }
        let (expression, of_type) = self.value(node)?;
        if of_type == ValueType::BOOLEAN {
            return Ok(Box::new(expression));
        }
        let message = format!("'not' takes a Boolean, found an {}", self.name(of_type));
        Err(OptionError::new(node.position, message).advise("; put a comparison after 'not' in parentheses"))
    }

    pub(super) fn path(&mut self, text: &'t str, position: usize) -> Result<Typed, OptionError> {
        if let Some((path, last)) = text.rsplit_once('/')
            && last.eq_ignore_ascii_case("$count")
        {
            return self.quantified(Quantifier::Count, path, position, None);
        }
        self.follow(text, position, &mut |_, target| match target {
            PathTarget::Value(expression, of_type) => Ok((expression, of_type)),
            PathTarget::Collection(..) => Err(not_comparable(text, "a collection", position)),
            PathTarget::Complex(_) => Err(not_comparable(text, "a complex value", position)),
            PathTarget::Entity(..) => Err(not_comparable(text, "an entity", position)),
        })
    }

    /// An expression that a list can be sorted by.
    pub(super) fn sortable(&mut self, node: &Node<'t>) -> Result<Typed, OptionError> {
        let NodeKind::Path(text) = node.kind else { return self.value(node) };
        if text.to_ascii_lowercase().ends_with("/$count") {
            return self.value(node);
        }
        self.follow(text, node.position, &mut |_, target| match target {
            PathTarget::Value(expression, of_type) => Ok((expression, of_type)),
            _ => {
                let message = format!("The property '{text}' has no order to sort by");
                Err(OptionError::new(node.position, message))
            }
        })
    }

    fn chain(
        &mut self,
        operands: &[Node<'t>],
        join: fn(Box<Expression>, Box<Expression>) -> Expression,
    ) -> Result<Box<Expression>, OptionError> {
        match operands {
            [single] => self.boxed(single),
            // Halves instead of a list keep the tree flat: what reads it may recurse.
            _ => {
                let (left, right) = operands.split_at(operands.len() / 2);
                Ok(Box::new(join(self.chain(left, join)?, self.chain(right, join)?)))
            }
        }
    }
}
