//! `$filter` (URL conventions 4.01, 5.1.2): from the syntax tree to an expression that agrees with the model.

use super::path::resolve;
use super::syntax::{self, Form, Node};
use super::token::{Failure, MAX_TEXT};
use super::{Comparison, Expression, Function};
use crate::edm::{Kind, Model, Primitive, TypeId, TypeRef, Version};
use crate::uri::literal::{Literal, kind_name};
use crate::{Error, ErrorKind, Value};

/// The expression of a `$filter` on entities of a type, or what is wrong with it and where.
pub fn parse_filter(
    model: &Model,
    version: Version,
    entity: TypeId,
    text: &str,
) -> Result<Expression, Error> {
    if text.len() > MAX_TEXT {
        let message = format!("$filter is longer than {MAX_TEXT} bytes");
        return Err(Error::new(ErrorKind::BadQuery, message));
    }
    let typing = Typing { model, version, entity };
    let node = syntax::parse(text).map_err(|failure| failure.in_option("$filter", text))?;
    typing.boolean(&node).map_err(|failure| failure.in_option("$filter", text))
}

const BOOLEAN: Kind = Kind::Primitive(Primitive::Boolean);
const STRING: Kind = Kind::Primitive(Primitive::String);

struct Typing<'m> {
    model: &'m Model,
    version: Version,
    entity: TypeId,
}

