//! From the text of `$filter` to a syntax tree that knows neither names nor types (ABNF `boolCommonExpr`).

use winnow::combinator::opt;
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::token::{literal, take_while};

use super::lexer::{Input, blanks, close, enter, leave, mark, nested, position, quoted, start, word};
use super::literals::{item, list};
use super::node::{Lambda, Node, NodeKind, node_of};
use super::operator::{Operator, is_keyword, operator};
use crate::expression::aliases::Aliases;
use crate::expression::option_error::OptionError;
use crate::uri::literal::Literal;

type Parsed<'t> = Result<Node<'t>, OptionError>;

/// Parses the whole text; `aliases` are what names with an at sign stand for.
pub(crate) fn parse<'t>(text: &'t str, aliases: &'t Aliases) -> Parsed<'t> {
    let mut input = start(text, aliases);
    entire(&mut input)
}

fn entire<'t>(input: &mut Input<'t>) -> Parsed<'t> {
    let node = whole(input)?;
    blanks(input)?;
    match input.input.chars().next() {
        None => Ok(node),
        Some(next) => Err(OptionError::new(position(input), format!("Unexpected '{next}'"))),
    }
}

/// An expression up to what cannot belong to it. Operators wait in a list until what follows binds less
/// tightly, and not on the call stack: only parentheses recurse.
pub(crate) fn whole<'t>(input: &mut Input<'t>) -> Parsed<'t> {
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
            None => return operands.pop().ok_or_else(|| OptionError::from_input(input)),
        }
    }
}

/// `not`, or a minus that does not belong to a number.
fn prefix(input: &mut Input<'_>) -> Result<Option<Operator>, OptionError> {
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

/// The operators that bind to an operand at once: `in` and `has`.
fn postfix<'t>(input: &mut Input<'t>, node: Node<'t>) -> Result<(Node<'t>, bool), OptionError> {
    let start = node.position;
    if opt(keyword("in")).parse_next(input)?.is_some() {
        blanks(input)?;
        let at = position(input);
        let kind = match opt(collection).parse_next(input)? {
            Some(collection) => NodeKind::Within(Box::new(node), at, collection),
            None => NodeKind::In(Box::new(node), list(input)?),
        };
        return Ok((node_of(input, start, kind)?, true));
    }
    if opt(keyword("has")).parse_next(input)?.is_some() {
        blanks(input)?;
        let at = position(input);
        let kind = NodeKind::Has(Box::new(node), at, item(input)?);
        return Ok((node_of(input, start, kind)?, true));
    }
    Ok((node, false))
}

/// The path after `in`.
fn collection<'t>(input: &mut Input<'t>) -> Result<&'t str, OptionError> {
    word.verify(|name: &str| !name.starts_with('@')).parse_next(input)
}

/// Replaces an operator's operands, the last ones, by the whole.
fn apply<'t>(
    input: &mut Input<'t>,
    operator: Operator,
    operands: &mut Vec<Node<'t>>,
) -> Result<(), OptionError> {
    let Some(right) = operands.pop() else { return Ok(()) };
    let position = right.position;
    let (position, kind) = match (operator, operands.pop()) {
        (Operator::Not | Operator::Negate, left) => {
            leave(input);
            operands.extend(left);
            let kind = if operator == Operator::Not { NodeKind::Not } else { NodeKind::Negate };
            (position, kind(Box::new(right)))
        }
        (_, None) => (position, right.kind),
        (Operator::Compare(comparison), Some(left)) => {
            (left.position, NodeKind::Compare(comparison, Box::new(left), Box::new(right)))
        }
        (Operator::Arithmetic(arithmetic), Some(left)) => {
            (left.position, NodeKind::Arithmetic(arithmetic, Box::new(left), Box::new(right)))
        }
        // Both are associative, so that parentheses around the start of a chain need not be kept.
        (Operator::And, Some(left)) => match left.kind {
            NodeKind::And(nodes) => (left.position, NodeKind::And(longer(nodes, right))),
            _ => (left.position, NodeKind::And(vec![left, right])),
        },
        (Operator::Or, Some(left)) => match left.kind {
            NodeKind::Or(nodes) => (left.position, NodeKind::Or(longer(nodes, right))),
            _ => (left.position, NodeKind::Or(vec![left, right])),
        },
    };
    operands.push(node_of(input, position, kind)?);
    Ok(())
}

