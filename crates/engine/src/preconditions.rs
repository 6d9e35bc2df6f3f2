//! `If-Match` and `If-None-Match` (RFC 9110, 13.1): the state an entity must be in for a request to take effect.

use odata::edm::{Model, SetKind};
use odata::etag::{Condition, print};
use store::Row;

use crate::collection::EntityAddress;
use crate::{Call, Error, ErrorKind};

/// The conditions of a request, read once from its headers.
#[derive(Debug, Default)]
pub(crate) struct Preconditions {
    matching: Option<Condition>,
    unlike: Option<Condition>,
}

impl Preconditions {
    /// Reads the headers of a call.
    pub(crate) fn of(call: &Call) -> Preconditions {
        let condition = |header: &Option<String>| header.as_deref().map(Condition::parse);
        Preconditions { matching: condition(&call.if_match), unlike: condition(&call.if_none_match) }
    }

    /// Whether the client wants to create what it names, and nothing else.
    pub(crate) fn only_creates(&self) -> bool {
        self.unlike == Some(Condition::Any)
    }

    /// Whether an entity that is to be changed is there, and in a state that the request allows.
    pub(crate) fn check(
        &self,
        model: &Model,
        address: &EntityAddress,
        stored: Option<&Row>,
    ) -> Result<(), Error> {
        if stored.is_none() && model.set(address.collection.set).kind == SetKind::Collection {
            return Err(Error::not_found(&address.key.to_string()));
        }
        let version = stored.map_or(0, |row| row.version);
        self.check_match(version)?;
        match &self.unlike {
            Some(condition) if condition.matches(version) => Err(failed(version, "If-None-Match", "names")),
            _ => Ok(()),
        }
    }

    /// Whether an entity that is read has changed since the client read it; an error if it must not have.
    pub(crate) fn is_news(&self, version: i64) -> Result<bool, Error> {
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
