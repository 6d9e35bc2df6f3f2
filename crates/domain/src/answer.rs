//! What came of a request. `server` makes statuses and headers of it.

use std::time::Duration;

use bytes::Bytes;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; the body holds the result.
    Ok,
    /// A new entity is there.
    Created,
    /// Done; there is nothing to say.
    NoContent,
}

/// The body of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON, with the `odata.metadata` parameter it was written at.
    Json(Bytes, &'static str),
    /// Plain text.
    Text(Bytes),
    /// XML.
    Xml(Bytes),
}

/// The answer to a call.
#[derive(Clone, Debug)]
pub struct Answer {
    /// How it went.
    pub outcome: Outcome,
    /// What to send.
    pub body: Body,
    /// The entity tag of a single entity.
    pub etag: Option<String>,
    /// The absolute URL of a new entity.
    pub location: Option<String>,
    /// The preference that was honoured: `return=minimal`.
    pub preference_applied: Option<&'static str>,
    /// How long each stage took, for `Server-Timing`.
    pub timings: Vec<(&'static str, Duration)>,
}

impl Answer {
    /// An answer with a body and nothing else.
    pub fn new(outcome: Outcome, body: Body) -> Answer {
        Answer { outcome, body, etag: None, location: None, preference_applied: None, timings: Vec::new() }
    }

    /// Done, and nothing to say.
    pub fn no_content() -> Answer {
        Answer::new(Outcome::NoContent, Body::None)
    }
}
