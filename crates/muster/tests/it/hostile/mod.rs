//! Requests that mean harm or make no sense: each gets the right status and Graph's error body, and the server lives on
//!
//! Bytes that no sound client sends go over a socket of their own. How long a slow client may take is configured for
//! nobody, so that belongs to the tests of the crate `server`.

mod bodies;
mod framing;
mod memory;
mod methods;
mod urls;

use serde_json::Value;
use testkit::TestCaller;

const DEVICES: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
const JSON: &str = "Content-Type: application/json\r\n";

/// What came back over a socket.
struct Wire {
    status: u16,
    head: String,
    body: String,
}

/// Sends a head (its first line, its further headers) and a body, as whoever has a token, and reads until the end.
#[track_caller]
fn send(caller: &TestCaller<'_>, line: &str, headers: &str, body: &str) -> Wire {
    let token = caller.token();
    let request =
        format!("{line}\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{headers}\r\n{body}");
    wire(caller, request.as_bytes())
}

/// Sends these bytes, and reads until the server ends the connection.
#[track_caller]
fn wire(caller: &TestCaller<'_>, request: &[u8]) -> Wire {
    let text = caller.server().raw(request);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Wire { status, head: head.to_owned(), body: body.to_owned() }
}

impl Wire {
    /// Checks the status, that nothing followed, and that there is Graph's error body with these words.
    #[track_caller]
    fn refused(&self, name: &str, status: u16, words: &[&str]) {
        assert_eq!(self.status, status, "{name}: {}\n{}", self.head, self.body);
        let body: Value = serde_json::from_str(&self.body)
            .unwrap_or_else(|error| panic!("{name}: {error}: {}\n{}", self.head, self.body));
        let error = &body["error"];
        for member in [&error["code"], &error["message"], &error["innerError"]["request-id"]] {
            assert!(member.as_str().is_some_and(|text| !text.is_empty()), "{name}: {body}");
        }
        let message = error["message"].as_str().unwrap_or_default();
        for word in words {
            assert!(message.contains(word), "{name}: no '{word}' in: {message}");
        }
    }
}

/// The same again, to see that nothing stuck.
#[track_caller]
fn assert_alive(caller: &TestCaller<'_>) {
    caller.get(DEVICES).send().is(200);
}
