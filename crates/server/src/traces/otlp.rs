//! Spans in the form in which a collector reads them: OTLP in JSON (OTLP specification 1.x, "JSON Protobuf Encoding"). Ids are
//! hexadecimal there, and 64-bit numbers are texts.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

use super::span::{AttributeValue, Span, SpanKind};

/// The status of a span that failed.
const STATUS_ERROR: u8 = 2;
/// The flags of a span: it is sampled.
const FLAGS: u32 = 1;

/// The body of an export.
pub(super) fn export(resource: &[(String, String)], spans: &[Span]) -> Vec<u8> {
    let resource: Vec<Value> =
        resource.iter().map(|(key, value)| attribute(key, &AttributeValue::Text(value.clone()))).collect();
    let scope = json!({ "name": "muster", "version": env!("CARGO_PKG_VERSION") });
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let scope_spans = json!([{ "scope": scope, "spans": spans }]);
    let body =
        json!({ "resourceSpans": [{ "resource": { "attributes": resource }, "scopeSpans": scope_spans }] });
    body.to_string().into_bytes()
}

fn span(span: &Span) -> Value {
    let mut told = Map::new();
    let mut tell = |key: &str, value: Value| told.insert(key.to_owned(), value);
    tell("traceId", HEXLOWER.encode(&span.position.trace).into());
    tell("spanId", HEXLOWER.encode(&span.position.span).into());
    if let Some(parent) = &span.parent {
        tell("parentSpanId", HEXLOWER.encode(parent).into());
    }
    if let Some(state) = &span.state {
        tell("traceState", state.as_str().into());
    }
    tell("flags", FLAGS.into());
    tell("name", span.name.as_ref().into());
    tell("kind", kind(span.kind).into());
    tell("startTimeUnixNano", nanoseconds(span.begun).to_string().into());
    tell("endTimeUnixNano", nanoseconds(span.begun + span.took).to_string().into());
    tell("attributes", span.attributes.iter().map(|(key, value)| attribute(key, value)).collect());
    if let Some(reason) = &span.failure {
        tell("status", json!({ "code": STATUS_ERROR, "message": reason }));
    }
    Value::Object(told)
}

fn kind(kind: SpanKind) -> u8 {
    match kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
    }
}

fn attribute(key: &str, value: &AttributeValue) -> Value {
    let value = match value {
        AttributeValue::Text(text) => json!({ "stringValue": text }),
        AttributeValue::Number(number) => json!({ "intValue": number.to_string() }),
    };
    json!({ "key": key, "value": value })
}

fn nanoseconds(time: SystemTime) -> u128 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_nanos()
}
