//! Reads a request's body: in time, within its bound as sent and unpacked, and only as JSON.

use std::io::Read;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use engine::{Verb, aside};
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, Method, header};
use http_body::Body as _;
use http_body_util::BodyExt;
use odata::payload::json::text_of_body;

use crate::limits::Limits;
use crate::request_error::{RequestError, shown};
use crate::room::{Room, RoomPlace};
use crate::server::Server;

/// The bytes by which a body grows whose length is not told.
const PART_BYTES: usize = 64 << 10;

/// The bytes of a part whose copying takes long enough for others to have their turn.
const LONG_PART_BYTES_MIN: usize = 16 << 10;

/// The content coding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
}

/// The knowledge whether a request may be answered before its body was read to the end.
#[derive(Clone, Copy)]
pub struct Unread {
    has_body: bool,
    is_read_if_done: bool,
}

impl Unread {
    /// Looks at a request whose body was not touched yet.
    pub fn of(request: &Request) -> Unread {
        let is_read_if_done = !matches!(*request.method(), Method::GET | Method::HEAD);
        Unread { has_body: !request.body().is_end_stream(), is_read_if_done }
    }

    /// Has the HTTP library notice that nobody reads the rest, before it writes the answer. It passes over what has
    /// come, or ends the connection and says so in the answer; noticing later, it would end it unannounced.
    pub async fn give_up(self, is_done: bool) {
        if self.has_body && !(is_done && self.is_read_if_done) {
            tokio::task::yield_now().await;
        }
    }
}

/// The bytes of a request's body, unpacked; none of a GET, whose body means nothing.
pub async fn read<G>(
    verb: Verb,
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
    server: &Server<G>,
) -> Result<Bytes, RequestError> {
    if verb == Verb::Get {
        return Ok(Bytes::new());
    }
    let bytes = read_bytes(headers, body, limits, server).await?;
    if !bytes.is_empty() {
        check_media_type(headers)?;
    }
    let text = text_of_body(&bytes).map_err(engine::Error::from)?;
    Ok(bytes.slice_ref(text))
}

/// The bytes of a body, unpacked, whatever they stand for. They have room for as long as anybody has any of them.
pub async fn read_bytes<G>(
    headers: &HeaderMap,
    body: Body,
    limits: &Limits,
    server: &Server<G>,
) -> Result<Bytes, RequestError> {
    let Server { room, work, .. } = server;
    let coding = coding(headers)?;
    let bound = limits.body_bytes;
    if body.is_end_stream() && coding == Coding::Identity {
        return Ok(Bytes::new());
    }
    // A length that was told is refused before any of it is read, and has room as a whole: bodies that have come in part
    // and wait for each other would never end.
    let told = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if told > bound {
        return Err(RequestError::BodyTooLarge(bound));
    }
    let mut place = room.take(if told > 0 { told } else { PART_BYTES.min(bound) }).await?;
    let collecting = collect(body, told, bound, &mut place);
    let packed =
        tokio::time::timeout(limits.body_time, collecting).await.map_err(|_| RequestError::TooSlow)??;
    match coding {
        Coding::Identity => Ok(place.hold(packed)),
        Coding::Gzip => {
            // However small it is: it may hold a thousand times as much.
            let _place = Box::pin(work.alone.take()).await?;
            aside(|| unpack(&packed, bound, room))
        }
    }
}

/// Reads a body to its end, unless it is larger than the bound or than there is room for.
async fn collect(
    mut body: Body,
    told: usize,
    bound: usize,
    place: &mut RoomPlace,
) -> Result<Vec<u8>, RequestError> {
    let mut bytes = Vec::with_capacity(told);
    while let Some(frame) = body.frame().await {
        let frame =
            frame.map_err(|error| RequestError::Malformed(format!("the body could not be read: {error}")))?;
        // What is no data are trailers, which say nothing here.
        let Ok(part) = frame.into_data() else { continue };
        make_room(&bytes, part.len(), bound, place)?;
        bytes.extend_from_slice(&part);
        if part.len() >= LONG_PART_BYTES_MIN {
            // A body that is there already would be read to its end while everybody else waits.
            tokio::task::yield_now().await;
        }
    }
    Ok(bytes)
}

