//! Conditions on sources, put so that the indexes of the sources serve them: `concat('a',b) eq 'ac'` is `b eq 'c'`, and a
//! comparison with a `case` is one with each of its values.

use odata::edm::TypeId;
use odata::query::evaluate::evaluate;
use odata::query::{Comparison, Expression, Function, Path};
use odata::{Key, Record, Value};

/// The truth values that a condition may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Truth {
    /// Null may stand for false, as under `and` and `or` alone.
    TrueOrNot,
    /// True, false and null are three things, as below `not` or as an operand.
    OfThree,
}

pub(super) fn literal(value: bool) -> Expression {
    Expression::Literal(Value::Boolean(value))
}

pub(super) fn compared(comparison: Comparison, left: Expression, right: Expression) -> Expression {
    Expression::Compare(comparison, Box::new(left), Box::new(right))
}

pub(super) fn and(left: Expression, right: Expression) -> Expression {
    match (left, right) {
        (Expression::Literal(Value::Boolean(true)), other)
        | (other, Expression::Literal(Value::Boolean(true))) => other,
        (no @ Expression::Literal(Value::Boolean(false)), _)
        | (_, no @ Expression::Literal(Value::Boolean(false))) => no,
        (left, right) => Expression::And(Box::new(left), Box::new(right)),
    }
}

pub(super) fn or(left: Expression, right: Expression) -> Expression {
    match (left, right) {
        (Expression::Literal(Value::Boolean(false)), other)
        | (other, Expression::Literal(Value::Boolean(false))) => other,
        (yes @ Expression::Literal(Value::Boolean(true)), _)
        | (_, yes @ Expression::Literal(Value::Boolean(true))) => yes,
        (left, right) => Expression::Or(Box::new(left), Box::new(right)),
    }
}

pub(super) fn not(inner: Expression) -> Expression {
    match inner {
        Expression::Literal(Value::Boolean(value)) => literal(!value),
        Expression::Literal(Value::Null) => Expression::Literal(Value::Null),
        inner => Expression::Not(Box::new(inner)),
    }
}

/// Whether a condition is true, which is never null.
pub(super) fn is_true(condition: Expression) -> Expression {
    match condition {
        Expression::Literal(value) => literal(value == Value::Boolean(true)),
        condition => compared(Comparison::Equal, condition, literal(true)),
    }
}

/// A call whose result is known if an operand is null or all are literals. A text in lower case is one of parts in lower
/// case.
pub(super) fn call(function: Function, operands: Vec<Expression>) -> Expression {
    let is_null = |operand: &Expression| matches!(operand, Expression::Literal(Value::Null));
    let is_literal = |operand: &Expression| matches!(operand, Expression::Literal(_));
    if operands.iter().any(is_null) {
        return Expression::Literal(Value::Null);
    }
    if let (Function::ToLower, [Expression::Call(Function::Concat, parts)]) = (function, operands.as_slice())
    {
        let lower = |part: &Expression| call(Function::ToLower, vec![part.clone()]);
        return Expression::Call(Function::Concat, parts.iter().map(lower).collect());
    }
    let is_known = operands.iter().all(is_literal);
    let call = Expression::Call(function, operands);
    if is_known { known(&call) } else { call }
}

/// An expression of nothing but literals.
fn known(expression: &Expression) -> Expression {
    Expression::Literal(evaluate(expression, &Record::empty(TypeId(0), 0)))
}

/// A comparison of two values. Both its result and that of [`one_of`] are never null.
pub(super) fn comparison(
    comparison: Comparison,
    left: Expression,
    right: Expression,
    truth: Truth,
) -> Expression {
    match (comparison, left, right) {
        (Comparison::Equal, value, Expression::Literal(wanted))
        | (Comparison::Equal, Expression::Literal(wanted), value)
            if wanted != Value::Null =>
        {
            one_of(value, vec![wanted], truth)
        }
        (Comparison::NotEqual, value, Expression::Literal(wanted))
        | (Comparison::NotEqual, Expression::Literal(wanted), value)
            if wanted != Value::Null =>
        {
            not(one_of(value, vec![wanted], Truth::OfThree))
        }
        (comparison, left @ Expression::Literal(_), right @ Expression::Literal(_)) => {
            known(&compared(comparison, left, right))
        }
        (comparison, left, right) => compared(comparison, left, right),
    }
}

