//! `$filter` (URL conventions 4.01, 5.1.2).

use crate::edm::TypeId;
use crate::expression::surroundings::Surroundings;
use crate::expression::syntax::lexer::TEXT_BYTES_MAX;
use crate::expression::tree::Expression;
use crate::expression::typing::parse_boolean;
use crate::{Error, ErrorKind};

/// The expression of a `$filter` on entities of a type, or what is wrong with it and where.
pub fn parse_filter(around: &Surroundings<'_>, entity: TypeId, text: &str) -> Result<Expression, Error> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!("$filter is longer than {TEXT_BYTES_MAX} bytes");
        return Err(Error::new(ErrorKind::BadQuery, message));
    }
    parse_boolean(around, entity, text).map_err(|error| error.in_option("$filter", text))
}

#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod language_tests;
#[cfg(test)]
mod tests;
