//! Answers packed for clients that say they can unpack them.

use std::convert::Infallible;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, Request, header};
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tower_http::compression::predicate::SizeAbove;

/// Answers below this many bytes are not worth packing.
const PACKED_BYTES_MIN: u64 = 1400;

/// What the client says it can unpack, if it says so.
pub fn accepted(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ACCEPT_ENCODING).cloned()
}

/// The answer, packed if the client can unpack it and it is worth it.
pub async fn compress(response: Response, accepted: HeaderValue) -> Response {
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(header::ACCEPT_ENCODING, accepted);
    // The library packs what a service answers; this one has its answer already.
    let mut ready = Some(response);
    let service =
        service_fn(move |_| std::future::ready(Ok::<_, Infallible>(ready.take().unwrap_or_default())));
    let packing = Compression::new(service)
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(PACKED_BYTES_MIN));
    match packing.oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}
