//! `cast` and `isof`: values of another type, and of which type they are.

use super::calls::check_count;
use super::scope::PathTarget;
use super::{Typed, Typing};
use crate::Value;
use crate::code;
use crate::edm::{EnumId, Kind, Primitive, TypeId, TypeRef};
use crate::error::hint;
use crate::expression::fold::{call, is_null};
use crate::expression::function::Function;
use crate::expression::option_error::OptionError;
use crate::expression::syntax::node::{Node, NodeKind};
use crate::expression::tree::{Comparison, Expression, Path};
use crate::expression::value_type::ValueType;
use crate::uri::literal::Literal;

impl<'t> Typing<'t, '_> {
    pub(super) fn cast(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, OptionError> {
        check_count(operands, &[1, 2], position)?;
        let [operand, wanted] = operands else {
            return Err(OptionError::not_implemented(position, "A cast of the entity itself"));
        };
        let wanted_type = self.named(wanted)?;
        let (value, of_type) = match &operand.kind {
            // A literal may spell the type that it is cast to.
            NodeKind::Literal(literal @ Literal::Guid(_)) if wanted_type == ValueType::STRING => {
                return Ok((Expression::Literal(Value::String(literal.shown().into())), ValueType::STRING));
            }
            NodeKind::Literal(Literal::String(text)) if !is_of_text(wanted_type) => {
                return Ok((
                    Expression::Literal(self.spelled(text, operand.position, wanted_type)),
                    wanted_type,
                ));
            }
            _ => self.value(operand)?,
        };
        if is_null(&value) || of_type == wanted_type {
            return Ok((value, wanted_type));
        }
        let int32 = wanted_type == ValueType::Kind(Kind::Primitive(Primitive::Int32));
        let narrowed = |value| if int32 { call(Function::Integer32, vec![value]) } else { value };
        let result = match (of_type, wanted_type) {
            (from, to) if from.is_integer() && to.is_integer() => narrowed(value),
            (from, ValueType::DOUBLE) if from.is_integer() => call(Function::RealOfInteger, vec![value]),
            (ValueType::DOUBLE, to) if to.is_integer() => {
                narrowed(call(Function::IntegerOfReal, vec![value]))
            }
            (ValueType::STRING, to) if to.is_integer() => {
                narrowed(call(Function::IntegerOfText, vec![value]))
            }
            (ValueType::STRING, ValueType::DOUBLE) => call(Function::RealOfText, vec![value]),
            (ValueType::DOUBLE, ValueType::STRING) => call(Function::TextOfReal, vec![value]),
            (from, ValueType::STRING) if from.is_integer() => call(Function::TextOfInteger, vec![value]),
            (ValueType::BOOLEAN, ValueType::STRING) => call(Function::TextOfBoolean, vec![value]),
            (ValueType::Kind(Kind::Primitive(Primitive::Guid)), ValueType::STRING) => value,
            (ValueType::INSTANT, ValueType::Date) => call(Function::Date, vec![value]),
            (ValueType::INSTANT, ValueType::TimeOfDay) => call(Function::Time, vec![value]),
            (ValueType::Date, ValueType::INSTANT) => value,
            (ValueType::INSTANT, ValueType::STRING) => call(Function::TextOfInstant, vec![value]),
            (ValueType::Date, ValueType::STRING) => call(Function::TextOfDate, vec![value]),
            (ValueType::TimeOfDay, ValueType::STRING) => call(Function::TextOfTime, vec![value]),
            (ValueType::STRING, ValueType::BOOLEAN) => call(Function::BooleanOfText, vec![value]),
            (ValueType::Kind(Kind::Enum(id)), ValueType::STRING) if !self.model.enum_type(id).is_flags => {
                let names = Expression::Literal(Value::String(self.names_of_members(id).into()));
                call(Function::TextOfMember, vec![value, names])
            }
            (from, to) => {
                let what = format!("A cast from {} to {}", self.name(from), self.name(to));
                return Err(OptionError::not_implemented(position, what));
            }
        };
        Ok((result, wanted_type))
    }

    /// The value of a type that a quoted text spells; null if it spells none.
    fn spelled(&self, text: &str, position: usize, wanted: ValueType) -> Value {
        let quoted = Literal::String(text.into());
        let bare = Literal::from_word(text).filter(|bare| *bare != Literal::Null);
        let literals = [Some(quoted), bare];
        let values = literals.iter().flatten().map(|literal| self.convert(literal, position, wanted));
        values.into_iter().find_map(Result::ok).unwrap_or(Value::Null)
    }

    /// The members of an enumeration as the version shows them, for [`Function::TextOfMember`].
    fn names_of_members(&self, id: EnumId) -> String {
        let of_type = self.model.enum_type(id);
        let shown = of_type.members.iter().filter_map(|member| {
            let name = of_type.shown(member.value, self.version)?;
            Some(format!("{}={name};", member.value))
        });
        std::iter::once(";".to_owned()).chain(shown).collect()
    }

    pub(super) fn is_of(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, OptionError> {
        check_count(operands, &[1, 2], position)?;
        let (operand, wanted) = match operands {
            [wanted] => (None, wanted),
            [operand, wanted] => (Some(operand), wanted),
            _ => return Err(OptionError::new(position, "Expected a type")),
        };
        let wanted = self.named(wanted)?;
        let operand = match operand {
            None => ("$it", position),
            Some(Node { kind: NodeKind::Path(path), position, .. }) => (*path, *position),
            Some(operand) => {
                let (value, of_type) = self.value(operand)?;
                return Ok((present(value, of_type == wanted), ValueType::BOOLEAN));
            }
        };
        let (answer, _) = self.follow(operand.0, operand.1, &mut |typing, target| {
            let (path, declared) = match target {
                PathTarget::Value(value, of_type) => {
                    return Ok((present(value, of_type == wanted), ValueType::BOOLEAN));
                }
                PathTarget::Complex(path) => match path.type_ref.kind {
                    Kind::Complex(declared) => (path, declared),
                    _ => return Ok((Expression::Literal(Value::Boolean(false)), ValueType::BOOLEAN)),
                },
                PathTarget::Entity(scope, declared) => {
                    let type_ref =
                        TypeRef { kind: Kind::Entity(declared), collection: false, nullable: true };
                    (Path { scope, steps: Vec::new(), type_ref }, declared)
                }
                PathTarget::Collection(..) => {
                    return Err(OptionError::new(position, "A collection has no type to ask for"));
                }
            };
            Ok((Expression::IsOf(path, typing.types(declared, wanted)), ValueType::BOOLEAN))
        })?;
        Ok(match answer {
            // What is not there is of no type.
            Expression::Through(..) => {
                let yes = Box::new(Expression::Literal(Value::Boolean(true)));
                (Expression::Compare(Comparison::Equal, Box::new(answer), yes), ValueType::BOOLEAN)
            }
            answer => (answer, ValueType::BOOLEAN),
        })
    }

    /// The types of the declared one's hierarchy that are of the wanted one.
    fn types(&self, declared: TypeId, wanted: ValueType) -> Vec<TypeId> {
        let ValueType::Kind(Kind::Complex(wanted) | Kind::Entity(wanted)) = wanted else { return Vec::new() };
        let model = self.model;
        let hierarchy = model.structured(model.structured(declared).root).hierarchy.iter();
        hierarchy.copied().filter(|id| model.is_a(*id, wanted)).collect()
    }

    /// The type that an operand names; many clients put the name in quotes.
    fn named(&self, node: &Node<'t>) -> Result<ValueType, OptionError> {
        let name = match &node.kind {
            NodeKind::Path(name) => name,
            NodeKind::Literal(Literal::String(name)) => &**name,
            _ => return Err(OptionError::new(node.position, "Expected the name of a type")),
        };
        let found = match name {
            "Edm.Date" => Some(ValueType::Date),
            "Edm.TimeOfDay" => Some(ValueType::TimeOfDay),
            "Edm.Decimal" | "Edm.Single" => Some(ValueType::DOUBLE),
            _ => Primitive::from_qualified_name(name)
                .map(Kind::Primitive)
                .or_else(|| self.model.find_type(name))
                .map(ValueType::Kind),
        };
        found.ok_or_else(|| {
            let types = self.model.types.iter().map(|known| known.qualified_name());
            let primitives = Primitive::ALL.into_iter().map(|primitive| format!("Edm.{}", primitive.name()));
            let names: Vec<String> = types.chain(primitives).collect();
            let near = hint(name, names.iter().map(String::as_str));
            OptionError::new(node.position, format!("There is no type '{name}'"))
                .coded(code::UNKNOWN_NAME)
                .advise(near)
        })
    }
}

/// Whether a function makes values of a type from text: a text itself, a number or a Boolean.
fn is_of_text(of_type: ValueType) -> bool {
    of_type == ValueType::STRING || of_type == ValueType::BOOLEAN || of_type.is_number()
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
