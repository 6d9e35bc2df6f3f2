//! Function calls: which functions there are, what they take, and of what type their result is.

use super::inclusion::Inclusion;
use super::syntax::Node;
use super::token::Failure;
use super::typing::{
    BOOLEAN, DOUBLE, DURATION, INSTANT, INTEGER, STRING, Type, Typed, Typing, call, is_null,
};
use super::{Expression, Function, pattern};
use crate::Value;
use crate::code;
use crate::date_time::{MAX_TICKS, Ticks};
use crate::error::hint;

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
const SPECIAL: [&str; 11] = [
    "case",
    "hassubset",
    "hassubsequence",
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
const UNIMPLEMENTED: [&str; 3] = ["geo.distance", "geo.intersects", "geo.length"];

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
            "hassubset" => self.includes(Inclusion::Subset, operands, position),
            "hassubsequence" => self.includes(Inclusion::Subsequence, operands, position),
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
                let unusable =
                    |reason| Failure::new(at, format!("The pattern '{pattern}' cannot be used: {reason}"));
                self.pattern_size += pattern::check(pattern).map_err(unusable)?;
                if self.pattern_size > pattern::MAX_SIZE {
                    return Err(Failure::new(at, "The patterns are too large together"));
                }
            }
            Expression::Literal(_) => {}
            _ => return Err(Failure::new(at, "The pattern has to be a literal")),
        }
        Ok((call(Function::MatchesPattern, vec![text, pattern]), BOOLEAN))
    }
}

pub(super) fn check_count(operands: &[Node<'_>], counts: &[usize], position: usize) -> Result<(), Failure> {
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
