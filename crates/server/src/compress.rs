//! Answers packed for clients that say they can unpack them.

use axum::body::Body;
use axum::response::Response;
use engine::{WorkPlace, aside};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Request, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use tower::{ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::Compression;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

use crate::large_work::is_large;
use crate::request_error::RequestError;
use crate::server::Server;

/// The size below which an answer is not worth packing.
const PACKED_BYTES_MIN: u64 = 1400;

/// The media type that is never packed: lines go out as they come, and a packer would hold them back.
const NOT_LINES: NotForContentType = NotForContentType::const_new("application/x-ndjson");

/// The codings that the client says it can unpack.
pub fn accepted(headers: &HeaderMap) -> Option<HeaderValue> {
    headers.get(header::ACCEPT_ENCODING).cloned()
}

/// Packs an answer if the client can unpack it and it is worth it. A large one is packed as a whole, in the place that it has or
/// takes one now, and then needs room for what is left of it only; others are packed as they are sent.
pub async fn compress<G>(
    response: Response,
    accepted: HeaderValue,
    place: Option<WorkPlace>,
    server: &Server<G>,
) -> Result<Response, RequestError> {
    let bytes = response.body().size_hint().exact().and_then(|bytes| usize::try_from(bytes).ok());
    let mut request = Request::new(Body::empty());
    request.headers_mut().insert(header::ACCEPT_ENCODING, accepted);
    // The library packs what a service answers; this one has its answer already.
    let mut ready = Some(response);
    let asked_twice = || RequestError::Internal("the packer has asked twice for one answer".to_owned());
    let service = service_fn(move |_| std::future::ready(ready.take().ok_or_else(asked_twice)));
    let packing = Compression::new(service)
        .quality(CompressionLevel::Fastest)
        .compress_when(SizeAbove::new(PACKED_BYTES_MIN).and(NOT_LINES));
    let packed = packing.oneshot(request).await?.map(Body::new);
    match packed.headers().contains_key(header::CONTENT_ENCODING) && bytes.is_some_and(is_large) {
        true => Box::pin(whole(packed, place, server)).await,
        false => Ok(packed),
    }
}

/// The same response, packed by now.
async fn whole<G>(
    response: Response,
    place: Option<WorkPlace>,
    server: &Server<G>,
) -> Result<Response, RequestError> {
    let _place = match place {
        Some(place) => place,
        None => server.work.alone.take().await?,
    };
    let (head, body) = response.into_parts();
    // All of it is in memory, so there is nothing to wait for.
    let packed = aside(|| body.collect().now_or_never());
    let packed = packed.ok_or_else(|| RequestError::Internal("an answer was not there yet".to_owned()))?;
    let packed = packed.map_err(|error| RequestError::Internal(error.to_string()))?.to_bytes();
    let room = server.room.try_take(packed.len())?;
    Ok(Response::from_parts(head, Body::from(room.hold(packed))))
}
