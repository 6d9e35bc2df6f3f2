//! What came back, and what a test says about it.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// The answer to a request.
#[derive(Debug)]
pub struct HttpAnswer {
    what: String,
    /// The HTTP status.
    pub status: u16,
    headers: HeaderMap,
    /// The body as it came, packed if it was.
    pub body: Vec<u8>,
}

impl HttpAnswer {
    pub(crate) fn new(what: String, status: u16, headers: HeaderMap, body: Vec<u8>) -> HttpAnswer {
        HttpAnswer { what, status, headers, body }
    }

    /// Adds the lines of the server's log that are about this request.
    pub(crate) fn explained_by(mut self, log: &str) -> HttpAnswer {
        let id = self.header("request-id").unwrap_or("none").to_owned();
        // The line before is what failed; a request's own line comes last.
        let lines: Vec<&str> = log.lines().collect();
        let at = lines.iter().rposition(|line| line.contains(&id)).unwrap_or(lines.len());
        self.what = format!("{}\nthe log: {}", self.what, lines[at.saturating_sub(3)..].join("\n"));
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// All headers, by name.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|header| (header.0.as_str(), header.1.to_str().unwrap_or_default()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let parsed = serde_json::from_slice(&self.body);
        parsed.unwrap_or_else(|error| panic!("{}: the body is no JSON: {error}\n{}", self.what, self.text()))
    }

    /// Checks the status.
    #[track_caller]
    pub fn is(self, status: u16) -> HttpAnswer {
        assert_eq!(self.status, status, "{}\nanswered {}: {}", self.what, self.status, self.text());
        self
    }

    /// Checks the status, that the body is Graph's error body, and that its message has these words.
    #[track_caller]
    pub fn refused(self, status: u16, words: &[&str]) -> HttpAnswer {
        let answer = self.is(status);
        let body = answer.json();
        let error = &body["error"];
        let texts = [
            &error["code"],
            &error["message"],
            &error["innerError"]["date"],
            &error["innerError"]["request-id"],
        ];
        let is_whole = texts.iter().all(|text| text.as_str().is_some_and(|text| !text.is_empty()));
        assert!(
            is_whole && error["innerError"]["client-request-id"].is_string(),
            "{}\nno error body: {body}",
            answer.what
        );
        let message = answer.message();
        for word in words {
            assert!(message.contains(word), "{}\nthe message does not say '{word}': {message}", answer.what);
        }
        answer
    }

    /// The message of an error body.
    #[track_caller]
    pub fn message(&self) -> String {
        self.member_of_error("message")
    }

    /// The code of an error body.
    #[track_caller]
    pub fn code(&self) -> String {
        self.member_of_error("code")
    }

    #[track_caller]
    fn member_of_error(&self, name: &str) -> String {
        let body = self.json();
        let Some(text) = body["error"][name].as_str() else { panic!("{}: no error body: {body}", self.what) };
        text.to_owned()
    }
}
