//! `$filter` (URL conventions 4.01, 5.1.2).

use super::token::{Failure, MAX_TEXT};
use super::typing::{Surroundings, Typing};
use super::{Expression, syntax};
use crate::edm::TypeId;
use crate::{Error, ErrorKind};

/// The expression of a `$filter` on entities of a type, or what is wrong with it and where.
pub fn parse_filter(around: &Surroundings<'_>, entity: TypeId, text: &str) -> Result<Expression, Error> {
    if text.len() > MAX_TEXT {
        let message = format!("$filter is longer than {MAX_TEXT} bytes");
        return Err(Error::new(ErrorKind::BadQuery, message));
    }
    let in_option = |failure: Failure| failure.in_option("$filter", text);
    let node = syntax::parse(text, &around.aliases).map_err(in_option)?;
    let mut typing = Typing::new(around, entity);
    let expression = typing.boolean(&node).map_err(in_option)?;
    around.note(&typing);
    Ok(expression)
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod language_tests;
#[cfg(test)]
mod tests;
