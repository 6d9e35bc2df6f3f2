//! The issuer that the endpoints speak for: its tenants and its key.

use uuid::Uuid;

use crate::dev::{DevIssuer, TENANT_DEFAULT};
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::issue::SigningKey;

/// Names that stand for whatever tenant the user turns out to be of.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];

/// A tenant by id or by name. A name always means the same tenant.
pub(super) fn tenant(text: &str) -> Uuid {
    if ANY_TENANT.iter().any(|any| text.eq_ignore_ascii_case(any)) {
        return TENANT_DEFAULT;
    }
    Uuid::try_parse(text)
        .unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_DNS, text.to_lowercase().as_bytes()))
}

/// The issuer of a server in dev mode.
pub(super) fn dev_issuer<G>(server: &Server<G>) -> Result<&DevIssuer, RequestError> {
    server
        .dev_issuer
        .as_ref()
        .ok_or_else(|| RequestError::Internal("no dev issuer outside dev mode".to_owned()))
}

/// The key of the issuer, from its file: another process may have made it since.
pub(super) async fn signing_key(issuer: &DevIssuer) -> Result<SigningKey, RequestError> {
    let folder = issuer.folder.clone();
    let key = tokio::task::spawn_blocking(move || folder.signing_key()).await;
    key.map_err(|error| RequestError::Internal(error.to_string()))?.map_err(RequestError::Internal)
}
