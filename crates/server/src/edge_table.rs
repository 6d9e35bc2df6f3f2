//! The settings of the edge: what the server is called outside, and which proxies it believes about that.

use std::net::IpAddr;

use http::Uri;
use http::uri::Authority;
use ipnet::IpNet;

use crate::config::Config;
use crate::origin::{Edge, Scheme};
use crate::startup_error::StartupError;

/// The edge of a server.
pub fn edge(config: &Config, scheme: Scheme, is_dev: bool) -> Result<Edge, StartupError> {
    Ok(Edge {
        public_origin: config.public_url.as_deref().map(public_origin).transpose()?,
        hosts: config.hosts.iter().map(|text| host(text)).collect::<Result<_, _>>()?,
        proxies: config.proxies.iter().map(|text| proxy(text)).collect::<Result<_, _>>()?,
        strict_transport: scheme == Scheme::Https && !is_dev,
        ..Edge::open(scheme)
    })
}

fn public_origin(text: &str) -> Result<String, StartupError> {
    let origin = || {
        let uri: Uri = text.parse().ok()?;
        let is_whole = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let scheme = uri.scheme_str().filter(|scheme| is_whole && ["http", "https"].contains(scheme))?;
        Some(format!("{scheme}://{}", uri.authority().filter(|authority| !authority.as_str().contains('@'))?))
    };
    origin().ok_or_else(|| {
        StartupError::Misused(format!(
            "public_url = '{text}' is not a URL of scheme and host alone, such as https://graph.contoso.example"
        ))
    })
}

/// A name or an address as a `Host` has it, without a port.
fn host(text: &str) -> Result<String, StartupError> {
    let authority: Option<Authority> = text.parse().ok();
    match authority.filter(|authority| authority.host() == text) {
        Some(_) => Ok(text.to_owned()),
        None => Err(StartupError::Misused(format!(
            "hosts has '{text}', which is not a host without a port, such as graph.contoso.example or [::1]"
        ))),
    }
}

/// A network, or a single address.
fn proxy(text: &str) -> Result<IpNet, StartupError> {
    let network = text.parse().ok();
    network.or_else(|| text.parse().ok().map(|address: IpAddr| address.into())).ok_or_else(|| {
        StartupError::Misused(format!(
            "proxies has '{text}', which is neither an address nor a network such as 10.1.0.0/16"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::{edge, host, proxy, public_origin};
    use crate::config::Config;
    use crate::origin::Scheme;

    #[test]
    fn what_the_settings_take() {
        for (text, expected) in [
            ("https://graph.example", Some("https://graph.example")),
            ("https://graph.example:8443/", Some("https://graph.example:8443")),
            ("http://127.0.0.1", Some("http://127.0.0.1")),
            ("https://graph.example/muster", None),
            ("https://graph.example/?a", None),
            ("https://user@graph.example", None),
            ("ftp://graph.example", None),
            ("graph.example", None),
            ("", None),
        ] {
            assert_eq!(public_origin(text).ok().as_deref(), expected, "{text}");
        }
        for (text, is_host) in [
            ("graph.example", true),
            ("127.0.0.1", true),
            ("[::1]", true),
            ("::1", false),
            ("graph.example:8443", false),
            ("https://graph.example", false),
            ("", false),
        ] {
            assert_eq!(host(text).is_ok(), is_host, "{text}");
        }
        for (text, expected) in [
            ("127.0.0.1", Some("127.0.0.1/32")),
            ("10.1.0.0/16", Some("10.1.0.0/16")),
            ("fd00::/8", Some("fd00::/8")),
            ("localhost", None),
            ("10.1.0.0/33", None),
        ] {
            assert_eq!(proxy(text).ok().map(|network| network.to_string()).as_deref(), expected, "{text}");
        }
    }
    #[test]
    fn browsers_are_bound_to_https_where_it_is_spoken_for_good() {
        let cases =
            [(Scheme::Https, false, true), (Scheme::Https, true, false), (Scheme::Http, false, false)];
        for (scheme, is_dev, is_strict) in cases {
            let edge = edge(&Config::default(), scheme, is_dev).unwrap();
            assert_eq!(edge.strict_transport, is_strict, "{scheme:?}, dev {is_dev}");
        }
    }
}
