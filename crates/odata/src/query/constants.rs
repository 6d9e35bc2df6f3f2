//! Literals in expressions, which take the type of what they meet.

use super::Expression;
use super::token::Failure;
use super::typing::{DOUBLE, INSTANT, STRING, Type, Typed, Typing};
use crate::Value;
use crate::edm::Kind;
use crate::uri::literal::{Literal, whole};

impl Typing<'_, '_> {
    /// A literal beside a value of a type: of the same, but that a fraction beside an integer stays one.
    pub(super) fn beside(
        &self,
        literal: &Literal<'_>,
        position: usize,
        of_type: Type,
    ) -> Result<Typed, Failure> {
        let is_fraction = matches!(literal, Literal::Number(text) if whole(text).is_none());
        let of_type = if of_type.is_integer() && is_fraction { DOUBLE } else { of_type };
        Ok((Expression::Literal(self.convert(literal, position, of_type)?), of_type))
    }

    /// The type to which two literals are brought; if there is none, one of them cannot be converted.
    pub(super) fn common(&self, left: &Literal<'_>, right: &Literal<'_>) -> Type {
        match (self.natural(left), self.natural(right)) {
            (Some(STRING), Some(of_type)) | (Some(of_type), Some(STRING)) => of_type,
            (Some(left), Some(right)) if left.is_number() && right.is_number() && left != right => DOUBLE,
            (Some(Type::Date), Some(INSTANT)) => INSTANT,
            (Some(of_type), _) | (None, Some(of_type)) => of_type,
            (None, None) => STRING,
        }
    }

    pub(super) fn natural(&self, literal: &Literal<'_>) -> Option<Type> {
        match literal {
            Literal::Typed(prefix, _) if !matches!(*prefix, "duration" | "binary") => {
                self.model.find_type(prefix).map(Type::Kind)
            }
            Literal::Date(text) if text.len() == "2026-11-22".len() => Some(Type::Date),
            Literal::TimeOfDay(_) => Some(Type::TimeOfDay),
            _ => literal.natural().map(|primitive| Type::Kind(Kind::Primitive(primitive))),
        }
    }

    pub(super) fn convert(
        &self,
        literal: &Literal<'_>,
        position: usize,
        of_type: Type,
    ) -> Result<Value, Failure> {
        let value = match of_type {
            Type::Kind(kind) => {
                return literal
                    .to_value(self.model, kind)
                    .map_err(|mismatch| Failure::new(position, mismatch.message).advise(mismatch.advice));
            }
            Type::Date => literal.to_date(),
            Type::TimeOfDay => literal.to_time_of_day(),
        };
        let message = || format!("{} is not an {}", literal.shown(), self.name(of_type));
        value.ok_or_else(|| Failure::new(position, message()))
    }
}
