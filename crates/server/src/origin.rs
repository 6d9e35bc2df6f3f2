//! The origin as the client addressed us: links in answers begin with it, so that they lead back the same way.
//!
//! Anybody can write what a proxy writes, so only the proxies of the configuration are believed.

use std::net::IpAddr;

use http::header::{FORWARDED, HOST};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

use crate::request_error::RequestError;

const X_FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const X_FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// The longest authority: a name has at most 253 bytes, a port six with its colon.
const AUTHORITY_BYTES_MAX: usize = 260;

/// The scheme by which clients reach the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// Plain HTTP, from this machine only: perhaps through a TLS proxy.
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

/// The address at the other end of a connection: a client's, or a proxy's.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// The edge of the server: what it is called outside, and whom it believes about that.
#[derive(Debug)]
pub struct Edge {
    /// The scheme of its own connections.
    pub scheme: Scheme,
    /// The origin with which links begin, whatever a request says.
    pub public_origin: Option<String>,
    /// The hosts for which requests are taken, in lower case; empty: any.
    pub hosts: Vec<String>,
    /// The proxies that are believed.
    pub proxies: Vec<IpNet>,
    /// Whether browsers are told to come by HTTPS only.
    pub strict_transport: bool,
}

impl Edge {
    /// The edge of a server that is called as its clients like, and believes no proxy.
    pub fn open(scheme: Scheme) -> Edge {
        Edge { scheme, public_origin: None, hosts: Vec::new(), proxies: Vec::new(), strict_transport: false }
    }

    /// Whether an address is one of the proxies'.
    pub fn is_proxy(&self, address: IpAddr) -> bool {
        // A socket for both families shows addresses of IPv4 as ones of IPv6.
        self.proxies.iter().any(|proxy| proxy.contains(&address.to_canonical()))
    }
}

/// The origin of a request, such as `https://127.0.0.1:8443`.
pub fn of(head: &Parts, edge: &Edge) -> Result<String, RequestError> {
    let outside = match head.extensions.get().is_some_and(|Peer(address)| edge.is_proxy(*address)) {
        true => Outside::of(&head.headers)?,
        false => Outside::default(),
    };
    let authority = match (outside.host, head.uri.authority()) {
        (Some(text), _) => checked(&text)?,
        (None, Some(authority)) => checked(authority.as_str())?,
        (None, None) => checked(host(head)?)?,
    };
    if !edge.hosts.is_empty() && !edge.hosts.iter().any(|known| known.eq_ignore_ascii_case(authority.host()))
    {
        return Err(RequestError::Misdirected);
    }
    match &edge.public_origin {
        Some(origin) => Ok(origin.clone()),
        None => Ok([outside.scheme.unwrap_or(edge.scheme).as_str(), "://", authority.as_str()].concat()),
    }
}

/// How a proxy says that it was addressed.
#[derive(Default)]
struct Outside {
    host: Option<String>,
    scheme: Option<Scheme>,
}

impl Outside {
    /// What the nearest proxy says, which is what stands last: clients can write into the same headers before it.
    fn of(headers: &HeaderMap) -> Result<Outside, RequestError> {
        let (mut host, mut proto) = (last(headers, &X_FORWARDED_HOST)?, last(headers, &X_FORWARDED_PROTO)?);
        for (name, value) in last(headers, &FORWARDED)?.iter().flat_map(|element| parameters(element)) {
            let known = match name.to_ascii_lowercase().as_str() {
                "host" => &mut host,
                "proto" => &mut proto,
                _ => continue,
            };
            // A proxy that writes one form lets the client's own words in the other form through.
            if known.as_ref().is_some_and(|known| !known.eq_ignore_ascii_case(&value)) {
                return Err(RequestError::Malformed(
                    "the headers Forwarded and X-Forwarded-… contradict each other".to_owned(),
                ));
            }
            *known = Some(value);
        }
        let scheme = match proto.as_deref() {
            None => None,
            Some(text) if text.eq_ignore_ascii_case("https") => Some(Scheme::Https),
            Some(text) if text.eq_ignore_ascii_case("http") => Some(Scheme::Http),
            Some(_) => {
                return Err(RequestError::Malformed(
                    "the forwarded protocol is neither http nor https".to_owned(),
                ));
            }
        };
        Ok(Outside { host, scheme })
    }
}

/// The last element of a list header.
fn last(headers: &HeaderMap, name: &HeaderName) -> Result<Option<String>, RequestError> {
    let Some(value) = headers.get_all(name).iter().next_back() else { return Ok(None) };
    let text = value
        .to_str()
        .map_err(|_| RequestError::Malformed(format!("the header {name} has characters outside ASCII")))?;
    Ok(split(text, ',').last().map(|element| element.trim().to_owned()))
}

/// The parameters of an element of `Forwarded` (RFC 7239, 4).
fn parameters(element: &str) -> Vec<(&str, String)> {
    let pairs = split(element, ';').into_iter().filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.trim(), value.trim().trim_matches('"').to_owned())).collect()
}

/// The parts of a text between separators that do not stand in quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    text.split(|c| {
        is_quoted ^= c == '"';
        c == separator && !is_quoted
    })
    .collect()
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
    let host = authority.host();
    let port = text.get(host.len()..).unwrap_or(":");
    if host.is_empty() || !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
        return Err(malformed());
    }
    Ok(authority)
}

