//! From the text of `$filter` to a syntax tree that knows neither names nor types (ABNF `boolCommonExpr`).

use winnow::combinator::opt;
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::token::{literal, take_while};

use super::Comparison;
use super::case::pairs;
use super::list::{item, list};
use super::precedence::{Arithmetic, Operator, is_keyword, operator};
use super::token::{
    Aliases, Failure, Input, blanks, count_node, enter, leave, mark, nested, position, quoted, start, word,
};
use crate::uri::literal::Literal;

/// Levels of the tree at most: what reads it recurses, and databases have bounds of their own.
const MAX_HEIGHT: usize = 160;

/// A part of the expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node<'t> {
    /// The byte at which it starts; for an operator with two operands, at which the left one does.
    pub(super) position: usize,
    pub(super) form: Form<'t>,
    height: usize,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Form<'t> {
    Literal(Literal<'t>),
    Path(&'t str),
    Call(&'t str, Vec<Node<'t>>),
    /// `case(condition:value,…)`
    Case(Vec<(Node<'t>, Node<'t>)>),
    /// `[1,2]`
    List(Vec<(usize, Literal<'t>)>),
    Not(Box<Node<'t>>),
    Negate(Box<Node<'t>>),
    Arithmetic(Arithmetic, Box<Node<'t>>, Box<Node<'t>>),
    Compare(Comparison, Box<Node<'t>>, Box<Node<'t>>),
    /// `a and b and c` as one list, so that a long chain is not a deep tree.
    And(Vec<Node<'t>>),
    /// `a or b or c` likewise.
    Or(Vec<Node<'t>>),
    In(Box<Node<'t>>, Vec<(usize, Literal<'t>)>),
    /// `value in collection`: the path, and where it starts.
    Within(Box<Node<'t>>, usize, &'t str),
    Has(Box<Node<'t>>, usize, Literal<'t>),
    /// `path/any(variable:predicate)`; the path without the operator.
    Lambda(Lambda, &'t str, Option<(&'t str, Box<Node<'t>>)>),
    /// `path/$count($filter=predicate)`
    Count(&'t str, Box<Node<'t>>),
}

/// A lambda operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lambda {
    Any,
    All,
}

type Parsed<'t> = Result<Node<'t>, Failure>;

/// Parses the whole text; `aliases` are what names with an at sign stand for.
pub(super) fn parse<'t>(text: &'t str, aliases: &'t Aliases) -> Parsed<'t> {
    let mut input = start(text, aliases);
    entire(&mut input)
}

fn entire<'t>(input: &mut Input<'t>) -> Parsed<'t> {
    let node = whole(input)?;
    blanks(input)?;
    match input.input.chars().next() {
        None => Ok(node),
        Some(next) => Err(Failure::new(position(input), format!("Unexpected '{next}'"))),
    }
}

/// An expression up to what cannot belong to it. Operators wait in a list until what follows binds less
/// tightly, and not on the call stack: only parentheses recurse.
pub(super) fn whole<'t>(input: &mut Input<'t>) -> Parsed<'t> {
    let mut operators = Vec::new();
    let mut operands = Vec::new();
    loop {
        while let Some(prefix) = prefix(input)? {
            enter(input)?;
            operators.push(prefix);
        }
        let mut node = operand(input)?;
        let mut goes_on = true;
        while goes_on {
            (node, goes_on) = postfix(input, node)?;
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

/// `not`, or a minus that does not belong to a number.
fn prefix(input: &mut Input<'_>) -> Result<Option<Operator>, Failure> {
    if opt(keyword("not")).parse_next(input)?.is_some() {
        return Ok(Some(Operator::Not));
    }
    blanks(input)?;
    if !input.input.starts_with('-') {
        return Ok(None);
    }
    let text: &str = *input.input;
    let end = text.find(|c: char| !is_word(c)).unwrap_or(text.len());
    let number = text.get(..end).is_some_and(|name| Literal::from_word(name).is_some());
    Ok((!number && mark(input, "-")?).then_some(Operator::Negate))
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "_.-:/+$@".contains(c)
}

/// What binds to an operand at once: `in` and `has`.
fn postfix<'t>(input: &mut Input<'t>, node: Node<'t>) -> Result<(Node<'t>, bool), Failure> {
    let start = node.position;
    if opt(keyword("in")).parse_next(input)?.is_some() {
        blanks(input)?;
        let at = position(input);
        let form = match opt(collection).parse_next(input)? {
            Some(collection) => Form::Within(Box::new(node), at, collection),
            None => Form::In(Box::new(node), list(input)?),
        };
        return Ok((node_of(input, start, form)?, true));
    }
    if opt(keyword("has")).parse_next(input)?.is_some() {
        blanks(input)?;
        let at = position(input);
        let form = Form::Has(Box::new(node), at, item(input)?);
        return Ok((node_of(input, start, form)?, true));
    }
    Ok((node, false))
}

/// The path after `in`.
fn collection<'t>(input: &mut Input<'t>) -> Result<&'t str, Failure> {
    word.verify(|name: &str| !name.starts_with('@')).parse_next(input)
}

/// Replaces an operator's operands, the last ones, by the whole.
fn apply<'t>(input: &mut Input<'t>, operator: Operator, operands: &mut Vec<Node<'t>>) -> Result<(), Failure> {
    let Some(right) = operands.pop() else { return Ok(()) };
    let position = right.position;
    let (position, form) = match (operator, operands.pop()) {
        (Operator::Not | Operator::Negate, left) => {
            leave(input);
            operands.extend(left);
            let form = if operator == Operator::Not { Form::Not } else { Form::Negate };
            (position, form(Box::new(right)))
        }
        (_, None) => (position, right.form),
        (Operator::Compare(comparison), Some(left)) => {
            (left.position, Form::Compare(comparison, Box::new(left), Box::new(right)))
        }
        (Operator::Arithmetic(arithmetic), Some(left)) => {
            (left.position, Form::Arithmetic(arithmetic, Box::new(left), Box::new(right)))
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
    if input.input.starts_with('[') {
        let items = list(input)?;
        return node_of(input, start, Form::List(items));
    }
    // A keyword is no operand: otherwise `not` would be taken for a property.
    let name = word.verify(|name: &str| !is_keyword(name)).parse_next(input)?;
    if name.starts_with('@') {
        return alias(input, start, name);
    }
    if mark(input, "(")? {
        return call(input, start, name);
    }
    let form = if input.input.starts_with('\'') {
        Form::Literal(quoted(input, Some(name))?)
    } else if let Some(literal) = Literal::from_word(name) {
        Form::Literal(literal)
    } else {
        Form::Path(name)
    };
    node_of(input, start, form)
}

/// What an alias stands for; null if the query does not say.
fn alias<'t>(input: &mut Input<'t>, start: usize, name: &'t str) -> Parsed<'t> {
    let Some(text) = input.state.aliases.text(name) else {
        return node_of(input, start, Form::Literal(Literal::Null));
    };
    enter(input)?;
    let node = nested(input, text, start, entire)?;
    leave(input);
    Ok(node)
}

/// The rest of an expression in parentheses, after the opening one.
fn group<'t>(input: &mut Input<'t>, open: usize) -> Parsed<'t> {
    enter(input)?;
    let node = whole(input)?;
    close(input, open)?;
    Ok(node)
}

/// The rest of a call, after its opening parenthesis.
fn call<'t>(input: &mut Input<'t>, start: usize, name: &'t str) -> Parsed<'t> {
    enter(input)?;
    if let Some((path, last)) = name.rsplit_once('/') {
        let lambda = match last {
            _ if last.eq_ignore_ascii_case("any") => Some(Lambda::Any),
            _ if last.eq_ignore_ascii_case("all") => Some(Lambda::All),
            _ => None,
        };
        if let Some(lambda) = lambda {
            return predicate(input, start, lambda, path);
        }
        if last.eq_ignore_ascii_case("$count") {
            return count(input, start, path);
        }
    }
    if name.eq_ignore_ascii_case("case") {
        return pairs(input, start);
    }
    let mut operands = Vec::new();
    blanks(input)?;
    while !input.input.starts_with(')') {
        operands.push(whole(input)?);
        blanks(input)?;
        if !mark(input, ",")? {
            break;
        }
    }
    close(input, start)?;
    node_of(input, start, Form::Call(name, operands))
}

/// The rest of `path/any(variable:predicate)`.
fn predicate<'t>(input: &mut Input<'t>, start: usize, lambda: Lambda, path: &'t str) -> Parsed<'t> {
    blanks(input)?;
    if lambda == Lambda::Any && input.input.starts_with(')') {
        close(input, start)?;
        return node_of(input, start, Form::Lambda(lambda, path, None));
    }
    let at = position(input);
    let name = |c: char| c.is_alphanumeric() || c == '_';
    let variable: &str = opt(take_while(1.., name)).parse_next(input)?.unwrap_or_default();
    blanks(input)?;
    if variable.is_empty() || opt(literal(":")).parse_next(input)?.is_none() {
        return Err(Failure::new(at, "Expected a variable and a colon").advise("; write any(x: …)"));
    }
    let body = whole(input)?;
    close(input, start)?;
    node_of(input, start, Form::Lambda(lambda, path, Some((variable, Box::new(body)))))
}

/// The rest of `path/$count($filter=predicate)`.
fn count<'t>(input: &mut Input<'t>, start: usize, path: &'t str) -> Parsed<'t> {
    blanks(input)?;
    let at = position(input);
    let option = opt(word).parse_next(input)?.unwrap_or_default();
    if option.eq_ignore_ascii_case("$search") {
        return Err(Failure::not_implemented(at, "$search in an expression"));
    }
    if !["$filter", "filter"].iter().any(|known| option.eq_ignore_ascii_case(known)) || !mark(input, "=")? {
        return Err(Failure::new(at, "Expected $filter="));
    }
    let body = whole(input)?;
    close(input, start)?;
    node_of(input, start, Form::Count(path, Box::new(body)))
}

fn close(input: &mut Input<'_>, open: usize) -> Result<(), Failure> {
    close_with(input, open, ")")
}

pub(super) fn close_with(input: &mut Input<'_>, open: usize, closing: &'static str) -> Result<(), Failure> {
    blanks(input)?;
    leave(input);
    if mark(input, closing)? { Ok(()) } else { Err(Failure::new(open, "A parenthesis is not closed")) }
}

pub(super) fn node_of<'t>(input: &mut Input<'t>, position: usize, form: Form<'t>) -> Parsed<'t> {
    count_node(input)?;
    let below = match &form {
        Form::Literal(_) | Form::Path(_) | Form::List(_) | Form::Lambda(_, _, None) => 0,
        Form::Call(_, nodes) | Form::And(nodes) | Form::Or(nodes) => {
            nodes.iter().map(|node| node.height).max().unwrap_or_default()
        }
        Form::Case(pairs) => pairs
            .iter()
            .map(|(condition, value)| condition.height.max(value.height))
            .max()
            .unwrap_or_default(),
        Form::Not(node)
        | Form::Negate(node)
        | Form::In(node, _)
        | Form::Within(node, ..)
        | Form::Has(node, ..)
        | Form::Count(_, node)
        | Form::Lambda(_, _, Some((_, node))) => node.height,
        Form::Arithmetic(_, left, right) | Form::Compare(_, left, right) => left.height.max(right.height),
    };
    if below >= MAX_HEIGHT {
        return Err(Failure::new(
            position,
            format!("The expression is nested more than {MAX_HEIGHT} operators deep"),
        ));
    }
    Ok(Node { position, form, height: below + 1 })
}
