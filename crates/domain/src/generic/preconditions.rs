//! `If-Match` and `If-None-Match` (RFC 9110, 13.1): in which state an entity must be for what is asked.

use odata::edm::SetKind;
use odata::etag::{Condition, print};
use store::Row;

use crate::context::Context;
use crate::resolve::Spot;
use crate::{Call, Error, ErrorKind};

/// What a request says about the state.
pub(super) struct Preconditions {
    matching: Option<Condition>,
    unlike: Option<Condition>,
}

impl Preconditions {
    /// Reads the headers.
    pub(super) fn of(call: &Call) -> Preconditions {
        let condition = |header: &Option<String>| header.as_deref().map(Condition::parse);
        Preconditions { matching: condition(&call.if_match), unlike: condition(&call.if_none_match) }
    }

    /// Whether an entity that is to be changed is there, and in a state that the request allows.
    pub(super) fn check(
        &self,
        context: &Context<'_>,
        spot: &Spot,
        stored: Option<&Row>,
    ) -> Result<(), Error> {
        if stored.is_none() && context.model().set(spot.place.set).kind == SetKind::Collection {
            return Err(Error::not_found(&spot.key.to_string()));
        }
        let version = stored.map_or(0, |row| row.version);
        self.check_match(version)?;
        match &self.unlike {
            Some(condition) if condition.matches(version) => Err(failed(version, "If-None-Match", "names")),
            _ => Ok(()),
        }
    }

    /// Whether an entity that is read has changed since the client read it; an error if it must not have.
    pub(super) fn is_news(&self, version: i64) -> Result<bool, Error> {
        self.check_match(version)?;
        Ok(!self.unlike.as_ref().is_some_and(|condition| condition.matches(version)))
    }

    fn check_match(&self, version: i64) -> Result<(), Error> {
        match &self.matching {
            Some(condition) if !condition.matches(version) => {
                Err(failed(version, "If-Match", "does not name"))
            }
            _ => Ok(()),
        }
    }
}

fn failed(version: i64, header: &str, relation: &str) -> Error {
    let message = format!("The entity's tag is {}, which '{header}' {relation}.", print(version));
    Error::new(ErrorKind::PreconditionFailed, message).about(header)
}
