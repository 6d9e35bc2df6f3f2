//! What a call came to, in outcomes and bodies; `server` makes statuses and headers of it.

use std::time::Duration;

use bytes::Bytes;
use odata::payload::MetadataLevel;

/// A call that went well.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it went.
    pub status: Status,
    /// What is told.
    pub body: Body,
    /// The entity tag of what is told.
    pub etag: Option<String>,
    /// The URL of what was created, or where to ask on.
    pub location: Option<String>,
    /// The URL of an entity that was created and is not told (protocol 4.01, 8.3.4).
    pub entity_id: Option<String>,
    /// Which of the client's preferences were followed (OData protocol, 8.2.8).
    pub preference_applied: Option<String>,
    /// Whether 64-bit integers in it are strings, as the client asked for.
    pub ieee754_compatible: bool,
    /// Whether it is told by nothing but the request's text and what the tenant has stored, so that it holds for
    /// anyone who may ask until something is written.
    pub holds: bool,
    /// How long each stage took, in their order.
    pub timings: Vec<(&'static str, Duration)>,
}

/// The outcomes of a call that went well.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done, and here it is.
    Ok,
    /// Created, and here it is.
    Created,
    /// Done, with nothing to tell.
    NoContent,
    /// The client has it already.
    NotModified,
}

/// What is told.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// A JSON document.
    Json {
        /// Its text.
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

    /// Done, with nothing to tell.
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
        }
    }
}
