//! The operators by name, and how tightly each binds.

use super::lexer::{Input, blanks, position, word};
use crate::error::hint;
use crate::expression::option_error::OptionError;
use crate::expression::tree::Comparison;

/// An arithmetic operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    DivideBy,
    Modulo,
}

/// An operator, loosest first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operator {
    Or,
    And,
    Compare(Comparison),
    Arithmetic(Arithmetic),
    Not,
    Negate,
}

const OPERATORS: [(&str, Operator); 14] = [
    ("or", Operator::Or),
    ("and", Operator::And),
    ("eq", Operator::Compare(Comparison::Equal)),
    ("ne", Operator::Compare(Comparison::NotEqual)),
    ("gt", Operator::Compare(Comparison::Greater)),
    ("ge", Operator::Compare(Comparison::GreaterOrEqual)),
    ("lt", Operator::Compare(Comparison::Less)),
    ("le", Operator::Compare(Comparison::LessOrEqual)),
    ("add", Operator::Arithmetic(Arithmetic::Add)),
    ("sub", Operator::Arithmetic(Arithmetic::Subtract)),
    ("mul", Operator::Arithmetic(Arithmetic::Multiply)),
    ("div", Operator::Arithmetic(Arithmetic::Divide)),
    ("divby", Operator::Arithmetic(Arithmetic::DivideBy)),
    ("mod", Operator::Arithmetic(Arithmetic::Modulo)),
];

impl Operator {
    /// The power with which it binds (URL conventions 4.01, 5.1.1.17).
    pub(crate) fn power(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Compare(Comparison::Equal | Comparison::NotEqual) => 3,
            Operator::Compare(_) => 4,
            Operator::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => 5,
            Operator::Arithmetic(_) => 6,
            Operator::Not | Operator::Negate => 7,
        }
    }
}

/// An operator between two operands, after blanks.
pub(crate) fn operator(input: &mut Input<'_>) -> Result<Operator, OptionError> {
    blanks(input)?;
    let start = position(input);
    let name = word(input)?;
    if let Some((_, operator)) = OPERATORS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)) {
        return Ok(*operator);
    }
    let near = hint(name, KEYWORDS.into_iter());
    Err(OptionError::new(start, format!("Expected an operator, found '{name}'")).advise(near))
}

const KEYWORDS: [&str; 17] = [
    "not", "in", "has", "or", "and", "eq", "ne", "gt", "ge", "lt", "le", "add", "sub", "mul", "div", "divby",
    "mod",
];

/// Whether a word is an operator's name, and no property's.
pub(crate) fn is_keyword(name: &str) -> bool {
    KEYWORDS.iter().any(|known| name.eq_ignore_ascii_case(known))
}