impl Typing<'_> {
    /// An expression that is true, false or null.
    fn boolean(&self, node: &Node<'_>) -> Result<Expression, Failure> {
        if let Form::Literal(literal) = &node.form {
            return self.convert(literal, node.position, BOOLEAN).map(Expression::Literal);
        }
        let (expression, kind) = self.value(node)?;
        if kind == BOOLEAN {
            return Ok(expression);
        }
        let kind = kind_name(self.model, kind);
        Err(Failure::new(node.position, format!("Expected a Boolean expression, found an {kind}")))
    }

    /// An expression that is not a literal, and its type.
    fn value(&self, node: &Node<'_>) -> Result<(Expression, Kind), Failure> {
        let expression = match &node.form {
            Form::Path(text) => return self.path(text, node.position),
            Form::Literal(literal) => {
                let (value, kind) = self.constant(literal, node.position)?;
                return Ok((Expression::Literal(value), kind));
            }
            Form::Not(operand) => Expression::Not(Box::new(self.negated(operand)?)),
            Form::And(operands) => self.chain(operands, Expression::And)?,
            Form::Or(operands) => self.chain(operands, Expression::Or)?,
            Form::Compare(comparison, left, right) => self.compare(*comparison, left, right)?,
            Form::In(operand, items) => self.membership(operand, items)?,
            Form::Call(function, operands) => self.call(*function, operands, node.position)?,
        };
        Ok((expression, BOOLEAN))
    }

    /// The operand of `not`, which binds tighter than any comparison.
    fn negated(&self, node: &Node<'_>) -> Result<Expression, Failure> {
        if !matches!(node.form, Form::Path(_)) {
            return self.boolean(node);
        }
        let (expression, kind) = self.value(node)?;
        if kind == BOOLEAN {
            return Ok(expression);
        }
        let message = format!("'not' takes a Boolean, found an {}", kind_name(self.model, kind));
        Err(Failure::new(node.position, message).advise("; put a comparison after 'not' in parentheses"))
    }

    fn path(&self, text: &str, position: usize) -> Result<(Expression, Kind), Failure> {
        let path = resolve(self.model, self.version, self.entity, text, position)?;
        let what = match path.type_ref {
            TypeRef { collection: true, .. } => "a collection",
            TypeRef { kind: Kind::Complex(_) | Kind::Entity(_), .. } => "a complex value",
            TypeRef { kind, .. } => return Ok((Expression::Path(path), kind)),
        };
        Err(Failure::new(position, format!("The property '{text}' is {what} and cannot be compared")))
    }

    /// A literal that nothing else gives a type.
    fn constant(&self, literal: &Literal<'_>, position: usize) -> Result<(Value, Kind), Failure> {
        let kind = self.natural_kind(literal).unwrap_or(BOOLEAN);
        Ok((self.convert(literal, position, kind)?, kind))
    }

    fn natural_kind(&self, literal: &Literal<'_>) -> Option<Kind> {
        match literal {
            Literal::Typed(prefix, _) if !matches!(*prefix, "duration" | "binary") => {
                self.model.find_type(prefix)
            }
            _ => literal.natural().map(Kind::Primitive),
        }
    }

    fn convert(&self, literal: &Literal<'_>, position: usize, kind: Kind) -> Result<Value, Failure> {
        literal
            .to_value(self.model, kind)
            .map_err(|mismatch| Failure::new(position, mismatch.message).advise(mismatch.advice))
    }

    fn chain(
        &self,
        operands: &[Node<'_>],
        join: fn(Box<Expression>, Box<Expression>) -> Expression,
    ) -> Result<Expression, Failure> {
        match operands {
            [single] => self.boolean(single),
            // Halves instead of a list keep the tree flat: what reads it may recurse.
            _ => {
                let (left, right) = operands.split_at(operands.len() / 2);
                Ok(join(Box::new(self.chain(left, join)?), Box::new(self.chain(right, join)?)))
            }
        }
    }

    fn compare(
        &self,
        comparison: Comparison,
        left: &Node<'_>,
        right: &Node<'_>,
    ) -> Result<Expression, Failure> {
        let (a, b, kind) = match (&left.form, &right.form) {
            (Form::Literal(a), Form::Literal(b)) => {
                let kind = self.common_kind(a, b);
                let (a, b) = (self.convert(a, left.position, kind)?, self.convert(b, right.position, kind)?);
                (Expression::Literal(a), Expression::Literal(b), kind)
            }
            (Form::Literal(a), _) => {
                let (b, kind) = self.value(right)?;
                (Expression::Literal(self.convert(a, left.position, kind)?), b, kind)
            }
            (_, Form::Literal(b)) => {
                let (a, kind) = self.value(left)?;
                (a, Expression::Literal(self.convert(b, right.position, kind)?), kind)
            }
            _ => {
                let ((a, kind), (b, other)) = (self.value(left)?, self.value(right)?);
                self.check_comparable(kind, other, right.position)?;
                (a, b, kind)
            }
        };
        let ordering = !matches!(comparison, Comparison::Equal | Comparison::NotEqual);
        if ordering && matches!(kind, Kind::Primitive(Primitive::Boolean | Primitive::Binary)) {
            let kind = kind_name(self.model, kind);
            let message = format!("The operators gt, ge, lt and le do not apply to an {kind}");
            return Err(Failure::new(left.position, message));
        }
        Ok(Expression::Compare(comparison, Box::new(a), Box::new(b)))
    }

    /// The type to which two literals are brought; if there is none, one of them cannot be converted.
    fn common_kind(&self, left: &Literal<'_>, right: &Literal<'_>) -> Kind {
        match (self.natural_kind(left), self.natural_kind(right)) {
            (Some(STRING), Some(kind)) | (Some(kind), Some(STRING)) => kind,
            (Some(left), Some(right)) if is_number(left) && left != right => {
                if is_number(right) {
                    Kind::Primitive(Primitive::Double)
                } else {
                    left
                }
            }
            (Some(kind), _) | (None, Some(kind)) => kind,
            (None, None) => STRING,
        }
    }

    fn check_comparable(&self, left: Kind, right: Kind, position: usize) -> Result<(), Failure> {
        if left == right || (is_number(left) && is_number(right)) {
            return Ok(());
        }
        let (left, right) = (kind_name(self.model, left), kind_name(self.model, right));
        Err(Failure::new(position, format!("An {left} cannot be compared with an {right}")))
    }

    fn membership(&self, operand: &Node<'_>, items: &[(usize, Literal<'_>)]) -> Result<Expression, Failure> {
        let (operand, kind) = self.value(operand)?;
        let items = items.iter().map(|(position, literal)| self.convert(literal, *position, kind));
        Ok(Expression::In(Box::new(operand), items.collect::<Result<_, _>>()?))
    }

    fn call(
        &self,
        function: Function,
        operands: &[Node<'_>],
        position: usize,
    ) -> Result<Expression, Failure> {
        if operands.len() != 2 {
            let message = format!("The function takes 2 operands and was given {}", operands.len());
            return Err(Failure::new(position, message));
        }
        let operands = operands.iter().map(|operand| self.string(operand));
        Ok(Expression::Call(function, operands.collect::<Result<_, _>>()?))
    }

    fn string(&self, node: &Node<'_>) -> Result<Expression, Failure> {
        if let Form::Literal(literal) = &node.form {
            return self.convert(literal, node.position, STRING).map(Expression::Literal);
        }
        let (expression, kind) = self.value(node)?;
        if kind == STRING {
            return Ok(expression);
        }
        let kind = kind_name(self.model, kind);
        Err(Failure::new(node.position, format!("Expected an Edm.String, found an {kind}")))
    }
}

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Primitive(Primitive::Int32 | Primitive::Int64 | Primitive::Double))
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod tests;
