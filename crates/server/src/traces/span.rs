//! A span: something that took a while, as part of a trace.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

/// The position in a trace that something has: what happens in it is below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TracePosition {
    /// The id of the trace.
    pub trace: [u8; 16],
    /// The id of the span.
    pub span: [u8; 8],
    /// Whether the trace is recorded.
    pub is_recorded: bool,
}

/// What a span is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SpanKind {
    /// Something within this server.
    Internal,
    /// A request that it answered.
    Server,
}

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum AttributeValue {
    Text(String),
    Number(i64),
}

/// A span that has ended.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub position: TracePosition,
    pub parent: Option<[u8; 8]>,
    pub state: Option<String>,
    pub name: Cow<'static, str>,
    pub kind: SpanKind,
    pub begun: SystemTime,
    pub took: Duration,
    pub attributes: Vec<(&'static str, AttributeValue)>,
    /// Why it failed; none if it did not.
    pub failure: Option<String>,
}

impl Span {
    /// Adds an attribute, if it is known.
    pub fn with(mut self, key: &'static str, value: Option<impl Into<AttributeValue>>) -> Span {
        self.attributes.extend(value.map(|value| (key, value.into())));
        self
    }
}

impl From<&str> for AttributeValue {
    fn from(text: &str) -> AttributeValue {
        AttributeValue::Text(text.to_owned())
    }
}

impl From<String> for AttributeValue {
    fn from(text: String) -> AttributeValue {
        AttributeValue::Text(text)
    }
}

impl From<i64> for AttributeValue {
    fn from(number: i64) -> AttributeValue {
        AttributeValue::Number(number)
    }
}

/// The id of a new span.
pub(super) fn new_span() -> [u8; 8] {
    let mut span = [0; 8];
    // The id of only zeros is none, which a collector passes over.
    let _ = aws_lc_rs::rand::fill(&mut span);
    span
}
