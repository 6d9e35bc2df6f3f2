//! From answers to the body of a batch's response.

use data_encoding::BASE64URL;

use super::BatchRequest;
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
    /// A JSON text that whoever sends the response puts in its place, behind what [`BatchResponseWriter::take`] gives next.
    JsonBehind,
    /// Text, which becomes a string.
    Text(&'a str),
    /// Anything else, which becomes base64url.
    Binary(&'a [u8]),
}

/// The body of the response: an answer for each request, in the order of the requests.
#[derive(Debug)]
pub struct BatchResponseWriter {
    out: Vec<u8>,
    is_begun: bool,
}

impl Default for BatchResponseWriter {
    fn default() -> BatchResponseWriter {
        BatchResponseWriter { out: b"{\"responses\":[".to_vec(), is_begun: false }
    }
}

impl BatchResponseWriter {
    /// Writes the answer to the next request.
    pub fn write(&mut self, request: &BatchRequest, response: &BatchResponse<'_>) {
        let out = &mut self.out;
        out.extend_from_slice(if self.is_begun { b"},{\"id\":" } else { b"{\"id\":" });
        self.is_begun = true;
        write_string(out, &request.id);
        if let Some(group) = &request.group {
            out.extend_from_slice(b",\"atomicityGroup\":");
            write_string(out, group);
        }
        out.extend_from_slice(format!(",\"status\":{},\"headers\":{{", response.status).as_bytes());
        for (at, (name, value)) in response.headers.iter().enumerate() {
            out.extend_from_slice(if at == 0 { b"" } else { b"," });
            write_string(out, name);
            out.push(b':');
            write_string(out, value);
        }
        out.push(b'}');
        write_body(out, response.body);
    }

    /// What was written since it was last taken.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }

    /// Ends the body: what is left of it.
    pub fn end(mut self) -> Vec<u8> {
        self.out.extend_from_slice(if self.is_begun { b"}]}" } else { b"]}" });
        self.out
    }
}

fn write_body(out: &mut Vec<u8>, body: BatchResponseBody<'_>) {
    const MEMBER: &[u8] = b",\"body\":";
    match body {
        BatchResponseBody::None => {}
        BatchResponseBody::JsonBehind => out.extend_from_slice(MEMBER),
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
