//! The answer to a call, in outcomes and bodies; the server makes statuses and headers of it.

use std::time::Duration;

use bytes::Bytes;
use odata::payload::MetadataLevel;

use crate::call_target::CallTarget;
use crate::large_work::WorkPlace;

/// A call that went well.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The outcome of the call.
    pub status: Status,
    /// The body that tells the result, or none.
    pub body: Body,
    /// The entity tag of the entity in the body.
    pub etag: Option<String>,
    /// The URL of the entity that was created, or at which to ask on.
    pub location: Option<String>,
    /// The URL of an entity that was created and is not in the body (protocol 4.01, 8.3.4).
    pub entity_id: Option<String>,
    /// The client's preferences that were followed (protocol 4.01, 8.2.8).
    pub preference_applied: Option<String>,
    /// Whether 64-bit integers in the body are strings, as the client asked for.
    pub ieee754_compatible: bool,
    /// Whether nothing but the text of the request and the tenant's stored entities decides the answer, so that it holds for
    /// anyone who may ask until something is written.
    pub holds: bool,
    /// The stages of the call in their order, and the time that each took.
    pub timings: Vec<(&'static str, Duration)>,
    /// By what the caller was allowed it; none if it is no call of the model's.
    pub authorization: Option<Authorization>,
    /// The place of a call that was large; whoever makes the answer ready to be sent still needs it.
    pub place: Option<WorkPlace>,
}

/// What a call was about, and by what its caller was allowed it or refused, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Authorization {
    /// The permission by which it was allowed: the least privileged one of the caller's that is enough.
    pub permission: Option<Box<str>>,
    /// The least privileged permission that would have been enough, if the caller has none that is.
    pub missing_permission: Option<Box<str>>,
    /// The action or function that was called, if the path ends in one.
    pub operation: Option<Box<str>>,
    /// What the call was about.
    pub target: CallTarget,
}

/// The outcomes of a call that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done, with the result in the body.
    Ok,
    /// Created, with the entity in the body.
    Created,
    /// Accepted: it is done once something else has happened, which the body names.
    Accepted,
    /// Done, without a body.
    NoContent,
    /// Unchanged since the client read it.
    NotModified,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub enum Body {
    /// No body at all.
    None,
    /// A JSON document.
    Json {
        /// The text of the document.
        text: Bytes,
        /// How much control information it carries.
        metadata: MetadataLevel,
    },
    /// Plain text, such as a count.
    Text(Bytes),
    /// Bytes that are no text, such as a binary property's.
    Bytes(Bytes),
    /// An XML document, such as the model.
    Xml(Bytes),
}

impl Answer {
    /// An answer that is a JSON document with the usual control information.
    pub fn json(status: Status, text: impl Into<Bytes>) -> Answer {
        Answer::new(status, Body::Json { text: text.into(), metadata: MetadataLevel::default() })
    }

    /// The answer to a call that is done and has no body.
    pub fn no_content() -> Answer {
        Answer::new(Status::NoContent, Body::None)
    }

    /// An answer of a status and a body.
    pub fn new(status: Status, body: Body) -> Answer {
        Answer {
            status,
            body,
            etag: None,
            location: None,
            entity_id: None,
            preference_applied: None,
            ieee754_compatible: false,
            holds: false,
            timings: Vec::new(),
            authorization: None,
            place: None,
        }
    }
}
