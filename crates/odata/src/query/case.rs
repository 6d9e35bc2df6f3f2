//! `case(condition:value,…)` (URL conventions 4.01, 5.1.1.11): the value of the first condition that is true.

use super::Expression;
use super::operators::real;
use super::syntax::{Form, Node, close_with, node_of, whole};
use super::token::{Failure, Input, blanks, mark, position};
use super::typing::{DOUBLE, INTEGER, STRING, Type, Typed, Typing, is_null};
use crate::Value;

/// The pairs after the opening parenthesis.
pub(super) fn pairs<'t>(input: &mut Input<'t>, start: usize) -> Result<Node<'t>, Failure> {
    let mut pairs = Vec::new();
    loop {
        let outer = std::mem::replace(&mut input.state.ends_at_colon, true);
        let condition = whole(input)?;
        blanks(input)?;
        if !mark(input, ":")? {
            return Err(Failure::new(position(input), "Expected a colon and a value"));
        }
        input.state.ends_at_colon = false;
        let value = whole(input)?;
        input.state.ends_at_colon = outer;
        pairs.push((condition, value));
        blanks(input)?;
        if !mark(input, ",")? {
            break;
        }
    }
    close_with(input, start, ")")?;
    node_of(input, start, Form::Case(pairs))
}

impl<'t> Typing<'t, '_> {
    pub(super) fn case(&mut self, pairs: &[(Node<'t>, Node<'t>)]) -> Result<Typed, Failure> {
        let (mut of_type, mut typed) = (None, Vec::with_capacity(pairs.len()));
        for (condition, value) in pairs {
            let condition = self.boolean(condition)?;
            let value = match &value.form {
                Form::Literal(_) => None,
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
            let (value, found) = match (value, &node.form) {
                (Some(typed), _) => typed,
                (None, Form::Literal(literal)) => {
                    let wanted = of_type.or_else(|| self.natural(literal)).unwrap_or(STRING);
                    self.beside(literal, node.position, wanted)?
                }
                (None, _) => return Err(Failure::NoMatch(node.position)),
            };
            if !is_null(&value) {
                of_type = Some(self.wider(of_type, found, node.position)?);
            }
            all.push((condition, value, found));
        }
        let of_type = of_type.unwrap_or(STRING);
        let promoted =
            all.into_iter().map(|(condition, value, found)| match of_type == DOUBLE && found != DOUBLE {
                true => (condition, real(value)),
                false => (condition, value),
            });
        Ok((decided(promoted.collect()), of_type))
    }

    /// The type that values of both have.
    fn wider(&self, known: Option<Type>, found: Type, position: usize) -> Result<Type, Failure> {
        match known {
            None => Ok(found),
            Some(known) if known == found => Ok(known),
            Some(known) if known.is_integer() && found.is_integer() => Ok(INTEGER),
            Some(known) if known.is_number() && found.is_number() => Ok(DOUBLE),
            Some(known) => {
                let (known, found) = (self.name(known), self.name(found));
                Err(Failure::new(position, format!("One value is an {known}, and this is an {found}")))
            }
        }
    }
}

/// What is left when conditions that no row has a part in are decided.
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
