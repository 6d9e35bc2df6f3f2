//! Scalars: the values of functions' operands and results.
//!
//! There are three kinds, because databases know no more: a truth value, an enumeration's member, a date, a time of day
//! and a duration are integers.

use data_encoding::BASE64;

use crate::Value;
use crate::date_time::Ticks;

/// A value as functions see it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// An integer, truth value, enumeration's member, or anything in ticks.
    Integer(i64),
    /// A double, finite unless a literal says otherwise.
    Real(f64),
    /// A string, a GUID in lower case, or base64.
    Text(Box<str>),
}

impl Scalar {
    /// The scalar of a value; None for null, and for what is no single primitive value.
    pub fn from_value(value: &Value) -> Option<Scalar> {
        Some(match value {
            Value::Boolean(flag) => Scalar::Integer(i64::from(*flag)),
            Value::Int(number) | Value::Enum(number) | Value::Duration(number) => Scalar::Integer(*number),
            Value::DateTimeOffset(Ticks(ticks)) => Scalar::Integer(*ticks),
            Value::Double(number) => Scalar::Real(*number),
            Value::String(text) => Scalar::Text(text.clone()),
            Value::Binary(bytes) => Scalar::Text(BASE64.encode(bytes).into()),
            Value::Guid(guid) => Scalar::Text(guid.to_string().into()),
            Value::Null | Value::Complex(_) | Value::Collection(_) | Value::Sealed(_) => return None,
        })
    }
}

/// An operand as an evaluator takes it: `i64`, `f64` or `&str`.
pub(super) trait EvaluatorOperand {
    /// The type that the evaluator takes.
    type Taken;

    /// The operand by value.
    fn taken(self) -> Self::Taken;
}

impl EvaluatorOperand for &i64 {
    type Taken = i64;

    fn taken(self) -> i64 {
        *self
    }
}

impl EvaluatorOperand for &f64 {
    type Taken = f64;

    fn taken(self) -> f64 {
        *self
    }
}

impl<'a> EvaluatorOperand for &'a Box<str> {
    type Taken = &'a str;

    fn taken(self) -> &'a str {
        self
    }
}

/// A result as an evaluator gives it. None stands for null.
pub(super) trait EvaluatorResult {
    /// The result as a scalar.
    fn scalar(self) -> Option<Scalar>;
}

impl EvaluatorResult for bool {
    fn scalar(self) -> Option<Scalar> {
        Some(Scalar::Integer(i64::from(self)))
    }
}

impl EvaluatorResult for i64 {
    fn scalar(self) -> Option<Scalar> {
        Some(Scalar::Integer(self))
    }
}

impl EvaluatorResult for f64 {
    fn scalar(self) -> Option<Scalar> {
        Some(Scalar::Real(self))
    }
}

impl EvaluatorResult for &str {
    fn scalar(self) -> Option<Scalar> {
        Some(Scalar::Text(self.into()))
    }
}

impl EvaluatorResult for String {
    fn scalar(self) -> Option<Scalar> {
        Some(Scalar::Text(self.into()))
    }
}

impl<T: EvaluatorResult> EvaluatorResult for Option<T> {
    fn scalar(self) -> Option<Scalar> {
        self.and_then(T::scalar)
    }
}
