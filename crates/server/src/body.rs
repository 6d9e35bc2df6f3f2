//! Reads a request's body: in time, within its bound as sent and unpacked, and only as JSON.

use std::io::Read;

use axum::body::Body;
use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use http::{HeaderMap, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};

use crate::limits::Limits;
use crate::refusal::Refusal;

/// How a body is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Coding {
    Identity,
    Gzip,
}

/// The body's bytes, unpacked.
pub async fn read(headers: &HeaderMap, body: Body, limits: &Limits) -> Result<Bytes, Refusal> {
    let coding = coding(headers)?;
    let packed = tokio::time::timeout(limits.body_time, collect(body, limits.body_bytes));
    let packed = packed.await.map_err(|_| Refusal::TooSlow)??;
    let bytes = match coding {
        Coding::Identity => packed,
        Coding::Gzip => unpack(&packed, limits.body_bytes)?,
    };
    if !bytes.is_empty() {
        check_media_type(headers)?;
    }
    Ok(bytes)
}

/// All of a body, or nothing if it is larger than the bound.
async fn collect(body: Body, bound: usize) -> Result<Bytes, Refusal> {
    // A length that was told is refused before any of it is read.
    if http_body::Body::size_hint(&body).lower() > bound as u64 {
        return Err(Refusal::BodyTooLarge(bound));
    }
    match Limited::new(body, bound).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) if error.is::<LengthLimitError>() => Err(Refusal::BodyTooLarge(bound)),
        Err(error) => Err(Refusal::Malformed(format!("the body could not be read: {error}"))),
    }
}

/// Content codings come as a list; one `gzip` is all that is taken (RFC 9110, 8.4).
fn coding(headers: &HeaderMap) -> Result<Coding, Refusal> {
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

fn unknown_coding(text: &str) -> Refusal {
    let text: String = text.chars().take(40).collect();
    Refusal::UnsupportedMediaType(format!("the content encoding '{text}' is not taken; send gzip or none"))
}

/// Unpacks no further than the bound: a small body may hold terabytes.
fn unpack(packed: &[u8], bound: usize) -> Result<Bytes, Refusal> {
    let mut bytes = Vec::with_capacity(packed.len().saturating_mul(4).min(bound));
    let mut decoder = MultiGzDecoder::new(packed).take(bound as u64 + 1);
    match decoder.read_to_end(&mut bytes) {
        Ok(_) if bytes.len() > bound => Err(Refusal::BodyTooLarge(bound)),
        Ok(_) => Ok(Bytes::from(bytes)),
        Err(error) => Err(Refusal::Malformed(format!("the body is not gzip, as its header says: {error}"))),
    }
}

/// A body must be JSON in UTF-8; other parameters, such as `odata.metadata`, are ignored.
pub fn check_media_type(headers: &HeaderMap) -> Result<(), Refusal> {
    let told = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("?"));
    let Some(told) = told else {
        return Err(Refusal::UnsupportedMediaType(
            "the body has no Content-Type; send application/json".to_owned(),
        ));
    };
    let mut parts = told.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or_default();
    if !media_type.eq_ignore_ascii_case("application/json") {
        let shown: String = media_type.chars().take(80).collect();
        return Err(Refusal::UnsupportedMediaType(format!(
            "the media type '{shown}' is not taken; send application/json"
        )));
    }
    for parameter in parts {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        if name.trim().eq_ignore_ascii_case("charset") && !is_utf8(value) {
            return Err(Refusal::UnsupportedMediaType("JSON is taken in UTF-8 only".to_owned()));
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
