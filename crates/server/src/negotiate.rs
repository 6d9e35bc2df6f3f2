//! What a client says about the protocol itself: the version it speaks and understands (OData protocol 4.01, 8.1.5 and
//! 8.2.7), and the characters it can read.

use http::{HeaderMap, HeaderName, header};

use crate::request_error::{RequestError, shown};

const ODATA_VERSION: HeaderName = HeaderName::from_static("odata-version");
const ODATA_MAX_VERSION: HeaderName = HeaderName::from_static("odata-maxversion");

/// Headers that a request has once (RFC 9110, 5.3): of two, nobody knows which one is meant.
const SINGLE: [(HeaderName, &str); 4] = [
    (header::CONTENT_TYPE, "Content-Type"),
    (ODATA_VERSION, "OData-Version"),
    (ODATA_MAX_VERSION, "OData-MaxVersion"),
    (HeaderName::from_static("idempotency-key"), "Idempotency-Key"),
];

/// Refuses a client whose version of OData is not ours, or that cannot read our characters.
pub fn check(headers: &HeaderMap) -> Result<(), RequestError> {
    for (name, shown) in SINGLE {
        if headers.get_all(name).iter().nth(1).is_some() {
            return Err(malformed(&format!("the request has two {shown} headers")));
        }
    }
    if let Some(told) = text(headers, &ODATA_VERSION)
        && !["4.0", "4.01"].contains(&number(told))
    {
        return Err(malformed(&format!(
            "the request is in OData version '{}'; ours are 4.0 and 4.01",
            shown(told)
        )));
    }
    if let Some(told) = text(headers, &ODATA_MAX_VERSION)
        && !is_at_least_ours(number(told))
    {
        let message = format!(
            "the client understands OData up to version '{}'; our answers are in 4.0 (OData-MaxVersion)",
            shown(told)
        );
        return Err(malformed(&message));
    }
    match text(headers, &header::ACCEPT_CHARSET) {
        Some(charsets) if !charsets.trim().is_empty() && !reads_utf8(charsets) => {
            Err(RequestError::NotAcceptable(format!(
                "our answers are in UTF-8, which 'Accept-Charset: {}' does not name",
                shown(charsets)
            )))
        }
        _ => Ok(()),
    }
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name).map(|value| value.to_str().unwrap_or("?"))
}

/// The number of a version, without the text that older clients write after it.
fn number(told: &str) -> &str {
    told.split(';').next().unwrap_or("").trim()
}

fn is_at_least_ours(version: &str) -> bool {
    let is_number = version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    is_number && version.parse::<f32>().is_ok_and(|version| version >= 4.0)
}

fn reads_utf8(charsets: &str) -> bool {
    let mut known = charsets.split(',').map(|item| {
        let (name, parameters) = item.split_once(';').unwrap_or((item, ""));
        let quality =
            parameters.trim().strip_prefix("q=").and_then(|quality| quality.trim().parse::<f32>().ok());
        (name.trim().to_ascii_lowercase(), quality.unwrap_or(1.0))
    });
    known.any(|(name, quality)| quality > 0.0 && ["utf-8", "utf8", "*"].contains(&name.as_str()))
}

fn malformed(message: &str) -> RequestError {
    RequestError::Malformed(message.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::check;

    #[test]
    fn who_understands_whom() {
        let cases = [
            ("odata-version", "4.0", true),
            ("odata-version", "4.01", true),
            ("odata-version", "4.0;x", true),
            ("odata-version", "3.0", false),
            ("odata-version", "5.0", false),
            ("odata-version", "four", false),
            ("odata-maxversion", "4.0", true),
            ("odata-maxversion", "4.01", true),
            ("odata-maxversion", "5", true),
            ("odata-maxversion", "3.0", false),
            ("odata-maxversion", "3.0;NetFx", false),
            ("odata-maxversion", "inf", false),
            ("odata-maxversion", "", false),
            ("accept-charset", "utf-8", true),
            ("accept-charset", "iso-8859-1, UTF-8;q=0.5", true),
            ("accept-charset", "*;q=0.1", true),
            ("accept-charset", "", true),
            ("accept-charset", "iso-8859-1", false),
            ("accept-charset", "utf-8;q=0", false),
        ];
        for (name, value, understood) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
            assert_eq!(check(&headers).is_ok(), understood, "{name}: {value}");
        }
        assert!(check(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn headers_that_a_request_has_once() {
        for (name, taken) in [
            ("content-type", false),
            ("odata-version", false),
            ("odata-maxversion", false),
            ("idempotency-key", false),
            ("accept", true),
            ("prefer", true),
        ] {
            let mut headers = HeaderMap::new();
            for _ in 0..2 {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static("4.0"));
            }
            assert_eq!(check(&headers).is_ok(), taken, "{name}");
        }
    }
}
