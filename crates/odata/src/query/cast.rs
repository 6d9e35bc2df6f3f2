//! `cast` and `isof`: values of another type, and of which type they are.

use super::calls::check_count;
use super::path::Target;
use super::syntax::{Form, Node};
use super::token::Failure;
use super::typing::{BOOLEAN, DOUBLE, INSTANT, STRING, Type, Typed, Typing, call, is_null};
use super::{Comparison, Expression, Function, Path};
use crate::Value;
use crate::code;
use crate::edm::{Kind, Primitive, TypeId, TypeRef};
use crate::error::hint;
use crate::uri::literal::Literal;

impl<'t> Typing<'t, '_> {
    pub(super) fn cast(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, Failure> {
        check_count(operands, &[1, 2], position)?;
        let [operand, wanted] = operands else {
            return Err(Failure::not_implemented(position, "A cast of the entity itself"));
        };
        let wanted_type = self.named(wanted)?;
        let (value, of_type) = match &operand.form {
            // A literal may spell the type that it is cast to.
            Form::Literal(literal @ (Literal::Date(_) | Literal::Guid(_))) if wanted_type == STRING => {
                return Ok((Expression::Literal(Value::String(literal.shown().into())), STRING));
            }
            _ => self.value(operand)?,
        };
        if is_null(&value) || of_type == wanted_type {
            return Ok((value, wanted_type));
        }
        let int32 = wanted_type == Type::Kind(Kind::Primitive(Primitive::Int32));
        let narrowed = |value| if int32 { call(Function::Integer32, vec![value]) } else { value };
        let result = match (of_type, wanted_type) {
            (from, to) if from.is_integer() && to.is_integer() => narrowed(value),
            (from, DOUBLE) if from.is_integer() => call(Function::RealOfInteger, vec![value]),
            (DOUBLE, to) if to.is_integer() => narrowed(call(Function::IntegerOfReal, vec![value])),
            (STRING, to) if to.is_integer() => narrowed(call(Function::IntegerOfText, vec![value])),
            (STRING, DOUBLE) => call(Function::RealOfText, vec![value]),
            (DOUBLE, STRING) => call(Function::TextOfReal, vec![value]),
            (from, STRING) if from.is_integer() => call(Function::TextOfInteger, vec![value]),
            (BOOLEAN, STRING) => call(Function::TextOfBoolean, vec![value]),
            (Type::Kind(Kind::Primitive(Primitive::Guid)), STRING) => value,
            (INSTANT, Type::Date) => call(Function::Date, vec![value]),
            (INSTANT, Type::TimeOfDay) => call(Function::Time, vec![value]),
            (Type::Date, INSTANT) => value,
            (from, to) => {
                let what = format!("A cast from {} to {}", self.name(from), self.name(to));
                return Err(Failure::not_implemented(position, what));
            }
        };
        Ok((result, wanted_type))
    }

    pub(super) fn is_of(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, Failure> {
        check_count(operands, &[1, 2], position)?;
        let (operand, wanted) = match operands {
            [wanted] => (None, wanted),
            [operand, wanted] => (Some(operand), wanted),
            _ => return Err(Failure::new(position, "Expected a type")),
        };
        let wanted = self.named(wanted)?;
        let operand = match operand {
            None => ("$it", position),
            Some(Node { form: Form::Path(path), position, .. }) => (*path, *position),
            Some(operand) => {
                let (value, of_type) = self.value(operand)?;
                return Ok((present(value, of_type == wanted), BOOLEAN));
            }
        };
        let (answer, _) = self.follow(operand.0, operand.1, &mut |typing, target| {
            let (path, declared) = match target {
                Target::Value(value, of_type) => return Ok((present(value, of_type == wanted), BOOLEAN)),
                Target::Complex(path) => match path.type_ref.kind {
                    Kind::Complex(declared) => (path, declared),
                    _ => return Ok((Expression::Literal(Value::Boolean(false)), BOOLEAN)),
                },
                Target::Entity(scope, declared) => {
                    let type_ref =
                        TypeRef { kind: Kind::Entity(declared), collection: false, nullable: true };
                    (Path { scope, steps: Vec::new(), type_ref }, declared)
                }
                Target::Collection(..) => {
                    return Err(Failure::new(position, "A collection has no type to ask for"));
                }
            };
            Ok((Expression::IsOf(path, typing.types(declared, wanted)), BOOLEAN))
        })?;
        Ok(match answer {
            // What is not there is of no type.
            Expression::Through(..) => {
                let yes = Box::new(Expression::Literal(Value::Boolean(true)));
                (Expression::Compare(Comparison::Equal, Box::new(answer), yes), BOOLEAN)
            }
            answer => (answer, BOOLEAN),
        })
    }

    /// The types of the declared one's hierarchy that are of the wanted one.
    fn types(&self, declared: TypeId, wanted: Type) -> Vec<TypeId> {
        let Type::Kind(Kind::Complex(wanted) | Kind::Entity(wanted)) = wanted else { return Vec::new() };
        let model = self.model;
        let hierarchy = model.structured(model.structured(declared).root).hierarchy.iter();
        hierarchy.copied().filter(|id| model.is_a(*id, wanted)).collect()
    }

    /// The type that an operand names; many clients put the name in quotes.
    fn named(&self, node: &Node<'t>) -> Result<Type, Failure> {
        let name = match &node.form {
            Form::Path(name) => name,
            Form::Literal(Literal::String(name)) => &**name,
            _ => return Err(Failure::new(node.position, "Expected the name of a type")),
        };
        let found = match name {
            "Edm.Date" => Some(Type::Date),
            "Edm.TimeOfDay" => Some(Type::TimeOfDay),
            "Edm.Decimal" | "Edm.Single" => Some(DOUBLE),
            _ => Primitive::from_qualified_name(name)
                .map(Kind::Primitive)
                .or_else(|| self.model.find_type(name))
                .map(Type::Kind),
        };
        found.ok_or_else(|| {
            let types = self.model.types.iter().map(|known| known.qualified_name());
            let primitives = Primitive::ALL.into_iter().map(|primitive| format!("Edm.{}", primitive.name()));
            let names: Vec<String> = types.chain(primitives).collect();
            let near = hint(name, names.iter().map(String::as_str));
            Failure::new(node.position, format!("There is no type '{name}'"))
                .coded(code::UNKNOWN_NAME)
                .advise(near)
        })
    }
}

/// Whether a value is there, if it is of the right type at all.
fn present(value: Expression, fits: bool) -> Expression {
    match fits {
        true => {
            let null = Box::new(Expression::Literal(Value::Null));
            Expression::Compare(Comparison::NotEqual, Box::new(value), null)
        }
        false => Expression::Literal(Value::Boolean(false)),
    }
}
