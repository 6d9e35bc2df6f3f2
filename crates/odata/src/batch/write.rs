//! From answers to the body of a batch's response.

use data_encoding::BASE64URL;

use super::BatchPlan;
use crate::payload::write::write_string;

/// The answer to one request.
#[derive(Clone, Debug)]
pub struct BatchResponse<'a> {
    /// The status, as HTTP numbers it.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body in the form that JSON can hold.
    pub body: BatchResponseBody<'a>,
}

/// A body in a form that JSON can hold.
#[derive(Clone, Copy, Debug)]
pub enum BatchResponseBody<'a> {
    /// No body at all.
    None,
    /// A JSON text, which stands as it is.
    Json(&'a [u8]),
    /// Text, which becomes a string.
    Text(&'a str),
    /// Anything else, which becomes base64url.
    Binary(&'a [u8]),
}

/// The body of the response: an answer for each request, in the order of the requests.
pub fn write(batch: &BatchPlan, responses: &[BatchResponse<'_>]) -> Vec<u8> {
    let mut out = b"{\"responses\":[".to_vec();
    for (at, (request, response)) in batch.requests.iter().zip(responses).enumerate() {
        out.extend_from_slice(if at == 0 { b"{\"id\":" } else { b",{\"id\":" });
        write_string(&mut out, &request.id);
        if let Some(group) = &request.group {
            out.extend_from_slice(b",\"atomicityGroup\":");
            write_string(&mut out, group);
        }
        out.extend_from_slice(format!(",\"status\":{},\"headers\":{{", response.status).as_bytes());
        for (at, (name, value)) in response.headers.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b"" } else { b"," });
            write_string(&mut out, name);
            out.push(b':');
            write_string(&mut out, value);
        }
        out.push(b'}');
        write_body(&mut out, response.body);
        out.push(b'}');
    }
    out.extend_from_slice(b"]}");
    out
}

fn write_body(out: &mut Vec<u8>, body: BatchResponseBody<'_>) {
    const MEMBER: &[u8] = b",\"body\":";
    match body {
        BatchResponseBody::None => {}
        BatchResponseBody::Json(text) => {
            out.extend_from_slice(MEMBER);
            out.extend_from_slice(text);
        }
        BatchResponseBody::Text(text) => {
            out.extend_from_slice(MEMBER);
            write_string(out, text);
        }
        BatchResponseBody::Binary(bytes) => {
            out.extend_from_slice(MEMBER);
            write_string(out, &BASE64URL.encode(bytes));
        }
    }
}
