//! The settings of the edge: what the server is called outside, and which proxies it believes about that.

use std::net::IpAddr;

use http::Uri;
use ipnet::IpNet;

use crate::config::Config;
use crate::origin::{Edge, Scheme};
use crate::setup::Mode;
use crate::startup_error::StartupError;

/// The edge of a server.
pub fn edge(config: &Config, mode: Mode) -> Result<Edge, StartupError> {
    let scheme = if mode.plain_http { Scheme::Http } else { Scheme::Https };
    Ok(Edge {
        public_origin: config.public_url.as_deref().map(public_origin).transpose()?,
        hosts: config.hosts.clone(),
        proxies: config.proxies.iter().map(|text| proxy(text)).collect::<Result<_, _>>()?,
        strict_transport: scheme == Scheme::Https && !mode.dev,
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
    use super::{proxy, public_origin};

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
}