/// Whether a value is one of a list.
pub(super) fn one_of(value: Expression, wanted: Vec<Value>, truth: Truth) -> Expression {
    if wanted.is_empty() {
        return literal(false);
    }
    let has_null = wanted.contains(&Value::Null);
    match value {
        Expression::Literal(_) => known(&Expression::In(Box::new(value), wanted)),
        Expression::Call(Function::Concat, mut parts) if !has_null && starts_with_text(&parts) => {
            let (rest, beginning) = (parts.pop(), parts.pop());
            let (Some(rest), Some(Expression::Literal(Value::String(beginning)))) = (rest, beginning) else {
                return literal(false);
            };
            let ends = wanted.iter().filter_map(|text| text.as_text()?.strip_prefix(&*beginning));
            let is_id = matches!(&rest, Expression::Path(path) if path.is_id());
            // A key is found by any spelling of it, a text only by its own.
            let ends = ends.filter(|end| !is_id || Key::parse(end).to_string() == *end);
            let ends = ends.map(|end| Value::String(end.into())).collect();
            one_of(rest, ends, truth)
        }
        Expression::Case(pairs) if truth == Truth::TrueOrNot && !has_null => {
            distributed(&pairs, |value, conditions| match value {
                Expression::Path(path) => {
                    let (own, others): (Vec<_>, Vec<_>) =
                        conditions.into_iter().partition(|condition| is_about(condition, path));
                    let fits = |item: &Value| own.iter().all(|condition| holds_of(condition, item));
                    let wanted = wanted.iter().filter(|item| fits(item)).cloned().collect();
                    (others, one_of(value.clone(), wanted, truth))
                }
                value => (conditions, one_of(value.clone(), wanted.clone(), truth)),
            })
        }
        value => match <[Value; 1]>::try_from(wanted) {
            Ok([wanted]) => compared(Comparison::Equal, value, Expression::Literal(wanted)),
            Err(wanted) => Expression::In(Box::new(value), wanted),
        },
    }
}

/// A condition on a text, of each value that a `case` may have.
pub(super) fn part_of(function: Function, operands: Vec<Expression>, truth: Truth) -> Expression {
    match (operands.as_slice(), truth) {
        ([Expression::Case(pairs), part @ Expression::Literal(_)], Truth::TrueOrNot) => {
            distributed(pairs, |value, conditions| {
                (conditions, call(function, vec![value.clone(), part.clone()]))
            })
        }
        _ => call(function, operands),
    }
}

/// The condition that a `case` has a value for which something is true. Its conditions are never null. `of_value` is given a value and the conditions under
/// which the `case` has it, and says which of them are still to be met.
fn distributed(
    pairs: &[(Expression, Expression)],
    of_value: impl Fn(&Expression, Vec<Expression>) -> (Vec<Expression>, Expression),
) -> Expression {
    let mut any = literal(false);
    for (at, (condition, value)) in pairs.iter().enumerate() {
        let mut conditions: Vec<Expression> =
            pairs.iter().take(at).map(|(earlier, _)| not(earlier.clone())).collect();
        conditions.push(condition.clone());
        let (conditions, is_wanted) = of_value(value, conditions);
        any = or(
            any,
            conditions.into_iter().rfold(is_wanted, |is_wanted, condition| and(condition, is_wanted)),
        );
    }
    any
}

fn starts_with_text(parts: &[Expression]) -> bool {
    matches!(parts, [Expression::Literal(Value::String(_)), _])
}

/// Whether a condition compares the length of the text at a path with a literal.
fn is_about(condition: &Expression, path: &Path) -> bool {
    match condition {
        Expression::Compare(_, left, right) => match (&**left, &**right) {
            (Expression::Call(Function::Length, text), Expression::Literal(_)) => {
                matches!(text.as_slice(), [Expression::Path(of)] if of == path)
            }
            _ => false,
        },
        Expression::Not(inner) => is_about(inner, path),
        _ => false,
    }
}

/// Whether such a condition is met by a text.
fn holds_of(condition: &Expression, text: &Value) -> bool {
    match condition {
        Expression::Compare(comparison, _, right) => {
            let length = call(Function::Length, vec![Expression::Literal(text.clone())]);
            known(&compared(*comparison, length, (**right).clone())) == literal(true)
        }
        Expression::Not(inner) => !holds_of(inner, text),
        _ => false,
    }
}

/// The condition that a text is there and not empty, which is never null. It asks for the length, because no database then
/// takes the index of the text for it and passes over a better one.
pub fn is_filled(text: &Path) -> Expression {
    let length = Expression::Call(Function::Length, vec![Expression::Path(text.clone())]);
    compared(Comparison::Greater, length, Expression::Literal(Value::Int(0)))
}
