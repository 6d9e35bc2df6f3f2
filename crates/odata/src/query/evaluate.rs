//! What an expression and an ordering mean, computed in memory: the oracle against which the SQL is tested.

use std::cmp::Ordering;

use super::{Comparison, Expression, Function, OrderKey, Path};
use crate::{Record, Value};

/// Whether a filter keeps the record: only if it is true, not if it is null.
pub fn matches(expression: &Expression, record: &Record) -> bool {
    evaluate(expression, record) == Value::Boolean(true)
}

/// The value of the expression for the record.
pub fn evaluate(expression: &Expression, record: &Record) -> Value {
    match expression {
        Expression::Literal(value) => value.clone(),
        Expression::Path(path) => resolve(path, record).clone(),
        Expression::Compare(comparison, left, right) => {
            Value::Boolean(holds(*comparison, &evaluate(left, record), &evaluate(right, record)))
        }
        Expression::And(left, right) => truth(match (boolean(left, record), boolean(right, record)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }),
        Expression::Or(left, right) => truth(match (boolean(left, record), boolean(right, record)) {
            (Some(true), _) | (_, Some(true)) => Some(true),
            (Some(false), Some(false)) => Some(false),
            _ => None,
        }),
        Expression::Not(operand) => truth(boolean(operand, record).map(|value| !value)),
        Expression::In(operand, items) => {
            let value = evaluate(operand, record);
            Value::Boolean(items.iter().any(|item| equal(&value, item)))
        }
        Expression::Call(function, operands) => call(*function, operands, record),
    }
}

/// How two records compare under an ordering; equal means that only their keys can tell.
pub fn compare(order_by: &[OrderKey], a: &Record, b: &Record) -> Ordering {
    let by_key = |key: &OrderKey| {
        let ascending = order_with_null(resolve(&key.path, a), resolve(&key.path, b));
        if key.descending { ascending.reverse() } else { ascending }
    };
    order_by.iter().map(by_key).find(|ordering| ordering.is_ne()).unwrap_or(Ordering::Equal)
}

const NULL: &Value = &Value::Null;

/// The value at the end of a path; what is absent on the way is null.
fn resolve<'r>(path: &Path, record: &'r Record) -> &'r Value {
    let mut slots = path.steps.iter().map(|step| step.slot);
    let first = slots.next().and_then(|slot| record.get(slot));
    let value = first.and_then(|first| {
        slots.try_fold(first, |value, slot| match value {
            Value::Complex(inner) => inner.get(slot),
            _ => None,
        })
    });
    value.unwrap_or(NULL)
}

fn truth(value: Option<bool>) -> Value {
    value.map_or(Value::Null, Value::Boolean)
}

fn boolean(expression: &Expression, record: &Record) -> Option<bool> {
    match evaluate(expression, record) {
        Value::Boolean(value) => Some(value),
        _ => None,
    }
}

fn call(function: Function, operands: &[Expression], record: &Record) -> Value {
    let [text, part] = operands else { return Value::Null };
    let (Value::String(text), Value::String(part)) = (evaluate(text, record), evaluate(part, record)) else {
        return Value::Null;
    };
    Value::Boolean(match function {
        Function::Contains => text.contains(&*part),
        Function::StartsWith => text.starts_with(&*part),
        Function::EndsWith => text.ends_with(&*part),
    })
}

fn holds(comparison: Comparison, left: &Value, right: &Value) -> bool {
    match comparison {
        Comparison::Equal => equal(left, right),
        Comparison::NotEqual => !equal(left, right),
        Comparison::Greater => order(left, right).is_some_and(Ordering::is_gt),
        Comparison::GreaterOrEqual => order(left, right).is_some_and(Ordering::is_ge),
        Comparison::Less => order(left, right).is_some_and(Ordering::is_lt),
        Comparison::LessOrEqual => order(left, right).is_some_and(Ordering::is_le),
    }
}

fn equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Int(_), Value::Double(_)) | (Value::Double(_), Value::Int(_)) => {
            order(left, right) == Some(Ordering::Equal)
        }
        _ => left == right,
    }
}

/// The order of two values of one type; None if either is null.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Boolean(a), Value::Boolean(b)) => Some(a.cmp(b)),
        (Value::Int(a), Value::Int(b)) => Some(a.cmp(b)),
        (Value::Double(a), Value::Double(b)) => a.partial_cmp(b),
        (Value::Int(a), Value::Double(b)) => (*a as f64).partial_cmp(b),
        (Value::Double(a), Value::Int(b)) => a.partial_cmp(&(*b as f64)),
        (Value::String(a), Value::String(b)) | (Value::Binary(a), Value::Binary(b)) => Some(a.cmp(b)),
        (Value::Guid(a), Value::Guid(b)) => Some(a.cmp(b)),
        (Value::DateTimeOffset(a), Value::DateTimeOffset(b)) => Some(a.cmp(b)),
        (Value::Duration(a), Value::Duration(b)) | (Value::Enum(a), Value::Enum(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

fn order_with_null(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => order(left, right).unwrap_or(Ordering::Equal),
    }
}

#[cfg(test)]
mod tests;
