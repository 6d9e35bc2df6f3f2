//! The lexer: the words of an expression, read within bounds.

use winnow::combinator::opt;
use winnow::error::ParserError;
use winnow::prelude::*;
use winnow::stream::{LocatingSlice, Location, Stateful, Stream};
use winnow::token::{literal, take_while};

use crate::expression::aliases::Aliases;
use crate::expression::option_error::OptionError;
use crate::uri::literal::{Literal, unquote};

/// The text of an expression, and how much of what it may hold has been used up.
pub(crate) type Input<'t> = Stateful<LocatingSlice<&'t str>, Budget<'t>>;

/// Bytes of an expression at most.
pub(crate) const TEXT_BYTES_MAX: usize = 8 * 1024;
/// Parentheses, calls and negations within each other at most.
pub(crate) const DEPTH_MAX: usize = 100;
/// Bytes of a date-time at most that a colon may follow.
const INSTANT_BYTES_MAX: usize = 40;
/// Operands and operators at most.
const NODES_MAX: usize = 1_000;

/// The budget of a text: how much of it has been used up, and the aliases it may refer to.
#[derive(Clone, Debug)]
pub(crate) struct Budget<'t> {
    depth: usize,
    nodes: usize,
    /// The position of the alias whose text this is: positions within it would mean nothing to the caller.
    alias: Option<usize>,
    /// Whether a colon ends what is being read: it is the condition of a `case`.
    pub(crate) ends_at_colon: bool,
    pub(crate) aliases: &'t Aliases,
}

/// An input at its start.
pub(crate) fn start<'t>(text: &'t str, aliases: &'t Aliases) -> Input<'t> {
    let state = Budget { depth: 0, nodes: 0, alias: None, ends_at_colon: false, aliases };
    Input { input: LocatingSlice::new(text), state }
}

/// Reads another text, which stands at `position`, within the same bounds.
pub(crate) fn nested<'t, T>(
    input: &mut Input<'t>,
    text: &'t str,
    position: usize,
    read: impl Fn(&mut Input<'t>) -> Result<T, OptionError>,
) -> Result<T, OptionError> {
    if input.state.aliases.count_read(text) > TEXT_BYTES_MAX {
        let message = format!("The parameter aliases stand for more than {TEXT_BYTES_MAX} bytes");
        return Err(OptionError::new(self::position(input), message));
    }
    let state = Budget { alias: Some(position), ends_at_colon: false, ..input.state.clone() };
    let mut inner = Input { input: LocatingSlice::new(text), state };
    enter(&mut inner)?;
    let result = read(&mut inner)?;
    input.state.nodes = inner.state.nodes;
    Ok(result)
}

impl<'t> ParserError<Input<'t>> for OptionError {
    type Inner = OptionError;

    fn from_input(input: &Input<'t>) -> OptionError {
        OptionError::NoMatch(position(input))
    }

    fn into_inner(self) -> Result<OptionError, OptionError> {
        Ok(self)
    }

    fn is_backtrack(&self) -> bool {
        matches!(self, OptionError::NoMatch(_))
    }
}

/// The position of the input in the option's text.
pub(crate) fn position(input: &Input<'_>) -> usize {
    input.state.alias.unwrap_or_else(|| input.current_token_start())
}

/// Goes one level down: called before recursing, so that no text can exhaust the stack.
pub(crate) fn enter(input: &mut Input<'_>) -> Result<(), OptionError> {
    input.state.depth += 1;
    if input.state.depth > DEPTH_MAX {
        let message = format!("The expression is nested more than {DEPTH_MAX} levels deep");
        return Err(OptionError::new(position(input), message));
    }
    Ok(())
}

/// Comes one level up again.
pub(crate) fn leave(input: &mut Input<'_>) {
    input.state.depth = input.state.depth.saturating_sub(1);
}

/// Counts an operand or operator.
pub(crate) fn count_node(input: &mut Input<'_>) -> Result<(), OptionError> {
    input.state.nodes += 1;
    if input.state.nodes > NODES_MAX {
        let message = format!("The expression has more than {NODES_MAX} operands and operators");
        return Err(OptionError::new(position(input), message));
    }
    Ok(())
}

/// Skips blanks and tabulators.
pub(crate) fn blanks(input: &mut Input<'_>) -> Result<(), OptionError> {
    take_while(0.., [' ', '\t']).void().parse_next(input)
}

/// Whether the input goes on with `mark`, which is consumed.
pub(crate) fn mark(input: &mut Input<'_>, mark: &'static str) -> Result<bool, OptionError> {
    opt(literal(mark)).map(|found| found.is_some()).parse_next(input)
}

/// Reads the parenthesis or bracket that closes the one at `open`, and comes one level up.
pub(crate) fn close(input: &mut Input<'_>, open: usize, closing: &'static str) -> Result<(), OptionError> {
    blanks(input)?;
    leave(input);
    if mark(input, closing)? { Ok(()) } else { Err(OptionError::new(open, "A parenthesis is not closed")) }
}

/// A name, path, keyword or literal without quotes.
pub(crate) fn word<'t>(input: &mut Input<'t>) -> Result<&'t str, OptionError> {
    let is_word = |c: char| c.is_alphanumeric() || "_.-:/+$@".contains(c);
    let text: &'t str = *input.input;
    let word = text.get(..text.find(|c| !is_word(c)).unwrap_or(text.len())).unwrap_or_default();
    let end = if input.state.ends_at_colon { end_at_colon(word) } else { word.len() };
    if end == 0 { Err(OptionError::from_input(input)) } else { Ok(input.next_slice(end)) }
}

/// The end of a word that a colon ends: before the first, unless that is within a date or a time of day.
fn end_at_colon(word: &str) -> usize {
    let Some(first) = word.find(':') else { return word.len() };
    let longest = word.get(..word.floor_char_boundary(INSTANT_BYTES_MAX)).unwrap_or_default();
    let ends = longest.rmatch_indices(':').map(|(at, _)| at);
    let is_time = |end: &usize| {
        let literal = word.get(..*end).and_then(Literal::from_word);
        literal.is_some_and(|literal| literal.is_instant() || literal.to_time_of_day().is_some())
    };
    std::iter::once(longest.len()).chain(ends).find(is_time).unwrap_or(first)
}

/// The rest of a literal that opens with a quote, after `prefix` if it has one: `duration'PT1S'`.
pub(crate) fn quoted<'t>(input: &mut Input<'t>, prefix: Option<&'t str>) -> Result<Literal<'t>, OptionError> {
    let start = position(input);
    let unclosed = || OptionError::new(start, "The quoted text is not closed");
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
