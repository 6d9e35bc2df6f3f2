//! The bounds of a request and of a connection, each chosen and written down.

use std::time::Duration;

use http::Request;

use crate::request_error::RequestError;

/// The bounds of requests and connections. Those that the configuration does not offer have their values here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest body, as sent and unpacked. A page of imports or a batch stays far below.
    pub body_bytes: usize,
    /// The bytes of all bodies and answers that are in memory at once.
    pub bytes_at_once: usize,
    /// The longest path and query. A `$filter` of a hundred serial numbers takes 4 KiB.
    pub url_bytes: usize,
    /// The most bytes of all header names and values together. A token with many groups takes 16 KiB.
    pub header_bytes: usize,
    /// The most headers. The HTTP library takes a hundred.
    pub header_count: usize,
    /// The time a connection may take for the headers of a request, and so also the time it may be idle.
    pub header_time: Duration,
    /// The time a client may take to send a body.
    pub body_time: Duration,
    /// The time in which a client must take something of an answer that is being written.
    pub answer_time: Duration,
    /// The time a client may take to agree on TLS.
    pub handshake_time: Duration,
    /// The time the domain may take for an answer.
    pub call_time: Duration,
    /// The most connections at once; more wait in the system's queue. The default stays under the usual 1,024 open
    /// files.
    pub connections: usize,
    /// The most connections at once from one address, unless it is a proxy's.
    pub connections_per_address: usize,
    /// The most requests at once on one HTTP/2 connection.
    pub streams: u32,
    /// The time that requests under way may take to finish when the server is told to stop.
    pub drain_time: Duration,
    /// The time for which the server goes on when it is told to stop, so that whoever sends it clients can turn to another.
    pub stop_delay: Duration,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            body_bytes: 4 << 20,
            bytes_at_once: 64 << 20,
            url_bytes: 16 << 10,
            header_bytes: 32 << 10,
            header_count: 64,
            header_time: Duration::from_secs(30),
            body_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(30),
            handshake_time: Duration::from_secs(10),
            call_time: Duration::from_secs(60),
            connections: 768,
            connections_per_address: 256,
            streams: 100,
            drain_time: Duration::from_secs(10),
            stop_delay: Duration::ZERO,
        }
    }
}

/// What the HTTP library itself takes of a request's head, in bytes. It is more than our own bounds allow, so that
/// a head that is only somewhat too large is refused by us, with a body that says why.
pub const HEAD_BYTES_MAX: usize = 96 << 10;

/// Refuses a request whose head is larger than the bounds.
pub fn check_head<B>(head: &Request<B>, limits: &Limits) -> Result<(), RequestError> {
    let url_bytes = head.uri().path_and_query().map_or(0, |text| text.as_str().len());
    if url_bytes > limits.url_bytes {
        return Err(RequestError::UrlTooLong(limits.url_bytes));
    }
    if head.headers().len() > limits.header_count {
        return Err(RequestError::HeadersTooLarge(format!("more than {} headers", limits.header_count)));
    }
    let bytes: usize = head.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    if bytes > limits.header_bytes {
        return Err(RequestError::HeadersTooLarge(format!(
            "the headers hold more than {} bytes",
            limits.header_bytes
        )));
    }
    Ok(())
}