/// Makes room for another part of a body.
fn make_room(bytes: &[u8], more: usize, bound: usize, place: &mut RoomPlace) -> Result<(), RequestError> {
    let wanted = bytes.len() + more;
    if wanted > bound {
        return Err(RequestError::BodyTooLarge(bound));
    }
    if wanted <= place.bytes() {
        return Ok(());
    }
    // In steps that are whole parts: the library hands over as little as a byte at a time.
    place.grow(wanted.next_multiple_of(PART_BYTES).min(bound))
}

/// The coding that the headers name. They may list several (RFC 9110, 8.4); one `gzip` is all that is taken.
fn coding(headers: &HeaderMap) -> Result<Coding, RequestError> {
    let mut found = Coding::Identity;
    for value in headers.get_all(header::CONTENT_ENCODING) {
        let text = value.to_str().unwrap_or("?").trim();
        let coding = match text {
            _ if text.is_empty() || text.eq_ignore_ascii_case("identity") => continue,
            _ if text.eq_ignore_ascii_case("gzip") || text.eq_ignore_ascii_case("x-gzip") => Coding::Gzip,
            _ => return Err(unknown_coding(text)),
        };
        if found != Coding::Identity {
            return Err(unknown_coding("more than one"));
        }
        found = coding;
    }
    Ok(found)
}

fn unknown_coding(text: &str) -> RequestError {
    let text = shown(text);
    RequestError::UnsupportedMediaType(format!(
        "the content encoding '{text}' is not taken; send gzip or none"
    ))
}

/// Unpacks a body, no further than the bound: a small one may hold terabytes.
fn unpack(packed: &[u8], bound: usize, room: &Arc<Room>) -> Result<Bytes, RequestError> {
    let mut place = room.try_take(PART_BYTES.min(bound))?;
    let (mut bytes, mut part) = (Vec::new(), vec![0; PART_BYTES]);
    let mut decoder = MultiGzDecoder::new(packed);
    loop {
        let read = decoder.read(&mut part);
        let count = read.map_err(|error| {
            RequestError::Malformed(format!("the body is not gzip, as its header says: {error}"))
        })?;
        if count == 0 {
            return Ok(place.hold(bytes));
        }
        make_room(&bytes, count, bound, &mut place)?;
        bytes.extend_from_slice(&part[..count]);
    }
}

/// Refuses a body that is not JSON in UTF-8. Other parameters, such as `odata.metadata`, are ignored.
pub fn check_media_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let told = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
    let Some(told) = told else {
        return Err(RequestError::UnsupportedMediaType(
            "the body has no Content-Type; send application/json".to_owned(),
        ));
    };
    let mut parts = told.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or("");
    if !media_type.eq_ignore_ascii_case("application/json") {
        let shown = shown(media_type);
        return Err(RequestError::UnsupportedMediaType(format!(
            "the media type '{shown}' is not taken; send application/json"
        )));
    }
    for parameter in parts {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        if name.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
            return Err(RequestError::UnsupportedMediaType("JSON is taken in UTF-8 only".to_owned()));
        }
    }
    Ok(())
}

fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"].iter().any(|known| charset.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue, header};

    use super::{Coding, check_media_type, coding};

    #[test]
    fn media_types() {
        let cases = [
            ("application/json", true),
            ("Application/JSON; charset=UTF-8", true),
            ("application/json;odata.metadata=minimal;IEEE754Compatible=true", true),
            ("application/json; charset=\"utf-8\"", true),
            ("application/json; charset=utf-16", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ];
        for (told, taken) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(told));
            assert_eq!(check_media_type(&headers).is_ok(), taken, "{told}");
        }
        assert!(check_media_type(&HeaderMap::new()).is_err(), "none");
    }

    #[test]
    fn codings() {
        let cases = [
            (&["gzip"][..], Some(Coding::Gzip)),
            (&["GZIP"], Some(Coding::Gzip)),
            (&["identity"], Some(Coding::Identity)),
            (&[], Some(Coding::Identity)),
            (&["gzip", "gzip"], None),
            (&["gzip, gzip"], None),
            (&["br"], None),
            (&["deflate"], None),
        ];
        for (told, taken) in cases {
            let mut headers = HeaderMap::new();
            for value in told {
                headers.append(header::CONTENT_ENCODING, HeaderValue::from_static(value));
            }
            assert_eq!(coding(&headers).ok(), taken, "{told:?}");
        }
    }
}
