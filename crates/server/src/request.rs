//! HTTP in: the call that a request makes.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use engine::{Call, Caller, Circumstances, Verb, WorkLine};
use http::request::Parts;
use http::{Extensions, HeaderMap, HeaderName, Method, Uri, header};

use crate::names::RequestNames;
use crate::origin::Peer;
use crate::request_error::RequestError;

/// The first segments of the paths that the domain answers: the two versions of Graph, and our own.
const ROOTS: [&str; 3] = ["beta", "v1.0", "_"];

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const CONSISTENCY_LEVEL: HeaderName = HeaderName::from_static("consistencylevel");
/// The headers in which a caller says why it looks at secrets.
const REASON: HeaderName = HeaderName::from_static("muster-reason");
const TICKET: HeaderName = HeaderName::from_static("muster-ticket");
/// The bytes of each at most: they are kept for good.
const REASON_BYTES_MAX: usize = 1_024;
const PREFER: HeaderName = HeaderName::from_static("prefer");

/// The verb of a method. HEAD is a GET whose body is left out of the answer.
pub fn verb(method: &Method) -> Result<Verb, RequestError> {
    match *method {
        Method::GET | Method::HEAD => Ok(Verb::Get),
        Method::POST => Ok(Verb::Post),
        Method::PATCH => Ok(Verb::Patch),
        Method::PUT => Ok(Verb::Put),
        Method::DELETE => Ok(Verb::Delete),
        _ => Err(RequestError::NoSuchMethod { method: method.clone(), allow: None }),
    }
}

/// Refuses all verbs but POST, with which a batch is sent.
pub fn only_post(verb: Verb) -> Result<(), RequestError> {
    match verb {
        Verb::Post => Ok(()),
        other => Err(engine::Error::method_not_allowed(other, vec![Verb::Post]).into()),
    }
}

/// Whether a path begins as those do that the domain answers.
pub fn is_below_root(path: &str) -> bool {
    let root = path.split('/').nth(1).unwrap_or("");
    ROOTS.iter().any(|known| root.eq_ignore_ascii_case(known))
}

/// The path of a request. Several slashes after its first segment are one: some tools append a path that begins with a
/// slash to a base URL that ends in one.
pub fn path(uri: &Uri) -> Cow<'_, str> {
    let path = uri.path();
    let Some((root, rest)) = path.strip_prefix('/').and_then(|path| path.split_once('/')) else {
        return Cow::Borrowed(path);
    };
    match rest.strip_prefix('/') {
        None => Cow::Borrowed(path),
        Some(rest) => Cow::Owned(format!("/{root}/{}", rest.trim_start_matches('/'))),
    }
}

/// The call that a request makes.
pub fn call(
    head: &Parts,
    path: Cow<'_, str>,
    verb: Verb,
    origin: String,
    body: Bytes,
    (caller, circumstances): (Arc<Caller>, Circumstances),
    names: &RequestNames,
) -> Result<Call, RequestError> {
    Ok(Call {
        verb,
        path: path.into_owned(),
        query: head.uri.query().unwrap_or("").to_owned(),
        origin,
        body,
        accept: list(&head.headers, &header::ACCEPT)?,
        if_match: list(&head.headers, &header::IF_MATCH)?,
        if_none_match: list(&head.headers, &header::IF_NONE_MATCH)?,
        idempotency_key: list(&head.headers, &IDEMPOTENCY_KEY)?,
        consistency_level: list(&head.headers, &CONSISTENCY_LEVEL)?,
        prefer: list(&head.headers, &PREFER)?,
        request_id: names.ours(),
        caller,
        circumstances,
        line: WorkLine::default(),
    })
}

/// The circumstances of a request, as far as they differ from those of the request that it is part of.
pub fn circumstances(
    headers: &HeaderMap,
    extensions: &Extensions,
    of_whole: &Circumstances,
) -> Result<Circumstances, RequestError> {
    let told = |name: &HeaderName, of_whole: &Option<String>| match list(headers, name)? {
        Some(text) if text.len() > REASON_BYTES_MAX => {
            Err(RequestError::Malformed(format!("the header {name} has more than {REASON_BYTES_MAX} bytes")))
        }
        Some(text) => Ok(Some(text)),
        None => Ok(of_whole.clone()),
    };
    let address = extensions.get::<Peer>().map(|Peer(address)| address.to_canonical());
    Ok(Circumstances {
        address: address.or(of_whole.address),
        reason: told(&REASON, &of_whole.reason)?,
        ticket: told(&TICKET, &of_whole.ticket)?,
    })
}

/// A header's value; a list that was sent in several lines is one list (RFC 9110, 5.3).
fn list(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, RequestError> {
    let mut joined: Option<String> = None;
    for value in headers.get_all(name) {
        let text = value.to_str().map_err(|_| {
            RequestError::Malformed(format!("the header {name} has characters outside ASCII"))
        })?;
        match &mut joined {
            None => joined = Some(text.to_owned()),
            Some(list) => {
                list.push_str(", ");
                list.push_str(text);
            }
        }
    }
    Ok(joined)
}

#[cfg(test)]
mod tests {
    use super::{is_below_root, path};

    #[test]
    fn roots() {
        let cases = [
            ("/beta/books", true),
            ("/BETA/books", true),
            ("/v1.0", true),
            ("/_/clock", true),
            ("/", false),
            ("//beta", false),
            ("/betamax", false),
            ("/favicon.ico", false),
        ];
        for (path, known) in cases {
            assert_eq!(is_below_root(path), known, "{path}");
        }
    }

    #[test]
    fn slashes_after_the_version_are_one() {
        for (sent, read) in [
            ("/beta//books", "/beta/books"),
            ("/v1.0//books/7", "/v1.0/books/7"),
            ("/beta///books", "/beta/books"),
            ("/beta//", "/beta/"),
            ("/beta//$batch", "/beta/$batch"),
            ("/beta/books", "/beta/books"),
            ("/beta/books//7", "/beta/books//7"),
            ("/beta", "/beta"),
            ("/beta/", "/beta/"),
            ("/", "/"),
        ] {
            assert_eq!(path(&sent.parse().unwrap()), read, "{sent}");
        }
    }
}
