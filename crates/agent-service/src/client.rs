//! The connection to the server: requests are signed, and the server's nonce is kept for the next.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use request_proof::{
    NONCE_HEADER, PROOF_HEADER, PrivateKey, ProofClaims, body_digest, sign, sign_with_new_key,
};
use reqwest::{Client, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::error::AgentError;

/// The time that the server may take to answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(90);
/// The times that a request is sent, because the nonce was old.
const ATTEMPTS_MAX: usize = 3;
/// The most bytes of an answer: a configuration of 2 MiB, in Base64.
const ANSWER_BYTES_MAX: u64 = 4 << 20;

/// A server, and its nonce. Several agents may share one.
#[derive(Clone)]
pub struct Connection {
    http: Client,
    url: String,
    nonce: Arc<Mutex<String>>,
}

/// Who signs requests.
pub struct Sender<'k> {
    /// The key that is signed with.
    pub key: &'k PrivateKey,
    /// The name that the server gave it; none if it does not know it yet.
    pub key_id: Option<&'k str>,
}

/// The body of an error, as far as an agent understands it.
#[derive(Deserialize, Default)]
struct ErrorBody {
    #[serde(default)]
    error: ErrorMember,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase")]
struct ErrorMember {
    #[serde(default)]
    message: String,
    #[serde(default)]
    inner_error: InnerError,
}

#[derive(Deserialize, Default)]
struct InnerError {
    #[serde(default)]
    code: String,
}

/// What became of one attempt.
enum Attempt<T> {
    Answered(T),
    /// The nonce was old; the answer had another.
    Stale,
}

impl Connection {
    /// A connection to the server at a URL such as `https://muster.example`.
    pub fn new(http: Client, url: &str) -> Connection {
        Connection { http, url: url.trim_end_matches('/').to_owned(), nonce: Arc::default() }
    }

    /// Sends a signed request, and reads the answer. `number` gives each attempt a number of its own.
    pub async fn send<T: DeserializeOwned>(
        &self,
        sender: &Sender<'_>,
        path: &str,
        body: &impl Serialize,
        mut number: impl FnMut() -> Result<u64, AgentError>,
    ) -> Result<T, AgentError> {
        let body = serde_json::to_vec(body).map_err(|error| AgentError::Unreadable(error.to_string()))?;
        for _ in 0..ATTEMPTS_MAX {
            match self.attempt(sender, path, &body, number()?).await? {
                Attempt::Answered(answer) => return Ok(answer),
                Attempt::Stale => {}
            }
        }
        Err(AgentError::Unreachable("it changes its nonce all the time".to_owned()))
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        sender: &Sender<'_>,
        path: &str,
        body: &[u8],
        sequence: u64,
    ) -> Result<Attempt<T>, AgentError> {
        let claims = ProofClaims {
            method: "POST".to_owned(),
            path: path.to_owned(),
            body: body_digest(body),
            nonce: self.nonce.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            sequence,
        };
        let proof = match sender.key_id {
            Some(id) => sign(sender.key, id, &claims),
            None => sign_with_new_key(sender.key, &claims),
        };
        let proof = proof.map_err(|fault| AgentError::Keeping(format!("the key: {fault}")))?;
        let unreachable = |error: reqwest::Error| AgentError::Unreachable(reason(&error));
        let request = self.http.post(format!("{}{path}", self.url)).timeout(ANSWER_TIME_MAX);
        let request = request.header(PROOF_HEADER, proof).header(header::CONTENT_TYPE, "application/json");
        let response = request.body(body.to_vec()).send().await.map_err(unreachable)?;
        if let Some(nonce) = response.headers().get(NONCE_HEADER).and_then(|nonce| nonce.to_str().ok()) {
            nonce.clone_into(&mut self.nonce.lock().unwrap_or_else(PoisonError::into_inner));
        }
        if response.content_length().is_some_and(|length| length > ANSWER_BYTES_MAX) {
            return Err(AgentError::Unreadable("it is too large".to_owned()));
        }
        let status = response.status();
        let text = response.bytes().await.map_err(unreachable)?;
        if status.is_success() {
            let answer = serde_json::from_slice(&text);
            return answer.map(Attempt::Answered).map_err(|error| AgentError::Unreadable(error.to_string()));
        }
        let ErrorBody { error } = serde_json::from_slice(&text).unwrap_or_default();
        match (status, error.inner_error.code.as_str()) {
            (StatusCode::UNAUTHORIZED, "NonceStale" | "ProofReplayed") => Ok(Attempt::Stale),
            (StatusCode::UNAUTHORIZED, "KeyUnknown") => Err(AgentError::Revoked(error.message)),
            _ if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(AgentError::Unreachable(format!("{status}: {}", error.message)))
            }
            _ => Err(AgentError::Refused(format!("{status}: {}", error.message))),
        }
    }
}

/// The innermost reason of an error, which is the one that says something.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
