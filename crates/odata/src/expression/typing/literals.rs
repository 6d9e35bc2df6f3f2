//! Literals in expressions, which take the type of what they meet.

use super::{Typed, Typing};
use crate::Value;
use crate::edm::Kind;
use crate::expression::option_error::OptionError;
use crate::expression::tree::Expression;
use crate::expression::value_type::ValueType;
use crate::uri::literal::{Literal, whole};

impl Typing<'_, '_> {
    /// A literal beside a value of a type: of the same, but that a fraction beside an integer stays one.
    pub(super) fn beside(
        &self,
        literal: &Literal<'_>,
        position: usize,
        of_type: ValueType,
    ) -> Result<Typed, OptionError> {
        let is_fraction = matches!(literal, Literal::Number(text) if whole(text).is_none());
        let of_type = if of_type.is_integer() && is_fraction { ValueType::DOUBLE } else { of_type };
        Ok((Expression::Literal(self.convert(literal, position, of_type)?), of_type))
    }

    /// The type to which two literals are brought; if there is none, one of them cannot be converted.
    pub(super) fn common(&self, left: &Literal<'_>, right: &Literal<'_>) -> ValueType {
        match (self.natural(left), self.natural(right)) {
            (Some(ValueType::STRING), Some(of_type)) | (Some(of_type), Some(ValueType::STRING)) => of_type,
            (Some(left), Some(right)) if left.is_number() && right.is_number() && left != right => {
                ValueType::DOUBLE
            }
            (Some(ValueType::Date), Some(ValueType::INSTANT)) => ValueType::INSTANT,
            (Some(of_type), _) | (None, Some(of_type)) => of_type,
            (None, None) => ValueType::STRING,
        }
    }

    pub(super) fn natural(&self, literal: &Literal<'_>) -> Option<ValueType> {
        match literal {
            Literal::Typed(prefix, _) if !matches!(*prefix, "duration" | "binary") => {
                self.model.find_type(prefix).map(ValueType::Kind)
            }
            Literal::Date(text) if text.len() == "2026-11-22".len() => Some(ValueType::Date),
            Literal::TimeOfDay(_) => Some(ValueType::TimeOfDay),
            _ => literal.natural().map(|primitive| ValueType::Kind(Kind::Primitive(primitive))),
        }
    }

    pub(super) fn convert(
        &self,
        literal: &Literal<'_>,
        position: usize,
        of_type: ValueType,
    ) -> Result<Value, OptionError> {
        let value = match of_type {
            ValueType::Kind(kind) => {
                return literal.to_value(self.model, kind).map_err(|mismatch| {
                    OptionError::new(position, mismatch.message).advise(mismatch.advice)
                });
            }
            ValueType::Date => literal.to_date(),
            ValueType::TimeOfDay => literal.to_time_of_day(),
        };
        let message = || format!("{} is not an {}", literal.shown(), self.name(of_type));
        value.ok_or_else(|| OptionError::new(position, message()))
    }
}
