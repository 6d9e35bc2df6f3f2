//! The words of an expression, and what is wrong with them at which position.

use std::cell::Cell;

use winnow::combinator::opt;
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location, Stateful, Stream};
use winnow::token::{literal, take_while};

use crate::code::{self, Code};
use crate::uri::literal::{Literal, unquote};
use crate::{Error, ErrorKind};

/// The text of an expression, and how much of what it may hold has been used up.
pub(super) type Input<'t> = Stateful<LocatingSlice<&'t str>, Budget<'t>>;

/// Bytes of an expression at most.
pub(super) const MAX_TEXT: usize = 8 * 1024;
/// Parentheses, calls and negations within each other at most.
pub(super) const MAX_DEPTH: usize = 100;
/// Bytes of a date-time at most that a colon may follow.
const MAX_INSTANT: usize = 40;
/// Operands and operators at most.
const MAX_NODES: usize = 1_000;

/// What has been used up, and what the text may refer to.
#[derive(Clone, Debug)]
pub(super) struct Budget<'t> {
    depth: usize,
    nodes: usize,
    /// Where the alias stands whose text this is: positions within it would mean nothing to the caller.
    alias: Option<usize>,
    /// Whether a colon ends what is being read: it is the condition of a `case`.
    pub(super) ends_at_colon: bool,
    pub(super) aliases: &'t Aliases,
}

/// Parameter aliases: names with an at sign, and the texts that they stand for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aliases {
    texts: Vec<(Box<str>, Box<str>)>,
    /// Bytes read of them so far, each time that they are: they could stand for each other.
    read: Cell<usize>,
}

impl Aliases {
    /// What a name stands for.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.texts.iter().find(|(known, _)| **known == *name).map(|(_, text)| &**text)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.texts.len()
    }

    /// Adds one.
    pub fn add(&mut self, name: &str, text: &str) {
        self.texts.push((name.into(), text.into()));
    }
}

/// An input at its start.
pub(super) fn start<'t>(text: &'t str, aliases: &'t Aliases) -> Input<'t> {
    let state = Budget { depth: 0, nodes: 0, alias: None, ends_at_colon: false, aliases };
    Input { input: LocatingSlice::new(text), state }
}

/// Reads another text, which stands at `position`, within the same bounds.
pub(super) fn nested<'t, T>(
    input: &mut Input<'t>,
    text: &'t str,
    position: usize,
    read: impl Fn(&mut Input<'t>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let so_far = &input.state.aliases.read;
    so_far.set(so_far.get() + text.len());
    if so_far.get() > MAX_TEXT {
        let message = format!("The parameter aliases stand for more than {MAX_TEXT} bytes");
        return Err(Failure::new(self::position(input), message));
    }
    let state = Budget { alias: Some(position), ends_at_colon: false, ..input.state.clone() };
    let mut inner = Input { input: LocatingSlice::new(text), state };
    enter(&mut inner)?;
    let result = read(&mut inner)?;
    input.state.nodes = inner.state.nodes;
    Ok(result)
}

/// What is wrong with an option's text. Small, because parsers recurse and every frame has room for it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Failure {
    /// The rule does not fit at this byte; another one may.
    NoMatch(usize),
    /// No rule will fit.
    Wrong(Box<Wrong>),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Wrong {
    kind: ErrorKind,
    message: String,
    /// The byte at which the wrong part starts, if it matters.
    position: Option<usize>,
    /// A number more exact than the kind's.
    code: Option<Code>,
    /// What follows the position in the message, such as a near miss.
    advice: String,
}

impl Failure {
    pub(super) fn new(position: usize, message: impl Into<String>) -> Failure {
        Failure::Wrong(Box::new(Wrong::new(ErrorKind::BadQuery, Some(position), message.into())))
    }

    /// A failure whose message needs no position.
    pub(super) fn anywhere(message: impl Into<String>) -> Failure {
        Failure::Wrong(Box::new(Wrong::new(ErrorKind::BadQuery, None, message.into())))
    }

    pub(super) fn not_implemented(position: usize, what: impl std::fmt::Display) -> Failure {
        let message = format!("{what} is not implemented");
        Failure::Wrong(Box::new(Wrong::new(ErrorKind::NotImplemented, Some(position), message)))
    }

    /// Adds what to do about it, a text that starts with a semicolon.
    pub(super) fn advise(mut self, advice: impl Into<String>) -> Failure {
        if let Failure::Wrong(wrong) = &mut self {
            wrong.advice = advice.into();
        }
        self
    }

    /// The same failure with a number more exact than its kind's.
    pub(super) fn coded(mut self, code: Code) -> Failure {
        if let Failure::Wrong(wrong) = &mut self {
            wrong.code = Some(code);
        }
        self
    }

    /// The same failure in a text that has so many bytes before.
    pub(super) fn behind(mut self, before: usize) -> Failure {
        match &mut self {
            Failure::NoMatch(at) => *at += before,
            Failure::Wrong(wrong) => wrong.position = wrong.position.map(|at| at + before),
        }
        self
    }

