//! Calls: which function or form a name stands for, and whether its operands fit.

use super::{Typed, Typing};
use crate::Value;
use crate::code;
use crate::date_time::{TICKS_MAX, Ticks};
use crate::error::hint;
use crate::expression::fold::{call, is_null, real};
use crate::expression::function::Function;
use crate::expression::inclusion::Inclusion;
use crate::expression::option_error::OptionError;
use crate::expression::pattern;
use crate::expression::syntax::node::Node;
use crate::expression::tree::Expression;
use crate::expression::value_type::ValueType;

/// A call that is no [`Function`]: its operands are no values, or its value depends on the request. `case` is read by
/// the parser, and is here for the hint.
#[derive(Clone, Copy, PartialEq)]
enum SpecialForm {
    Case,
    Cast,
    HasSubset,
    HasSubsequence,
    IsOf,
    MaxDateTime,
    MinDateTime,
    Now,
}

const SPECIAL_FORMS: [(&str, SpecialForm); 8] = [
    ("case", SpecialForm::Case),
    ("cast", SpecialForm::Cast),
    ("hassubset", SpecialForm::HasSubset),
    ("hassubsequence", SpecialForm::HasSubsequence),
    ("isof", SpecialForm::IsOf),
    ("maxdatetime", SpecialForm::MaxDateTime),
    ("mindatetime", SpecialForm::MinDateTime),
    ("now", SpecialForm::Now),
];

/// The functions of OData that this server does not have.
const UNIMPLEMENTED: [&str; 3] = ["geo.distance", "geo.intersects", "geo.length"];

impl<'t> Typing<'t, '_> {
    /// Checks a call by the function's name, in any case.
    pub(super) fn call(
        &mut self,
        name: &str,
        operands: &[Node<'t>],
        position: usize,
    ) -> Result<Typed, OptionError> {
        let lower = name.to_ascii_lowercase();
        if let Some((_, form)) = SPECIAL_FORMS.iter().find(|(known, _)| *known == lower) {
            return self.special_form(*form, operands, position);
        }
        let overloads = Function::CALLED.iter().copied().filter(|known| known.name() == lower);
        let counts: Vec<usize> = overloads.clone().map(|known| known.parameters().len()).collect();
        if counts.is_empty() {
            return Err(unknown(name, &lower, position));
        }
        check_count(operands, &counts, position)?;
        let mut overloads = overloads.filter(|known| known.parameters().len() == operands.len());
        let function = overloads.next().ok_or_else(|| unknown(name, &lower, position))?;
        self.function(function, operands)
    }

    fn special_form(
        &mut self,
        form: SpecialForm,
        operands: &[Node<'t>],
        position: usize,
    ) -> Result<Typed, OptionError> {
        let instant = |ticks| {
            check_count(operands, &[0], position)?;
            Ok((Expression::Literal(Value::DateTimeOffset(ticks)), ValueType::INSTANT))
        };
        match form {
            SpecialForm::Case => Err(OptionError::NoMatch(position)),
            SpecialForm::Cast => self.cast(operands, position),
            SpecialForm::HasSubset => self.includes(Inclusion::Subset, operands, position),
            SpecialForm::HasSubsequence => self.includes(Inclusion::Subsequence, operands, position),
            SpecialForm::IsOf => self.is_of(operands, position),
            SpecialForm::MaxDateTime => instant(Ticks(TICKS_MAX)),
            SpecialForm::MinDateTime => instant(Ticks(0)),
            SpecialForm::Now => {
                self.asked_the_time = true;
                instant(self.now)
            }
        }
    }

    /// Checks the operands of a function against the table.
    fn function(&mut self, function: Function, operands: &[Node<'t>]) -> Result<Typed, OptionError> {
        let mut typed = Vec::with_capacity(operands.len());
        for (operand, types) in operands.iter().zip(function.parameters()) {
            let (value, of_type) = self.operand(operand, types)?;
            // A whole number needs no rounding, which would lose digits of a large one.
            if matches!(function, Function::Round | Function::Floor | Function::Ceiling)
                && of_type.is_integer()
            {
                return Ok((value, ValueType::INTEGER));
            }
            let is_widened = of_type.is_integer() && types.contains(&ValueType::DOUBLE);
            typed.push(if is_widened { real(value) } else { value });
        }
        if let (Function::MatchesPattern, [_, pattern], [_, node]) = (function, &typed[..], operands) {
            self.check_pattern(pattern, node.position)?;
        }
        Ok((call(function, typed), function.result()))
    }

    /// A value of one of some types. A literal where a text or a whole number stands becomes one; any other literal has
    /// the type that it has by itself.
    fn operand(&mut self, node: &Node<'t>, types: &[ValueType]) -> Result<Typed, OptionError> {
        if let [wanted @ (ValueType::STRING | ValueType::INTEGER)] = types {
            return Ok((self.expected(node, *wanted)?, *wanted));
        }
        let (value, of_type) = self.value(node)?;
        let takes_number = types.contains(&ValueType::DOUBLE);
        if types.contains(&of_type) || is_null(&value) || (takes_number && of_type.is_number()) {
            return Ok((value, of_type));
        }
        let names: Vec<String> = types.iter().map(|of_type| self.name(*of_type)).collect();
        let expected =
            if takes_number { "a number".to_owned() } else { format!("an {}", names.join(" or ")) };
        Err(OptionError::new(node.position, format!("Expected {expected}, found an {}", self.name(of_type))))
    }

    /// Refuses a pattern that is no literal, or that not every database could be given.
    fn check_pattern(&mut self, pattern: &Expression, position: usize) -> Result<(), OptionError> {
        match pattern {
            Expression::Literal(Value::String(pattern)) => {
                let unusable = |reason| {
                    OptionError::new(position, format!("The pattern '{pattern}' cannot be used: {reason}"))
                };
                self.pattern_size += pattern::check(pattern).map_err(unusable)?;
                match self.pattern_size > pattern::PATTERN_SIZE_MAX {
                    true => Err(OptionError::new(position, "The patterns are too large together")),
                    false => Ok(()),
                }
            }
            Expression::Literal(_) => Ok(()),
            _ => Err(OptionError::new(position, "The pattern has to be a literal")),
        }
    }
}

pub(super) fn check_count(
    operands: &[Node<'_>],
    counts: &[usize],
    position: usize,
) -> Result<(), OptionError> {
    if counts.contains(&operands.len()) {
        return Ok(());
    }
    let expected: Vec<String> = counts.iter().map(usize::to_string).collect();
    let message =
        format!("The function takes {} operands and was given {}", expected.join(" or "), operands.len());
    Err(OptionError::new(position, message))
}

fn unknown(name: &str, lower: &str, position: usize) -> OptionError {
    if UNIMPLEMENTED.contains(&lower) {
        return OptionError::not_implemented(position, format!("The function '{name}'"));
    }
    let functions = Function::CALLED.iter().map(|known| known.name());
    let near = hint(name, functions.chain(SPECIAL_FORMS.map(|(known, _)| known)));
    OptionError::new(position, format!("Unknown function '{name}'")).coded(code::UNKNOWN_NAME).advise(near)
}
