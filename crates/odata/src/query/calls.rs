//! Function calls: which functions there are, what they take, and of what type their result is.

use super::path::Target;
use super::syntax::{Form, Node};
use super::token::Failure;
use super::typing::{
    BOOLEAN, DOUBLE, DURATION, INSTANT, INTEGER, STRING, Type, Typed, Typing, call, is_null,
};
use super::{Comparison, Expression, Function, Path, pattern};
use crate::Value;
use crate::code;
use crate::date_time::{MAX_TICKS, Ticks};
use crate::edm::{Kind, Primitive, TypeId, TypeRef};
use crate::error::hint;
use crate::uri::literal::Literal;

/// Functions that take strings: name, how many, the function, the type of its result.
const OF_TEXTS: [(&str, usize, Function, Type); 9] = [
    ("contains", 2, Function::Contains, BOOLEAN),
    ("startswith", 2, Function::StartsWith, BOOLEAN),
    ("endswith", 2, Function::EndsWith, BOOLEAN),
    ("indexof", 2, Function::IndexOf, INTEGER),
    ("concat", 2, Function::Concat, STRING),
    ("length", 1, Function::Length, INTEGER),
    ("tolower", 1, Function::ToLower, STRING),
    ("toupper", 1, Function::ToUpper, STRING),
    ("trim", 1, Function::Trim, STRING),
];

/// Parts of dates and times: name, the function, the types that have it, the type of its result.
const PARTS: [(&str, Function, &[Type], Type); 10] = [
    ("year", Function::Year, &[INSTANT, Type::Date], INTEGER),
    ("month", Function::Month, &[INSTANT, Type::Date], INTEGER),
    ("day", Function::Day, &[INSTANT, Type::Date], INTEGER),
    ("hour", Function::Hour, &[INSTANT, Type::TimeOfDay], INTEGER),
    ("minute", Function::Minute, &[INSTANT, Type::TimeOfDay], INTEGER),
    ("second", Function::Second, &[INSTANT, Type::TimeOfDay], INTEGER),
    ("fractionalseconds", Function::FractionalSeconds, &[INSTANT, Type::TimeOfDay], DOUBLE),
    ("date", Function::Date, &[INSTANT], Type::Date),
    ("time", Function::Time, &[INSTANT], Type::TimeOfDay),
    ("totalseconds", Function::TotalSeconds, &[DURATION], DOUBLE),
];

/// Functions that take a number.
const ROUNDING: [(&str, Function); 3] =
    [("round", Function::Round), ("floor", Function::Floor), ("ceiling", Function::Ceiling)];

/// The others.
const SPECIAL: [&str; 8] = [
    "substring",
    "matchespattern",
    "totaloffsetminutes",
    "now",
    "mindatetime",
    "maxdatetime",
    "cast",
    "isof",
];

/// Functions that OData has and we do not.
const UNIMPLEMENTED: [&str; 6] =
    ["case", "geo.distance", "geo.intersects", "geo.length", "hassubsequence", "hassubset"];