/// Whether a text is the number of a port, in digits alone.
fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok_and(|port| port > 0)
}

fn malformed() -> RequestError {
    RequestError::Malformed("the Host is not a host name with perhaps a port".to_owned())
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::{Edge, Peer, Scheme, of};

    type Headers<'a> = &'a [(&'a str, &'a str)];

    /// The origin of a request; a refusal is told by its name.
    fn origin(edge: &Edge, peer: &str, uri: &str, headers: Headers<'_>) -> String {
        let mut request = Request::get(uri).extension(Peer(peer.parse().unwrap()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (head, ()) = request.body(()).unwrap().into_parts();
        of(&head, edge).unwrap_or_else(|error| error.graph_code().to_owned())
    }

    #[test]
    fn a_client_is_answered_as_it_addressed_us() {
        let cases: [(&str, Headers<'_>, &str); 16] = [
            ("/beta", &[("host", "127.0.0.1:8443")], "https://127.0.0.1:8443"),
            ("/beta", &[("host", "[::1]:8443")], "https://[::1]:8443"),
            ("https://a.example/beta", &[], "https://a.example"),
            (
                "/beta",
                &[("host", "a"), ("x-forwarded-host", "b"), ("x-forwarded-proto", "http")],
                "https://a",
            ),
            ("/beta", &[("host", "a"), ("forwarded", "host=b;proto=http")], "https://a"),
            ("/beta", &[], "BadRequest"),
            ("/beta", &[("host", "a"), ("host", "b")], "BadRequest"),
            ("/beta", &[("host", "user@a")], "BadRequest"),
            ("/beta", &[("host", "a:65535")], "https://a:65535"),
            ("/beta", &[("host", "a:65536")], "BadRequest"),
            ("/beta", &[("host", "a:0")], "BadRequest"),
            ("/beta", &[("host", "a:")], "BadRequest"),
            ("/beta", &[("host", "a:+80")], "BadRequest"),
            ("/beta", &[("host", "a:80x")], "BadRequest"),
            ("/beta", &[("host", "[::1]:")], "BadRequest"),
            ("https://a.example:99999/beta", &[], "BadRequest"),
        ];
        for (uri, headers, expected) in cases {
            assert_eq!(
                origin(&Edge::open(Scheme::Https), "127.0.0.1", uri, headers),
                expected,
                "{headers:?}"
            );
        }
    }

    #[test]
    fn only_a_proxy_of_the_configuration_is_believed() {
        let proxies =
            ["127.0.0.1/32", "10.1.0.0/16", "fd00::/8"].map(|proxy| proxy.parse().unwrap()).to_vec();
        let edge = Edge { proxies, ..Edge::open(Scheme::Http) };
        let forwarded: Headers<'_> = &[("x-forwarded-host", "b.example"), ("x-forwarded-proto", "HTTPS")];
        for (peer, is_believed) in [
            ("127.0.0.1", true),
            ("::ffff:127.0.0.1", true),
            ("127.0.0.2", false),
            ("10.1.255.1", true),
            ("10.2.0.1", false),
            ("fd12::1", true),
            ("::1", false),
        ] {
            let expected = if is_believed { "https://b.example" } else { "http://a" };
            let headers = [&[("host", "a")], forwarded].concat();
            assert_eq!(origin(&edge, peer, "/", &headers), expected, "{peer}");
        }
        let cases: [(Headers<'_>, &str); 10] = [
            (&[("x-forwarded-proto", "https")], "https://a"),
            (&[("x-forwarded-host", "evil.example, b.example:8443")], "http://b.example:8443"),
            (&[("x-forwarded-host", "evil.example"), ("x-forwarded-host", "b")], "http://b"),
            (&[("forwarded", "for=192.0.2.1;proto=https;host=b.example")], "https://b.example"),
            (
                &[("forwarded", "host=evil, for=\"[2001:db8::1]\"; Host=\"[::1]:7\" ;PROTO=https")],
                "https://[::1]:7",
            ),
            (&[("forwarded", "host=b"), ("x-forwarded-host", "b")], "http://b"),
            (&[("forwarded", "host=evil"), ("x-forwarded-host", "b")], "BadRequest"),
            (&[("forwarded", "proto=http"), ("x-forwarded-proto", "https")], "BadRequest"),
            (&[("x-forwarded-proto", "ftp")], "BadRequest"),
            (&[("x-forwarded-host", "user@b")], "BadRequest"),
        ];
        for (headers, expected) in cases {
            let headers = [&[("host", "a")], headers].concat();
            assert_eq!(origin(&edge, "127.0.0.1", "/", &headers), expected, "{headers:?}");
        }
    }

    #[test]
    fn links_begin_with_the_public_url_and_strange_hosts_are_refused() {
        let edge = Edge {
            public_origin: Some("https://graph.example".to_owned()),
            hosts: vec!["graph.example".to_owned(), "[::1]".to_owned()],
            ..Edge::open(Scheme::Https)
        };
        for (host, expected) in [
            ("graph.example", "https://graph.example"),
            ("GRAPH.example:8443", "https://graph.example"),
            ("[::1]:8443", "https://graph.example"),
            ("evil.example", "MisdirectedRequest"),
            ("graph.example.evil", "MisdirectedRequest"),
        ] {
            assert_eq!(origin(&edge, "127.0.0.1", "/", &[("host", host)]), expected, "{host}");
        }
    }
}
