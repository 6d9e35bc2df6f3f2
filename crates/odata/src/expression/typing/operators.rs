//! The operators on values: comparison, membership and arithmetic, and the type to which both sides are brought.

use super::path::not_comparable;
use super::scope::PathTarget;
use super::{Typed, Typing};
use crate::Value;
use crate::edm::{Kind, Primitive};
use crate::expression::fold::{call, folded, is_null, real};
use crate::expression::function::Function;
use crate::expression::option_error::OptionError;
use crate::expression::syntax::node::{Node, NodeKind};
use crate::expression::syntax::operator::Arithmetic;
use crate::expression::tree::{Comparison, Expression};
use crate::expression::value_type::ValueType;
use crate::uri::literal::Literal;

impl<'t> Typing<'t, '_> {
    pub(super) fn compare(
        &mut self,
        comparison: Comparison,
        left: &Node<'t>,
        right: &Node<'t>,
    ) -> Result<Box<Expression>, OptionError> {
        let equality = matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        for (side, other) in [(left, right), (right, left)] {
            if let (true, NodeKind::Path(text), NodeKind::Literal(Literal::Null)) =
                (equality, &side.kind, &other.kind)
            {
                let null = Box::new(Expression::Literal(Value::Null));
                let presence = Box::new(self.presence(text, side.position)?);
                return Ok(Box::new(Expression::Compare(comparison, presence, null)));
            }
        }
        let (a, b, of_type) = self.pair(left, right)?;
        let has_order =
            !matches!(of_type, ValueType::Kind(Kind::Primitive(Primitive::Boolean | Primitive::Binary)));
        if !equality && !has_order {
            let message =
                format!("The operators gt, ge, lt and le do not apply to an {}", self.name(of_type));
            return Err(OptionError::new(left.position, message));
        }
        Ok(Box::new(folded(Expression::Compare(comparison, Box::new(a), Box::new(b)))))
    }

    /// An expression that is null exactly where the path leads to nothing.
    fn presence(&mut self, text: &'t str, position: usize) -> Result<Expression, OptionError> {
        if text.to_ascii_lowercase().ends_with("/$count") {
            return self.path(text, position).map(|(expression, _)| expression);
        }
        let presence = self.follow(text, position, &mut |_, target| match target {
            PathTarget::Value(expression, of_type) => Ok((expression, of_type)),
            PathTarget::Complex(path) => Ok((Expression::Path(path), ValueType::BOOLEAN)),
            PathTarget::Entity(..) => Ok((Expression::Literal(Value::Boolean(true)), ValueType::BOOLEAN)),
            PathTarget::Collection(..) => Err(not_comparable(text, "a collection", position)),
        });
        presence.map(|(expression, _)| expression)
    }

    /// Two operands brought to one type.
    pub(super) fn pair(
        &mut self,
        left: &Node<'t>,
        right: &Node<'t>,
    ) -> Result<(Expression, Expression, ValueType), OptionError> {
        let ((a, a_type), (b, b_type)) = match (&left.kind, &right.kind) {
            (NodeKind::Literal(a), NodeKind::Literal(b)) => {
                let of_type = self.common(a, b);
                let a = self.convert(a, left.position, of_type)?;
                let b = self.convert(b, right.position, of_type)?;
                return Ok((Expression::Literal(a), Expression::Literal(b), of_type));
            }
            (NodeKind::Literal(literal), _) => {
                let (b, of_type) = self.value(right)?;
                let of_type = self.or_natural(&b, of_type, literal);
                (self.beside(literal, left.position, of_type)?, (b, of_type))
            }
            (_, NodeKind::Literal(literal)) => {
                let (a, of_type) = self.value(left)?;
                let of_type = self.or_natural(&a, of_type, literal);
                ((a, of_type), self.beside(literal, right.position, of_type)?)
            }
            _ => (self.value(left)?, self.value(right)?),
        };
        if a_type.is_number() && b_type.is_number() {
            return Ok(promoted(a, a_type, b, b_type));
        }
        if a_type != b_type && !is_null(&a) && !is_null(&b) {
            let (a, b) = (self.name(a_type), self.name(b_type));
            return Err(OptionError::new(right.position, format!("An {a} cannot be compared with an {b}")));
        }
        let of_type = if is_null(&a) { b_type } else { a_type };
        Ok((a, b, of_type))
    }

    /// The type of a value, or of the literal that null meets: null is of any.
    fn or_natural(&self, value: &Expression, of_type: ValueType, literal: &Literal<'t>) -> ValueType {
        if is_null(value) { self.natural(literal).unwrap_or(of_type) } else { of_type }
    }

    pub(super) fn membership(
        &mut self,
        operand: &Node<'t>,
        items: &[(usize, Literal<'t>)],
    ) -> Result<Box<Expression>, OptionError> {
        let (mut operand, mut of_type) = self.value(operand)?;
        if let Some((_, first)) = items.first() {
            of_type = self.or_natural(&operand, of_type, first);
        }
        let typed = items.iter().map(|(position, literal)| self.beside(literal, *position, of_type));
        let typed: Vec<Typed> = typed.collect::<Result<_, _>>()?;
        let promotes = typed.iter().any(|(_, item)| *item != of_type);
        let values = typed.into_iter().map(|(item, item_type)| match item {
            Expression::Literal(Value::Int(number)) if promotes && item_type.is_integer() => {
                Value::Double(number as f64)
            }
            Expression::Literal(value) => value,
            _ => Value::Null,
        });
        let values = values.collect();
        if promotes {
            operand = call(Function::RealOfInteger, vec![operand]);
        }
        Ok(Box::new(folded(Expression::In(Box::new(operand), values))))
    }

    pub(super) fn has(
        &mut self,
        operand: &Node<'t>,
        member: &Literal<'t>,
        position: usize,
    ) -> Result<Box<Expression>, OptionError> {
        let at = operand.position;
        let (operand, of_type) = self.value(operand)?;
        let ValueType::Kind(Kind::Enum(_)) = of_type else {
            let message = format!("'has' takes an enumeration, found an {}", self.name(of_type));
            return Err(OptionError::new(at, message));
        };
        let member = Expression::Literal(self.convert(member, position, of_type)?);
        Ok(Box::new(call(Function::Has, vec![operand, member])))
    }

    pub(super) fn negate(&mut self, operand: &Node<'t>) -> Result<Typed, OptionError> {
        let (value, of_type) = self.value(operand)?;
        let zero = if of_type == ValueType::DOUBLE { Value::Double(0.0) } else { Value::Int(0) };
        let function = if of_type == ValueType::DOUBLE { Function::SubtractReal } else { Function::Subtract };
        if !of_type.is_number() && of_type != ValueType::DURATION && !is_null(&value) {
            let message = format!("'-' takes a number or a duration, found an {}", self.name(of_type));
            return Err(OptionError::new(operand.position, message));
        }
        // What is null of no type, or of another, is a number from here on.
        let of_type =
            if of_type.is_number() || of_type == ValueType::DURATION { of_type } else { ValueType::INTEGER };
        Ok((call(function, vec![Expression::Literal(zero), value]), of_type))
    }

    pub(super) fn arithmetic(
        &mut self,
        operator: Arithmetic,
        left: &Node<'t>,
        right: &Node<'t>,
    ) -> Result<Typed, OptionError> {
        let ((a, a_type), (b, b_type)) = (self.value(left)?, self.value(right)?);
        if let Some((function, of_type)) = temporal(operator, a_type, b_type) {
            return Ok((call(function, vec![a, b]), of_type));
        }
        let number = |of_type: ValueType, value: &Expression| of_type.is_number() || is_null(value);
        if !number(a_type, &a) || !number(b_type, &b) {
            let name = match operator {
                Arithmetic::Add => "add",
                Arithmetic::Subtract => "sub",
                Arithmetic::Multiply => "mul",
                Arithmetic::Divide => "div",
                Arithmetic::DivideBy => "divby",
                Arithmetic::Modulo => "mod",
            };
            let (a, b) = (self.name(a_type), self.name(b_type));
            return Err(OptionError::new(
                left.position,
                format!("'{name}' does not apply to an {a} and an {b}"),
            ));
        }
        let (mut a, mut b, mut of_type) = promoted(a, a_type, b, b_type);
        if operator == Arithmetic::DivideBy && of_type != ValueType::DOUBLE {
            (a, b, of_type) = (real(a), real(b), ValueType::DOUBLE);
        }
        let function = match (operator, of_type == ValueType::DOUBLE) {
            (Arithmetic::Add, false) => Function::Add,
            (Arithmetic::Subtract, false) => Function::Subtract,
            (Arithmetic::Multiply, false) => Function::Multiply,
            (Arithmetic::Divide | Arithmetic::DivideBy, false) => Function::Divide,
            (Arithmetic::Modulo, false) => Function::Modulo,
            (Arithmetic::Add, true) => Function::AddReal,
            (Arithmetic::Subtract, true) => Function::SubtractReal,
            (Arithmetic::Multiply, true) => Function::MultiplyReal,
            (Arithmetic::Divide | Arithmetic::DivideBy, true) => Function::DivideReal,
            (Arithmetic::Modulo, true) => Function::ModuloReal,
        };
        Ok((call(function, vec![a, b]), of_type))
    }
}

/// Arithmetic with dates and durations (URL conventions 4.01, 5.1.1.2).
fn temporal(operator: Arithmetic, left: ValueType, right: ValueType) -> Option<(Function, ValueType)> {
    let is_date = |of_type| of_type == ValueType::INSTANT || of_type == ValueType::Date;
    Some(match operator {
        Arithmetic::Add if is_date(left) && right == ValueType::DURATION => (Function::AddTime, left),
        Arithmetic::Subtract if is_date(left) && right == ValueType::DURATION => {
            (Function::SubtractTime, left)
        }
        Arithmetic::Subtract if is_date(left) && left == right => (Function::Subtract, ValueType::DURATION),
        Arithmetic::Add if left == ValueType::DURATION && right == ValueType::DURATION => {
            (Function::Add, ValueType::DURATION)
        }
        Arithmetic::Subtract if left == ValueType::DURATION && right == ValueType::DURATION => {
            (Function::Subtract, ValueType::DURATION)
        }
        Arithmetic::Multiply if left == ValueType::DURATION && right.is_integer() => {
            (Function::Multiply, ValueType::DURATION)
        }
        Arithmetic::Multiply if left.is_integer() && right == ValueType::DURATION => {
            (Function::Multiply, ValueType::DURATION)
        }
        Arithmetic::Divide if left == ValueType::DURATION && right.is_integer() => {
            (Function::Divide, ValueType::DURATION)
        }
        _ => return None,
    })
}

/// Two numbers of one type.
fn promoted(
    a: Expression,
    a_type: ValueType,
    b: Expression,
    b_type: ValueType,
) -> (Expression, Expression, ValueType) {
    if a_type != ValueType::DOUBLE && b_type != ValueType::DOUBLE {
        return (a, b, ValueType::INTEGER);
    }
    let real = |value, of_type: ValueType| if of_type == ValueType::DOUBLE { value } else { real(value) };
    (real(a, a_type), real(b, b_type), ValueType::DOUBLE)
}