fn longer<'t>(mut nodes: Vec<Node<'t>>, last: Node<'t>) -> Vec<Node<'t>> {
    nodes.push(last);
    nodes
}

/// A keyword after blanks.
fn keyword<'t>(keyword: &str) -> impl Parser<Input<'t>, (), OptionError> {
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
        return node_of(input, start, NodeKind::Literal(literal));
    }
    if input.input.starts_with('[') {
        let items = list(input)?;
        return node_of(input, start, NodeKind::List(items));
    }
    // A keyword is no operand: otherwise `not` would be taken for a property.
    let name = word.verify(|name: &str| !is_keyword(name)).parse_next(input)?;
    if name.starts_with('@') {
        return alias(input, start, name);
    }
    if mark(input, "(")? {
        return call(input, start, name);
    }
    let kind = if input.input.starts_with('\'') {
        NodeKind::Literal(quoted(input, Some(name))?)
    } else if let Some(literal) = Literal::from_word(name) {
        NodeKind::Literal(literal)
    } else {
        NodeKind::Path(name)
    };
    node_of(input, start, kind)
}

/// The expression that an alias stands for; null if the query does not say.
fn alias<'t>(input: &mut Input<'t>, start: usize, name: &'t str) -> Parsed<'t> {
    let Some(text) = input.state.aliases.text(name) else {
        return node_of(input, start, NodeKind::Literal(Literal::Null));
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
    close(input, open, ")")?;
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
        return case(input, start);
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
    close(input, start, ")")?;
    node_of(input, start, NodeKind::Call(name, operands))
}

/// The rest of `path/any(variable:predicate)`.
fn predicate<'t>(input: &mut Input<'t>, start: usize, lambda: Lambda, path: &'t str) -> Parsed<'t> {
    blanks(input)?;
    if lambda == Lambda::Any && input.input.starts_with(')') {
        close(input, start, ")")?;
        return node_of(input, start, NodeKind::Lambda(lambda, path, None));
    }
    let at = position(input);
    let name = |c: char| c.is_alphanumeric() || c == '_';
    let variable: &str = opt(take_while(1.., name)).parse_next(input)?.unwrap_or_default();
    blanks(input)?;
    if variable.is_empty() || opt(literal(":")).parse_next(input)?.is_none() {
        return Err(OptionError::new(at, "Expected a variable and a colon").advise("; write any(x: …)"));
    }
    let body = whole(input)?;
    close(input, start, ")")?;
    node_of(input, start, NodeKind::Lambda(lambda, path, Some((variable, Box::new(body)))))
}

/// The rest of `path/$count($filter=predicate)`.
fn count<'t>(input: &mut Input<'t>, start: usize, path: &'t str) -> Parsed<'t> {
    blanks(input)?;
    let at = position(input);
    let option = opt(word).parse_next(input)?.unwrap_or_default();
    if option.eq_ignore_ascii_case("$search") {
        return Err(OptionError::not_implemented(at, "$search in an expression"));
    }
    if !["$filter", "filter"].iter().any(|known| option.eq_ignore_ascii_case(known)) || !mark(input, "=")? {
        return Err(OptionError::new(at, "Expected $filter="));
    }
    let body = whole(input)?;
    close(input, start, ")")?;
    node_of(input, start, NodeKind::Count(path, Box::new(body)))
}

/// The rest of `case(condition:value,…)`.
fn case<'t>(input: &mut Input<'t>, start: usize) -> Parsed<'t> {
    let mut pairs = Vec::new();
    loop {
        let outer = std::mem::replace(&mut input.state.ends_at_colon, true);
        let condition = whole(input)?;
        blanks(input)?;
        if !mark(input, ":")? {
            return Err(OptionError::new(position(input), "Expected a colon and a value"));
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
    close(input, start, ")")?;
    node_of(input, start, NodeKind::Case(pairs))
}
