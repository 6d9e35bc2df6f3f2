//! From the text of `$filter` to a syntax tree that knows neither names nor types (ABNF `boolCommonExpr`).

use winnow::combinator::opt;
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::stream::LocatingSlice;

use super::token::{Budget, Failure, Input, blanks, count_node, enter, leave, mark, position, quoted, word};
use super::{Comparison, Function};
use crate::error::hint;
use crate::uri::literal::Literal;

/// Items of an `in` list at most.
const MAX_LIST: usize = 1_000;

/// A part of the expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node<'t> {
    /// The byte at which it starts; for an operator with two operands, at which the left one does.
    pub(super) position: usize,
    pub(super) form: Form<'t>,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form<'t> {
    Literal(Literal<'t>),
    Path(&'t str),
    Call(Function, Vec<Node<'t>>),
    Not(Box<Node<'t>>),
    Compare(Comparison, Box<Node<'t>>, Box<Node<'t>>),
    /// `a and b and c` as one list, so that a long chain is not a deep tree.
    And(Vec<Node<'t>>),
    /// `a or b or c` likewise.
    Or(Vec<Node<'t>>),
    In(Box<Node<'t>>, Vec<(usize, Literal<'t>)>),
}

type Parsed<'t> = Result<Node<'t>, Failure>;

/// Parses the whole text.
pub(super) fn parse(text: &str) -> Result<Node<'_>, Failure> {
    let mut input = Input { input: LocatingSlice::new(text), state: Budget::default() };
    let node = whole(&mut input)?;
    blanks(&mut input)?;
    match input.input.chars().next() {
        None => Ok(node),
        Some(next) => Err(Failure::new(position(&input), format!("Unexpected '{next}'"))),
    }
}

/// An operator, loosest first.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Operator {
    Or,
    And,
    Compare(Comparison),
    Not,
}

const OPERATORS: [(&str, Operator); 8] = [
    ("or", Operator::Or),
    ("and", Operator::And),
    ("eq", Operator::Compare(Comparison::Equal)),
    ("ne", Operator::Compare(Comparison::NotEqual)),
    ("gt", Operator::Compare(Comparison::Greater)),
    ("ge", Operator::Compare(Comparison::GreaterOrEqual)),
    ("lt", Operator::Compare(Comparison::Less)),
    ("le", Operator::Compare(Comparison::LessOrEqual)),
];

impl Operator {
    /// How tightly it binds (URL conventions 4.01, 5.1.1.17).
    fn power(self) -> u8 {
        match self {
            Operator::Or => 1,
            Operator::And => 2,
            Operator::Compare(Comparison::Equal | Comparison::NotEqual) => 3,
            Operator::Compare(_) => 4,
            Operator::Not => 5,
        }
    }
}

/// An expression up to what cannot belong to it. Operators wait in a list until what follows binds less
/// tightly, and not on the call stack: only parentheses recurse.
fn whole<'t>(input: &mut Input<'t>) -> Parsed<'t> {
    let mut operators = Vec::new();
    let mut operands = Vec::new();
    loop {
        while opt(keyword("not")).parse_next(input)?.is_some() {
            enter(input)?;
            operators.push(Operator::Not);
        }
        let mut node = operand(input)?;
        while opt(keyword("in")).parse_next(input)?.is_some() {
            let list = list(input)?;
            node = node_of(input, node.position, Form::In(Box::new(node), list))?;
        }
        operands.push(node);
        let next = opt(operator).parse_next(input)?;
        let power = next.map_or(0, Operator::power);
        while let Some(waiting) = operators.pop_if(|waiting| waiting.power() >= power) {
            apply(input, waiting, &mut operands)?;
        }
        match next {
            Some(operator) => operators.push(operator),
            None => return operands.pop().ok_or_else(|| Failure::from_input(input)),
        }
    }
}

/// Replaces an operator's operands, the last ones, by the whole.
fn apply<'t>(input: &mut Input<'t>, operator: Operator, operands: &mut Vec<Node<'t>>) -> Result<(), Failure> {
    let Some(right) = operands.pop() else { return Ok(()) };
    let position = right.position;
    let (position, form) = match (operator, operands.pop()) {
        (Operator::Not, left) => {
            leave(input);
            operands.extend(left);
            (position, Form::Not(Box::new(right)))
        }
        (_, None) => (position, right.form),
        (Operator::Compare(comparison), Some(left)) => {
            (left.position, Form::Compare(comparison, Box::new(left), Box::new(right)))
        }
        // Both are associative, so that parentheses around the start of a chain need not be kept.
        (Operator::And, Some(left)) => match left.form {
            Form::And(nodes) => (left.position, Form::And(longer(nodes, right))),
            _ => (left.position, Form::And(vec![left, right])),
        },
        (Operator::Or, Some(left)) => match left.form {
            Form::Or(nodes) => (left.position, Form::Or(longer(nodes, right))),
            _ => (left.position, Form::Or(vec![left, right])),
        },
    };
    operands.push(node_of(input, position, form)?);
    Ok(())
}

fn longer<'t>(mut nodes: Vec<Node<'t>>, last: Node<'t>) -> Vec<Node<'t>> {
    nodes.push(last);
    nodes
}

