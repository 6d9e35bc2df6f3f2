//! The two names of a request, ours and the client's, which go into every response, every error and the log; and its place in
//! a trace, which the log has, too.

use std::sync::Arc;

use http::{HeaderMap, HeaderValue};
use uuid::Uuid;

use crate::traces::RequestTrace;

/// The header with our name for the request.
pub const REQUEST_ID: http::HeaderName = http::HeaderName::from_static("request-id");
/// The header with the client's name for the request.
pub const CLIENT_REQUEST_ID: http::HeaderName = http::HeaderName::from_static("client-request-id");

/// The longest name that a client may give a request.
const CLIENT_REQUEST_ID_BYTES_MAX: usize = 256;

/// The names of one request.
#[derive(Clone, Debug)]
pub struct RequestNames {
    ours: Uuid,
    ours_text: String,
    client: Option<String>,
    trace: Option<Arc<RequestTrace>>,
}

impl RequestNames {
    /// Names a request that came with these headers. A client's name that is too long or has anything but visible
    /// characters in it counts as none: it goes into logs and headers as it is.
    pub fn of(headers: &HeaderMap) -> RequestNames {
        let ours = Uuid::new_v4();
        RequestNames { ours, ours_text: ours.to_string(), client: client(headers), trace: None }
    }

    /// The names of a request that is part of this one: ours is the same, because they are done as one.
    pub fn of_part(&self, headers: &HeaderMap) -> RequestNames {
        let own = client(headers);
        RequestNames { client: own.or_else(|| self.client.clone()), ..self.clone() }
    }

    /// The names of a request that is part of a trace, if it is.
    pub fn traced(self, trace: Option<Arc<RequestTrace>>) -> RequestNames {
        RequestNames { trace, ..self }
    }

    /// Its place in a trace, if it is part of one.
    pub fn trace(&self) -> Option<&Arc<RequestTrace>> {
        self.trace.as_ref()
    }

    /// Whether the stages of the request are recorded in a trace.
    pub fn is_recorded(&self) -> bool {
        self.trace.as_ref().is_some_and(|trace| trace.is_recorded())
    }

    /// The server's name for the request.
    pub fn ours(&self) -> Uuid {
        self.ours
    }

    /// The server's name for the request, as text.
    pub fn ours_text(&self) -> &str {
        &self.ours_text
    }

    /// The client's name for the request; the server's if it gave none.
    pub fn client_text(&self) -> &str {
        self.client.as_deref().unwrap_or(&self.ours_text)
    }

    /// Puts both names into a response.
    pub fn write(&self, headers: &mut HeaderMap) {
        let Ok(ours) = HeaderValue::from_str(self.ours_text()) else { return };
        let client = self.client.as_deref().and_then(|text| HeaderValue::from_str(text).ok());
        headers.insert(CLIENT_REQUEST_ID, client.unwrap_or_else(|| ours.clone()));
        headers.insert(REQUEST_ID, ours);
    }
}

/// The name that a client gave, if it may go into logs and headers.
fn client(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(CLIENT_REQUEST_ID)?.to_str().ok()?;
    let is_sane = (1..=CLIENT_REQUEST_ID_BYTES_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_graphic());
    is_sane.then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderValue};

    use super::{CLIENT_REQUEST_ID, RequestNames};

    #[test]
    fn a_clients_name_is_kept_if_it_is_sane() {
        let long = "a".repeat(257);
        let cases = [
            ("42", Some("42")),
            ("3b8a4c1e-0000-4000-8000-000000000001", Some("3b8a4c1e-0000-4000-8000-000000000001")),
            ("two words", None),
            ("", None),
            (long.as_str(), None),
        ];
        for (sent, kept) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(CLIENT_REQUEST_ID, HeaderValue::from_str(sent).unwrap());
            let names = RequestNames::of(&headers);
            assert_eq!(names.client_text(), kept.unwrap_or(names.ours_text()), "{sent}");
        }
    }
}
