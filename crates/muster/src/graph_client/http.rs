//! HTTP clients: whom they trust, and how long they wait.

use std::net::IpAddr;
use std::path::Path;
use std::time::{Duration, SystemTime};

use reqwest::{Certificate, Client, Response, header};
use server::StartupError;

/// The time a server may take to answer, and to take a connection.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(120);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// Whom a client trusts.
#[derive(Clone, Copy)]
pub enum Trust<'p> {
    /// Whom the system trusts.
    System,
    /// The authorities of a file, and nobody else.
    Only(&'p Path),
    /// The authorities of a file, and whom the system trusts.
    Also(&'p Path),
}

/// The URL of a server as somebody wrote it.
pub fn server_url(text: &str) -> Result<reqwest::Url, StartupError> {
    let parsed = reqwest::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    parsed
        .ok_or_else(|| StartupError::Misused(format!("'{text}' is not a URL such as https://127.0.0.1:8443")))
}

/// Whether a server is on this machine.
pub fn is_local(url: &reqwest::Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    })
}

/// An HTTP client for a server, which trusts the authorities of a file, or the system's.
pub fn http_client(url: &reqwest::Url, authority: Option<&Path>) -> Result<Client, StartupError> {
    trusting_client(url, authority.map_or(Trust::System, Trust::Only))
}

/// An HTTP client for a server.
pub fn trusting_client(url: &reqwest::Url, trust: Trust<'_>) -> Result<Client, StartupError> {
    let mut builder = Client::builder()
        .connect_timeout(CONNECT_TIME_MAX)
        .timeout(ANSWER_TIME_MAX)
        .redirect(reqwest::redirect::Policy::none());
    if is_local(url) {
        builder = builder.no_proxy();
    }
    builder = match trust {
        Trust::Only(file) => builder.tls_certs_only(certificates(file)?),
        Trust::Also(file) => builder.tls_certs_merge(certificates(file)?),
        // There is nothing to trust, and no need to look for it.
        Trust::System if url.scheme() == "http" => builder.tls_certs_only([]),
        Trust::System => builder,
    };
    builder.build().map_err(|error| StartupError::Failed(format!("cannot make HTTPS requests: {error}")))
}

fn certificates(file: &Path) -> Result<Vec<Certificate>, StartupError> {
    let unusable = |error: &dyn std::fmt::Display| {
        StartupError::Misused(format!("cannot use {}: {error}", file.display()))
    };
    let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
    Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))
}

/// The time that a server asks to wait.
pub fn retry_after(response: &Response) -> Option<Duration> {
    wait(response.headers().get(header::RETRY_AFTER)?.to_str().ok()?, SystemTime::now())
}

/// The wait that `Retry-After` names: seconds, or the date up to which to wait (RFC 9110, 10.2.3). One that has passed is none.
fn wait(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => {
            let until = httpdate::parse_http_date(text).ok()?;
            Some(until.duration_since(now).unwrap_or(Duration::ZERO))
        }
    }
}

/// The innermost reason of an error, which is the one that says something.
pub fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::wait;

    #[test]
    fn a_wait_is_told_in_seconds_or_by_a_date() {
        // Sun, 06 Nov 1994 08:49:37 GMT, the example of the specification.
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (text, seconds) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:51:07 GMT", Some(90)),
            ("Sunday, 06-Nov-94 08:51:07 GMT", Some(90)),
            ("Sun Nov  6 08:51:07 1994", Some(90)),
            ("Sun, 06 Nov 1994 08:40:00 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("", None),
        ] {
            assert_eq!(wait(text, now), seconds.map(Duration::from_secs), "{text}");
        }
    }
}
