//! A request in the making.

use std::fmt::Write;

use reqwest::Method;
use serde_json::Value;

use crate::answer::HttpAnswer;
use crate::server::TestServer;

/// A request in the making. Nothing is sent before `send`.
#[must_use]
pub struct HttpRequest<'s> {
    server: &'s TestServer,
    /// The header `Authorization`, if there is to be one.
    authorization: Option<String>,
    method: Method,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

impl<'s> HttpRequest<'s> {
    pub(crate) fn new(
        server: &'s TestServer,
        authorization: Option<String>,
        method: Method,
        url: String,
    ) -> HttpRequest<'s> {
        HttpRequest { server, authorization, method, url, headers: Vec::new(), body: None }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> HttpRequest<'s> {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Adds a query option, its value percent-encoded.
    pub fn query(mut self, name: &str, value: &str) -> HttpRequest<'s> {
        let separator = if self.url.contains('?') { '&' } else { '?' };
        let _ = write!(self.url, "{separator}{name}={}", encoded(value));
        self
    }

    /// Adds a JSON body.
    pub fn json(self, body: &Value) -> HttpRequest<'s> {
        self.text(&body.to_string())
    }

    /// Adds a body of this text, which is told to be JSON.
    pub fn text(self, body: &str) -> HttpRequest<'s> {
        self.bytes("application/json", body.as_bytes())
    }

    /// Adds a body of these bytes, which are told to be of this media type.
    pub fn bytes(mut self, content_type: &str, body: &[u8]) -> HttpRequest<'s> {
        self.body = Some(body.to_vec());
        self.header("Content-Type", content_type)
    }

    /// Sends it.
    ///
    /// # Panics
    /// If there is no answer.
    #[track_caller]
    pub fn send(self) -> HttpAnswer {
        let what = self.what();
        self.attempt().unwrap_or_else(|error| panic!("{what}: no answer: {error:?}"))
    }

    /// Sends it to a server that may be gone.
    pub fn attempt(self) -> Result<HttpAnswer, reqwest::Error> {
        let what = self.what();
        let mut request = self.server.http().request(self.method, self.url);
        if let Some(authorization) = self.authorization {
            request = request.header("Authorization", authorization);
        }
        for (name, value) in self.headers {
            request = request.header(name, value);
        }
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let response = request.send()?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let answer = HttpAnswer::new(what, status, headers, response.bytes()?.to_vec());
        Ok(match status {
            500 => answer.explained_by(&self.server.log()),
            _ => answer,
        })
    }

    fn what(&self) -> String {
        let body = self.body.as_deref().map(String::from_utf8_lossy).unwrap_or_default();
        let start: String = body.chars().take(2_000).collect();
        format!("{} {} {start}", self.method, self.url)
    }
}

/// Percent-encoded as a query option's value: everything but unreserved characters.
pub fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => out.push(byte.into()),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
