//! `case(condition:value,…)` (URL conventions 4.01, 5.1.1.11): the value of the first condition that is true.

use super::{Typed, Typing};
use crate::Value;
use crate::expression::fold::{is_null, real};
use crate::expression::option_error::OptionError;
use crate::expression::syntax::node::{Node, NodeKind};
use crate::expression::tree::Expression;
use crate::expression::value_type::ValueType;

impl<'t> Typing<'t, '_> {
    pub(super) fn case(&mut self, pairs: &[(Node<'t>, Node<'t>)]) -> Result<Typed, OptionError> {
        let (mut of_type, mut typed) = (None, Vec::with_capacity(pairs.len()));
        for (condition, value) in pairs {
            let condition = self.boolean(condition)?;
            let value = match &value.kind {
                NodeKind::Literal(_) => None,
                _ => {
                    let (expression, found) = self.value(value)?;
                    let of_null = is_null(&expression);
                    of_type =
                        if of_null { of_type } else { Some(self.wider(of_type, found, value.position)?) };
                    Some((expression, found))
                }
            };
            typed.push((condition, value));
        }
        // Literals last, because they take the type of the others.
        let mut all = Vec::with_capacity(pairs.len());
        for ((condition, value), (_, node)) in typed.into_iter().zip(pairs) {
            let (value, found) = match (value, &node.kind) {
                (Some(typed), _) => typed,
                (None, NodeKind::Literal(literal)) => {
                    let wanted = of_type.or_else(|| self.natural(literal)).unwrap_or(ValueType::STRING);
                    self.beside(literal, node.position, wanted)?
                }
                (None, _) => return Err(OptionError::NoMatch(node.position)),
            };
            if !is_null(&value) {
                of_type = Some(self.wider(of_type, found, node.position)?);
            }
            all.push((condition, value, found));
        }
        let of_type = of_type.unwrap_or(ValueType::STRING);
        let promoted = all.into_iter().map(|(condition, value, found)| {
            match of_type == ValueType::DOUBLE && found != ValueType::DOUBLE {
                true => (condition, real(value)),
                false => (condition, value),
            }
        });
        Ok((decided(promoted.collect()), of_type))
    }

    /// The type that values of both have.
    fn wider(
        &self,
        known: Option<ValueType>,
        found: ValueType,
        position: usize,
    ) -> Result<ValueType, OptionError> {
        match known {
            None => Ok(found),
            Some(known) if known == found => Ok(known),
            Some(known) if known.is_integer() && found.is_integer() => Ok(ValueType::INTEGER),
            Some(known) if known.is_number() && found.is_number() => Ok(ValueType::DOUBLE),
            Some(known) => {
                let (known, found) = (self.name(known), self.name(found));
                Err(OptionError::new(position, format!("One value is an {known}, and this is an {found}")))
            }
        }
    }
}

/// The expression that is left when conditions that no row has a part in are decided.
fn decided(pairs: Vec<(Expression, Expression)>) -> Expression {
    let mut open = Vec::with_capacity(pairs.len());
    for (condition, value) in pairs {
        match condition {
            Expression::Literal(Value::Boolean(true)) if open.is_empty() => return value,
            Expression::Literal(Value::Boolean(true)) => {
                open.push((condition, value));
                break;
            }
            Expression::Literal(_) => {}
            condition => open.push((condition, value)),
        }
    }
    match open.iter().all(|(_, value)| is_null(value)) {
        true => Expression::Literal(Value::Null),
        false => Expression::Case(open),
    }
}