impl<'t> Typing<'t, '_> {
    /// A call by the function's name, in any case.
    pub(super) fn call(
        &mut self,
        name: &str,
        operands: &[Node<'t>],
        position: usize,
    ) -> Result<Typed, Failure> {
        let lower = name.to_ascii_lowercase();
        if let Some((_, arity, function, result)) = OF_TEXTS.iter().find(|(known, ..)| *known == lower) {
            check_count(operands, &[*arity], position)?;
            let texts = operands.iter().map(|operand| self.expected(operand, STRING));
            return Ok((call(*function, texts.collect::<Result<_, _>>()?), *result));
        }
        if let Some((_, function, types, result)) = PARTS.iter().find(|(known, ..)| *known == lower) {
            let operand = self.part_of(operands, types, position)?;
            return Ok((call(*function, vec![operand]), *result));
        }
        if let Some((_, function)) = ROUNDING.iter().find(|(known, _)| *known == lower) {
            return self.rounded(*function, operands, position);
        }
        let instant = |ticks| Ok((Expression::Literal(Value::DateTimeOffset(Ticks(ticks))), INSTANT));
        match lower.as_str() {
            "substring" => self.substring(operands, position),
            "matchespattern" => self.matches_pattern(operands, position),
            "totaloffsetminutes" => {
                // Everything is kept in UTC.
                let operand = self.part_of(operands, &[INSTANT], position)?;
                Ok((call(Function::Multiply, vec![operand, Expression::Literal(Value::Int(0))]), INTEGER))
            }
            "now" | "mindatetime" | "maxdatetime" => {
                check_count(operands, &[0], position)?;
                instant(match lower.as_str() {
                    "now" => {
                        self.asked_the_time = true;
                        self.now.0
                    }
                    "mindatetime" => 0,
                    _ => MAX_TICKS,
                })
            }
            "cast" => self.cast(operands, position),
            "isof" => self.is_of(operands, position),
            _ => Err(unknown(name, &lower, position)),
        }
    }

    fn part_of(
        &mut self,
        operands: &[Node<'t>],
        types: &[Type],
        position: usize,
    ) -> Result<Expression, Failure> {
        check_count(operands, &[1], position)?;
        let Some(operand) = operands.first() else { return Ok(Expression::Literal(Value::Null)) };
        let (value, of_type) = self.value(operand)?;
        if types.contains(&of_type) || is_null(&value) {
            return Ok(value);
        }
        let expected: Vec<String> = types.iter().map(|of_type| self.name(*of_type)).collect();
        let message = format!("Expected an {}, found an {}", expected.join(" or "), self.name(of_type));
        Err(Failure::new(operand.position, message))
    }

    fn rounded(
        &mut self,
        function: Function,
        operands: &[Node<'t>],
        position: usize,
    ) -> Result<Typed, Failure> {
        check_count(operands, &[1], position)?;
        let Some(operand) = operands.first() else { return Ok((Expression::Literal(Value::Null), DOUBLE)) };
        let (value, of_type) = self.value(operand)?;
        match of_type {
            _ if is_null(&value) => Ok((value, DOUBLE)),
            of_type if of_type.is_integer() => Ok((value, INTEGER)),
            DOUBLE => Ok((call(function, vec![value]), DOUBLE)),
            of_type => {
                let message = format!("Expected a number, found an {}", self.name(of_type));
                Err(Failure::new(operand.position, message))
            }
        }
    }

    fn substring(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, Failure> {
        check_count(operands, &[2, 3], position)?;
        let mut typed = Vec::with_capacity(operands.len());
        for (at, operand) in operands.iter().enumerate() {
            typed.push(self.expected(operand, if at == 0 { STRING } else { INTEGER })?);
        }
        let function = if typed.len() == 3 { Function::SubstringOf } else { Function::Substring };
        Ok((call(function, typed), STRING))
    }

    fn matches_pattern(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, Failure> {
        check_count(operands, &[2], position)?;
        let [text, pattern] = operands else { return Err(Failure::new(position, "Expected 2 operands")) };
        let text = self.expected(text, STRING)?;
        let at = pattern.position;
        let pattern = self.expected(pattern, STRING)?;
        match &pattern {
            Expression::Literal(Value::String(pattern)) => {
                pattern::check(pattern).map_err(|reason| {
                    Failure::new(at, format!("The pattern '{pattern}' cannot be used: {reason}"))
                })?;
            }
            Expression::Literal(_) => {}
            _ => return Err(Failure::new(at, "The pattern has to be a literal")),
        }
        Ok((call(Function::MatchesPattern, vec![text, pattern]), BOOLEAN))
    }

    fn cast(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, Failure> {
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

    fn is_of(&mut self, operands: &[Node<'t>], position: usize) -> Result<Typed, Failure> {
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

    /// The type that an operand names.
    fn named(&self, node: &Node<'t>) -> Result<Type, Failure> {
        let Form::Path(name) = node.form else {
            return Err(Failure::new(node.position, "Expected the name of a type"));
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

fn check_count(operands: &[Node<'_>], counts: &[usize], position: usize) -> Result<(), Failure> {
    if counts.contains(&operands.len()) {
        return Ok(());
    }
    let expected: Vec<String> = counts.iter().map(usize::to_string).collect();
    let message =
        format!("The function takes {} operands and was given {}", expected.join(" or "), operands.len());
    Err(Failure::new(position, message))
}

fn unknown(name: &str, lower: &str, position: usize) -> Failure {
    if UNIMPLEMENTED.contains(&lower) {
        return Failure::not_implemented(position, format!("The function '{name}'"));
    }
    let texts = OF_TEXTS.iter().map(|(known, ..)| *known);
    let parts = PARTS.iter().map(|(known, ..)| *known);
    let rounding = ROUNDING.iter().map(|(known, _)| *known);
    let near = hint(name, texts.chain(parts).chain(rounding).chain(SPECIAL));
    Failure::new(position, format!("Unknown function '{name}'")).coded(code::UNKNOWN_NAME).advise(near)
}
