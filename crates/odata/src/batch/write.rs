//! From answers to the body of a batch's response.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;

use super::Batch;
use crate::payload::write::write_string;

/// The answer to one request.
#[derive(Clone, Debug)]
pub struct Response<'a> {
    /// The status, as HTTP numbers it.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: ResponseBody<'a>,
}

/// A body in a form that JSON can hold.
#[derive(Clone, Copy, Debug)]
pub enum ResponseBody<'a> {
    /// There is none.
    None,
    /// A JSON text, which stands as it is.
    Json(&'a [u8]),
    /// Text, which becomes a string.
    Text(&'a str),
    /// Anything else, which becomes base64url.
    Binary(&'a [u8]),
}

/// The body of the response: an answer for each request, in the order of the requests.
pub fn write(batch: &Batch, responses: &[Response<'_>]) -> Vec<u8> {
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

fn write_body(out: &mut Vec<u8>, body: ResponseBody<'_>) {
    const MEMBER: &[u8] = b",\"body\":";
    match body {
        ResponseBody::None => {}
        ResponseBody::Json(text) => {
            out.extend_from_slice(MEMBER);
            out.extend_from_slice(text);
        }
        ResponseBody::Text(text) => {
            out.extend_from_slice(MEMBER);
            write_string(out, text);
        }
        ResponseBody::Binary(bytes) => {
            out.extend_from_slice(MEMBER);
            write_string(out, &URL_SAFE.encode(bytes));
        }
    }
}
