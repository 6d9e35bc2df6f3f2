//! Answers packed for clients that say they can unpack them.

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Request, header};
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::request_error::RequestError;

/// The size below which an answer is not worth packing.
const PACKED_BYTES_MIN: u64 = 1400;

/// The media type that is never packed: lines go out as they come, and a packer would hold them back.
const NOT_LINES: NotForContentType = NotForContentType::const_new("application/x-ndjson");

/// The codings that the client says it can unpack.
pub fn accepted(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ACCEPT_ENCODING).cloned()
}

/// Packs an answer if the client can unpack it and it is worth it.
pub async fn compress(response: Response, accepted: HeaderValue) -> Result<Response, RequestError> {
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(header::ACCEPT_ENCODING, accepted);
    // The library packs what a service answers; this one has its answer already.
    let mut ready = Some(response);
    let asked_twice = || RequestError::Internal("the packer has asked twice for one answer".to_owned());
    let service = service_fn(move |_| std::future::ready(ready.take().ok_or_else(asked_twice)));
    let packing = Compression::new(service)
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(PACKED_BYTES_MIN).and(NOT_LINES));
    Ok(packing.oneshot(request).await?.map(Body::new))
}