fn operator(input: &mut Input<'_>) -> Result<Operator, Failure> {
    blanks(input)?;
    let start = position(input);
    let name = word(input)?;
    if let Some((_, operator)) = OPERATORS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)) {
        return Ok(*operator);
    }
    if contains(&UNSUPPORTED_OPERATORS, name) {
        return Err(Failure::not_implemented(start, format!("The operator '{name}'")));
    }
    let near = hint(name, KEYWORDS.into_iter());
    Err(Failure::new(start, format!("Expected an operator, found '{name}'")).advise(near))
}

const KEYWORDS: [&str; 10] = ["not", "in", "or", "and", "eq", "ne", "gt", "ge", "lt", "le"];
const UNSUPPORTED_OPERATORS: [&str; 7] = ["has", "add", "sub", "mul", "div", "divby", "mod"];
const UNSUPPORTED_FUNCTIONS: &str = "any all case cast ceiling concat date day floor fractionalseconds geo.distance \
    geo.intersects geo.length hassubsequence hassubset hour indexof isof length matchespattern \
    maxdatetime mindatetime minute month now round second substring time tolower \
    totaloffsetminutes totalseconds toupper trim year";
const FUNCTIONS: [(&str, Function); 3] = [
    ("contains", Function::Contains),
    ("startswith", Function::StartsWith),
    ("endswith", Function::EndsWith),
];

fn contains(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// A keyword after blanks.
fn keyword<'t>(keyword: &str) -> impl Parser<Input<'t>, (), Failure> {
    let keyword = word.verify(move |found: &str| found.eq_ignore_ascii_case(keyword));
    (blanks, keyword).void()
}

fn operand<'t>(input: &mut Input<'t>) -> Parsed<'t> {
    blanks(input)?;
    let start = position(input);
    if mark(input, "(")? {
        return group(input, start);
    }
    if input.input.starts_with('\'') {
        let literal = quoted(input, None)?;
        return node_of(input, start, Form::Literal(literal));
    }
    // A keyword is no operand: otherwise `not` would be taken for a property.
    let name = word.verify(|name: &str| !contains(&KEYWORDS, name)).parse_next(input)?;
    if mark(input, "(")? {
        return call(input, start, name);
    }
    let form = if input.input.starts_with('\'') {
        Form::Literal(quoted(input, Some(name))?)
    } else if let Some(literal) = Literal::from_word(name) {
        Form::Literal(literal)
    } else if name.starts_with('-') {
        return Err(Failure::not_implemented(start, "Negation"));
    } else {
        Form::Path(name)
    };
    node_of(input, start, form)
}

/// The rest of an expression in parentheses, after the opening one.
fn group<'t>(input: &mut Input<'t>, open: usize) -> Parsed<'t> {
    enter(input)?;
    let node = whole(input)?;
    close(input, open)?;
    Ok(node)
}

/// The rest of a call, after its opening parenthesis.
fn call<'t>(input: &mut Input<'t>, start: usize, name: &str) -> Parsed<'t> {
    let function = function(start, name)?;
    enter(input)?;
    let mut operands = Vec::new();
    loop {
        operands.push(whole(input)?);
        blanks(input)?;
        if !mark(input, ",")? {
            break;
        }
    }
    close(input, start)?;
    node_of(input, start, Form::Call(function, operands))
}

fn function(start: usize, name: &str) -> Result<Function, Failure> {
    if let Some((_, function)) = FUNCTIONS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known)) {
        return Ok(*function);
    }
    // Lambda operators follow a path: `tags/any(…)`.
    let last = name.rsplit('/').next().unwrap_or(name);
    if UNSUPPORTED_FUNCTIONS.split(' ').any(|known| last.eq_ignore_ascii_case(known)) {
        return Err(Failure::not_implemented(start, format!("The function '{last}'")));
    }
    let near = hint(name, FUNCTIONS.iter().map(|(known, _)| *known));
    Err(Failure::new(start, format!("Unknown function '{name}'")).advise(near))
}

/// The literals of an `in` list; there may be none.
fn list<'t>(input: &mut Input<'t>) -> Result<Vec<(usize, Literal<'t>)>, Failure> {
    blanks(input)?;
    let open = position(input);
    if !mark(input, "(")? {
        return Err(Failure::new(open, "Expected a list in parentheses"));
    }
    enter(input)?;
    let mut items = Vec::new();
    blanks(input)?;
    if !input.input.starts_with(')') {
        loop {
            blanks(input)?;
            if items.len() == MAX_LIST {
                let message = format!("The list has more than {MAX_LIST} items");
                return Err(Failure::new(position(input), message));
            }
            items.push((position(input), item(input)?));
            blanks(input)?;
            if !mark(input, ",")? {
                break;
            }
        }
    }
    close(input, open)?;
    Ok(items)
}

fn item<'t>(input: &mut Input<'t>) -> Result<Literal<'t>, Failure> {
    let start = position(input);
    if input.input.starts_with('\'') {
        return quoted(input, None);
    }
    let no_literal = || Failure::new(start, "Expected a literal");
    let name = word(input).map_err(|_| no_literal())?;
    if input.input.starts_with('\'') {
        return quoted(input, Some(name));
    }
    Literal::from_word(name).ok_or_else(no_literal)
}

fn close(input: &mut Input<'_>, open: usize) -> Result<(), Failure> {
    blanks(input)?;
    leave(input);
    if mark(input, ")")? { Ok(()) } else { Err(Failure::new(open, "A parenthesis is not closed")) }
}

fn node_of<'t>(input: &mut Input<'t>, position: usize, form: Form<'t>) -> Parsed<'t> {
    count_node(input)?;
    Ok(Node { position, form })
}