    /// The error for the caller. Positions count characters, because that is what people count.
    pub(super) fn in_option(self, option: &str, text: &str) -> Error {
        let expected = "Expected a property, a literal or a function";
        let wrong = match self {
            Failure::NoMatch(at) => Wrong::new(ErrorKind::BadQuery, Some(at), expected.to_owned()),
            Failure::Wrong(wrong) => *wrong,
        };
        let Wrong { kind, message, position, code, advice } = wrong;
        let message = match position {
            None => message + &advice,
            Some(position) => {
                let position = text.get(..position).map_or(0, |before| before.chars().count());
                format!("{message} at position {position} of {option}{advice}")
            }
        };
        let error = Error::new(kind, message).about(option);
        match (code, kind) {
            (Some(code), _) => error.coded(code),
            (None, ErrorKind::NotImplemented) => error.coded(code::UNIMPLEMENTED_OPTION),
            (None, _) => error,
        }
    }
}

impl Wrong {
    fn new(kind: ErrorKind, position: Option<usize>, message: String) -> Wrong {
        Wrong { kind, message, position, code: None, advice: String::new() }
    }
}

impl<'t> ParserError<Input<'t>> for Failure {
    type Inner = Failure;

    fn from_input(input: &Input<'t>) -> Failure {
        Failure::NoMatch(position(input))
    }

    fn into_inner(self) -> Result<Failure, Failure> {
        Ok(self)
    }

    fn is_backtrack(&self) -> bool {
        matches!(self, Failure::NoMatch(_))
    }
}

/// Where the input stands.
pub(super) fn position(input: &Input<'_>) -> usize {
    input.state.alias.unwrap_or_else(|| input.current_token_start())
}

/// Goes one level down. To be called before recursing, so that no text can exhaust the stack.
pub(super) fn enter(input: &mut Input<'_>) -> Result<(), Failure> {
    input.state.depth += 1;
    if input.state.depth > MAX_DEPTH {
        let message = format!("The expression is nested more than {MAX_DEPTH} levels deep");
        return Err(Failure::new(position(input), message));
    }
    Ok(())
}

/// Comes one level up again.
pub(super) fn leave(input: &mut Input<'_>) {
    input.state.depth = input.state.depth.saturating_sub(1);
}

/// Counts an operand or operator.
pub(super) fn count_node(input: &mut Input<'_>) -> Result<(), Failure> {
    input.state.nodes += 1;
    if input.state.nodes > MAX_NODES {
        let message = format!("The expression has more than {MAX_NODES} operands and operators");
        return Err(Failure::new(position(input), message));
    }
    Ok(())
}

/// Skips blanks.
pub(super) fn blanks(input: &mut Input<'_>) -> Result<(), Failure> {
    take_while(0.., [' ', '\t']).void().parse_next(input)
}

/// Whether the input goes on with `mark`, which is consumed.
pub(super) fn mark(input: &mut Input<'_>, mark: &'static str) -> Result<bool, Failure> {
    opt(literal(mark)).map(|found| found.is_some()).parse_next(input)
}

/// A name, path, keyword or literal without quotes.
pub(super) fn word<'t>(input: &mut Input<'t>) -> Result<&'t str, Failure> {
    let is_word = |c: char| c.is_alphanumeric() || "_.-:/+$@".contains(c);
    let text: &'t str = *input.input;
    let word = text.get(..text.find(|c| !is_word(c)).unwrap_or(text.len())).unwrap_or_default();
    let end = if input.state.ends_at_colon { end_at_colon(word) } else { word.len() };
    if end == 0 { Err(Failure::from_input(input)) } else { Ok(input.next_slice(end)) }
}

/// Where a word ends if a colon ends it: before the first, unless it is within a date or a time of day.
fn end_at_colon(word: &str) -> usize {
    let Some(first) = word.find(':') else { return word.len() };
    let longest = word.get(..word.floor_char_boundary(MAX_INSTANT)).unwrap_or_default();
    let ends = longest.rmatch_indices(':').map(|(at, _)| at);
    let is_time = |end: &usize| {
        let literal = word.get(..*end).and_then(Literal::from_word);
        literal.is_some_and(|literal| literal.is_instant() || literal.to_time_of_day().is_some())
    };
    std::iter::once(longest.len()).chain(ends).find(is_time).unwrap_or(first)
}

/// The rest of a literal that opens with a quote, after `prefix` if it has one: `duration'PT1S'`.
pub(super) fn quoted<'t>(input: &mut Input<'t>, prefix: Option<&'t str>) -> Result<Literal<'t>, Failure> {
    let start = position(input);
    let unclosed = || Failure::new(start, "The quoted text is not closed");
    let text: &'t str = *input.input;
    let mut end = 1;
    loop {
        end += text.get(end..).and_then(|rest| rest.find('\'')).ok_or_else(unclosed)? + 1;
        // A doubled quote stands for one in the text.
        if !text.get(end..).is_some_and(|rest| rest.starts_with('\'')) {
            break;
        }
        end += 1;
    }
    input.next_slice(end);
    let text = text.get(..end).and_then(unquote).ok_or_else(unclosed)?;
    Ok(match prefix {
        Some(prefix) => Literal::Typed(prefix, text),
        None => Literal::String(text),
    })
}
