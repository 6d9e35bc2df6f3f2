//! The calls of Vault's HTTP interface: a JSON object goes to a path, another one comes back, or the reason why not.

use std::time::Duration;

use engine::KeyServiceError;
use reqwest::{Certificate, Client, Method, redirect};
use serde::Deserialize;
use serde_json::Value;

use super::vault_table::VaultTable;

/// The time that a call may take.
const CALL_TIME_MAX: Duration = Duration::from_secs(10);
/// The most bytes of an answer.
const ANSWER_BYTES_MAX: usize = 256 << 10;

/// The client of one Vault.
pub(super) struct VaultRequests {
    client: Client,
    address: String,
    namespace: Option<String>,
}

/// The body of an answer that says no.
#[derive(Deserialize)]
struct VaultRefusal {
    errors: Vec<String>,
}

/// An answer that says no.
#[derive(Debug)]
pub(super) enum VaultError {
    /// The token does not hold, or not for this.
    Forbidden(String),
    /// It does not do what it was asked.
    Refused(String),
    /// It cannot be reached, or cannot answer now.
    Unavailable(String),
}

impl From<VaultError> for KeyServiceError {
    fn from(error: VaultError) -> KeyServiceError {
        match error {
            VaultError::Refused(reason) => KeyServiceError::Refused(reason),
            VaultError::Forbidden(reason) | VaultError::Unavailable(reason) => {
                KeyServiceError::Unavailable(reason)
            }
        }
    }
}

impl VaultRequests {
    /// The client of the Vault of a table.
    pub fn new(table: &VaultTable) -> Result<VaultRequests, String> {
        // A token must not follow to where an answer sends us.
        let mut builder = Client::builder().redirect(redirect::Policy::none()).timeout(CALL_TIME_MAX);
        if let Some(ca) = &table.ca {
            let unusable = |error: &dyn std::fmt::Display| {
                format!("secrets.vault.ca = '{}' cannot be used: {error}", ca.display())
            };
            let text = std::fs::read(ca).map_err(|error| unusable(&error))?;
            let authorities = Certificate::from_pem_bundle(&text).map_err(|error| unusable(&error))?;
            builder = builder.tls_certs_only(authorities);
        }
        let client = builder.build().map_err(|error| format!("cannot make HTTPS requests: {error}"))?;
        let address = table.address.trim_end_matches('/').to_owned();
        Ok(VaultRequests { client, address, namespace: table.namespace.clone() })
    }

    /// Reads what is at a path.
    pub async fn read(&self, path: &str, token: &str) -> Result<Value, VaultError> {
        self.call(Method::GET, path, Some(token), None).await
    }

    /// Sends something to a path.
    pub async fn write(&self, path: &str, token: Option<&str>, body: &Value) -> Result<Value, VaultError> {
        self.call(Method::POST, path, token, Some(body)).await
    }

    async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value, VaultError> {
        let mut request = self.client.request(method, format!("{}/v1/{path}", self.address));
        request = request.header("X-Vault-Request", "true");
        if let Some(namespace) = &self.namespace {
            request = request.header("X-Vault-Namespace", namespace);
        }
        if let Some(token) = token {
            request = request.header("X-Vault-Token", token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let failed = |error: reqwest::Error| VaultError::Unavailable(self.unreachable(error));
        let mut response = request.send().await.map_err(failed)?;
        let status = response.status();
        let mut text = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            text.extend_from_slice(&chunk);
            if text.len() > ANSWER_BYTES_MAX {
                return Err(VaultError::Unavailable(format!("{} answers with too much", self.address)));
            }
        }
        match status.is_success() {
            true if text.is_empty() => Ok(Value::Null),
            true => serde_json::from_slice(&text)
                .map_err(|_| VaultError::Unavailable(format!("{} does not answer in JSON", self.address))),
            false => Err(self.refusal(status.as_u16(), &text)),
        }
    }

    fn refusal(&self, status: u16, text: &[u8]) -> VaultError {
        let errors =
            serde_json::from_slice::<VaultRefusal>(text).map_or_else(|_| Vec::new(), |body| body.errors);
        let errors = errors.join("; ").replace(['\n', '\t'], " ");
        let said = if errors.is_empty() { String::new() } else { format!(": {}", errors.trim()) };
        let reason = format!("{} answers {status}{said}", self.address);
        match status {
            401 | 403 => VaultError::Forbidden(reason),
            400 | 404 => VaultError::Refused(reason),
            300..400 => VaultError::Unavailable(format!(
                "{reason}: give the address of the active node or of a balancer"
            )),
            _ => VaultError::Unavailable(reason),
        }
    }

    fn unreachable(&self, error: reqwest::Error) -> String {
        let error = error.without_url();
        let mut reason = error.to_string();
        let mut source = std::error::Error::source(&error);
        while let Some(cause) = source {
            reason = format!("{reason}: {cause}");
            source = cause.source();
        }
        format!("{} cannot be reached: {reason}", self.address)
    }
}
