//! Where a request of HTTP/1 ends, and what is refused because that is not clear.

mod chunks;
mod messages;
mod stream;

use http::{HeaderMap, Method, Request, Version, header};

use crate::request_error::RequestError;

pub use messages::HeadFault;
pub use stream::{RequestHeads, ScannedStream};

fn tells_length(headers: &HeaderMap) -> bool {
    headers.contains_key(header::CONTENT_LENGTH) || headers.contains_key(header::TRANSFER_ENCODING)
}

/// Checks that it is clear where a request ends (RFC 9112, 6.3).
pub fn check<B>(request: &Request<B>) -> Result<(), RequestError> {
    if request.version() > Version::HTTP_11 {
        return Ok(());
    }
    match request.extensions().get::<HeadFault>() {
        None => {}
        Some(HeadFault::RepeatedLength) => {
            let message =
                "the request tells of its length more than once; send one Content-Length, or chunks";
            return Err(RequestError::Unframed(message.to_owned()));
        }
        Some(HeadFault::Misplaced) => {
            let message = "it is not clear where the request begins, as the one before it has no clear end";
            return Err(RequestError::Unframed(message.to_owned()));
        }
        Some(HeadFault::Fragment) => {
            let message =
                "the URL has a fragment ('#'), which no server is told; write %23 if it is part of a value";
            return Err(RequestError::Malformed(message.to_owned()));
        }
    }
    let mut codings = request.headers().get_all(header::TRANSFER_ENCODING).iter();
    if codings.any(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"chunked")) {
        let message = "no Transfer-Encoding but 'chunked' is taken; a Content-Encoding may be gzip";
        return Err(RequestError::Unframed(message.to_owned()));
    }
    let has_body = matches!(*request.method(), Method::POST | Method::PATCH | Method::PUT)
        && request.headers().contains_key(header::CONTENT_TYPE);
    match has_body && !tells_length(request.headers()) {
        true => Err(RequestError::LengthRequired),
        false => Ok(()),
    }
}
