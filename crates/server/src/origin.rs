//! The origin as the client addressed us: links in answers begin with it, so that they lead back the same way.

use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;

use crate::request_error::RequestError;

/// The longest authority: a name has at most 253 bytes, a port six with its colon.
const AUTHORITY_BYTES_MAX: usize = 260;

/// The scheme by which clients reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP, from this machine only: perhaps through a TLS proxy, whose word on the outside is believed.
    Http,
    /// HTTPS, ended by this server.
    Https,
}

impl Scheme {
    /// The name of the scheme in a URL.
    pub fn as_str(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }
}

/// The origin of a request, such as `https://127.0.0.1:8443`.
pub fn of(head: &Parts, scheme: Scheme) -> Result<String, RequestError> {
    let forwarded = |name: &str| match scheme {
        Scheme::Http => head.headers.get(name).and_then(|value| value.to_str().ok()),
        Scheme::Https => None,
    };
    let outside_scheme = match forwarded("x-forwarded-proto") {
        Some(text) if text.eq_ignore_ascii_case("https") => "https",
        _ => scheme.as_str(),
    };
    let authority = match (forwarded("x-forwarded-host"), head.uri.authority()) {
        (Some(text), _) => checked(text)?,
        (None, Some(authority)) => checked(authority.as_str())?,
        (None, None) => checked(host(head)?)?,
    };
    Ok(format!("{outside_scheme}://{authority}"))
}

/// The one Host header that HTTP/1.1 demands (RFC 9112, 3.2).
fn host(head: &Parts) -> Result<&str, RequestError> {
    let mut values = head.headers.get_all(HOST).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().map_err(|_| malformed()),
        (None, _) => Err(RequestError::Malformed("the request has no Host header".to_owned())),
        (Some(_), Some(_)) => Err(RequestError::Malformed("the request has two Host headers".to_owned())),
    }
}

/// Checks an authority, as it goes into answers: a host and perhaps a port, no user.
fn checked(text: &str) -> Result<Authority, RequestError> {
    if text.len() > AUTHORITY_BYTES_MAX || text.contains('@') {
        return Err(malformed());
    }
    let authority: Authority = text.parse().map_err(|_| malformed())?;
    if authority.host().is_empty() {
        return Err(malformed());
    }
    Ok(authority)
}

fn malformed() -> RequestError {
    RequestError::Malformed("the Host is not a host name with perhaps a port".to_owned())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{Scheme, of};

    #[test]
    fn origins() {
        type Headers = &'static [(&'static str, &'static str)];
        let cases: [(&str, Headers, Scheme, Option<&str>); 9] = [
            ("/beta", &[("host", "127.0.0.1:8443")], Scheme::Https, Some("https://127.0.0.1:8443")),
            ("/beta", &[("host", "[::1]:8443")], Scheme::Https, Some("https://[::1]:8443")),
            ("https://a.example/beta", &[], Scheme::Https, Some("https://a.example")),
            (
                "/beta",
                &[("host", "a:80"), ("x-forwarded-proto", "https")],
                Scheme::Http,
                Some("https://a:80"),
            ),
            (
                "/beta",
                &[("host", "a"), ("x-forwarded-host", "b.example")],
                Scheme::Http,
                Some("http://b.example"),
            ),
            ("/beta", &[("host", "a"), ("x-forwarded-host", "b")], Scheme::Https, Some("https://a")),
            ("/beta", &[], Scheme::Https, None),
            ("/beta", &[("host", "a"), ("host", "b")], Scheme::Https, None),
            ("/beta", &[("host", "user@a")], Scheme::Https, None),
        ];
        for (uri, headers, scheme, expected) in cases {
            let mut request = Request::get(uri);
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (head, ()) = request.body(()).unwrap().into_parts();
            assert_eq!(of(&head, scheme).ok().as_deref(), expected, "{uri} {headers:?}");
        }
    }
}
