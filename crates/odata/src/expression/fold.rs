//! Expressions that no row has a part in: their values are computed when the query is parsed.

use super::evaluate::evaluate;
use super::function::Function;
use super::tree::Expression;
use crate::edm::TypeId;
use crate::{Record, Value};

/// Whether an expression is the literal null.
pub(crate) fn is_null(expression: &Expression) -> bool {
    matches!(expression, Expression::Literal(Value::Null))
}

/// A call, or its result if that is known already.
pub(crate) fn call(function: Function, operands: Vec<Expression>) -> Expression {
    folded(Expression::Call(function, operands))
}

/// The value of an expression of nothing but literals: what no row has a part in is decided here, so that no
/// database is asked for it.
pub(crate) fn folded(expression: Expression) -> Expression {
    let is_literal = |operand: &Expression| matches!(operand, Expression::Literal(_));
    let constant = match &expression {
        Expression::Call(_, operands) => operands.iter().all(is_literal) || operands.iter().any(is_null),
        Expression::Compare(_, left, right) => is_literal(left) && is_literal(right),
        Expression::In(operand, _) => is_literal(operand),
        _ => false,
    };
    match constant {
        true => Expression::Literal(evaluate(&expression, &Record::empty(TypeId(0), 0))),
        false => expression,
    }
}

/// An integer as a double.
pub(crate) fn real(value: Expression) -> Expression {
    call(Function::RealOfInteger, vec![value])
}
