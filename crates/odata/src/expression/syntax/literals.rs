//! Literals, and lists of them.

use std::borrow::Cow;

use winnow::stream::Stream;

use super::lexer::{Input, blanks, close, enter, mark, nested, position, quoted, word};
use crate::expression::option_error::OptionError;
use crate::uri::literal::Literal;

/// Items of a list at most.
const LIST_ITEMS_MAX: usize = 1_000;

/// The literals of an `in` list; there may be none.
pub(crate) fn list<'t>(input: &mut Input<'t>) -> Result<Vec<(usize, Literal<'t>)>, OptionError> {
    blanks(input)?;
    let open = position(input);
    if input.input.starts_with('@') {
        let name = word(input)?;
        let text = input.state.aliases.text(name).unwrap_or("()");
        return nested(input, text, open, list);
    }
    // An alias may have its list as JSON.
    let (opening, closing) = if input.input.starts_with('[') { ("[", "]") } else { ("(", ")") };
    if !mark(input, opening)? {
        return Err(OptionError::new(open, "Expected a list in parentheses"));
    }
    enter(input)?;
    let mut items = Vec::new();
    blanks(input)?;
    while !input.input.starts_with(closing) {
        blanks(input)?;
        if items.len() == LIST_ITEMS_MAX {
            let message = format!("The list has more than {LIST_ITEMS_MAX} items");
            return Err(OptionError::new(position(input), message));
        }
        items.push((position(input), item(input)?));
        blanks(input)?;
        if !mark(input, ",")? {
            break;
        }
        blanks(input)?;
        if input.input.starts_with(closing) {
            return Err(OptionError::new(position(input), "Expected a literal"));
        }
    }
    close(input, open, closing)?;
    Ok(items)
}

/// Reads one literal of a list.
pub(crate) fn item<'t>(input: &mut Input<'t>) -> Result<Literal<'t>, OptionError> {
    let start = position(input);
    if input.input.starts_with('\'') {
        return quoted(input, None);
    }
    if input.input.starts_with('"') {
        return json_text(input, start);
    }
    let no_literal = || OptionError::new(start, "Expected a literal");
    let name = word(input).map_err(|_| no_literal())?;
    if name.starts_with('@') {
        let Some(text) = input.state.aliases.text(name) else { return Ok(Literal::Null) };
        return nested(input, text, start, item);
    }
    if input.input.starts_with('\'') {
        return quoted(input, Some(name));
    }
    Literal::from_word(name).ok_or_else(no_literal)
}

/// A text in JSON's quotes.
fn json_text<'t>(input: &mut Input<'t>, start: usize) -> Result<Literal<'t>, OptionError> {
    let text: &'t str = *input.input;
    let mut escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    let quoted = end.and_then(|end| text.get(..end + 2));
    let quoted = quoted.ok_or_else(|| OptionError::new(start, "The quoted text is not closed"))?;
    input.next_slice(quoted.len());
    let unescaped: String = serde_json::from_str(quoted)
        .map_err(|_| OptionError::new(start, "The quoted text is not one of JSON"))?;
    // An option has no such character of its own, and no database takes it in a text.
    if unescaped.contains('\0') {
        return Err(OptionError::new(start, "The quoted text has a NUL character"));
    }
    Ok(Literal::String(Cow::Owned(unescaped)))
}
