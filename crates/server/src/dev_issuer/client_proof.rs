//! Whether a client is the application that it says: by a secret, or by an assertion that a key signed (RFC 7523).

use super::client_assertion;
use super::directory::DevApplication;
use super::oauth_error::SignInError;
use super::refusal::{MALFORMED, NO_PROOF, WRONG_SECRET};
use super::sign_in_request::SignInRequest;

/// The only type of assertion there is for clients.
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// How a client showed who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ClientProof {
    /// It did not: anybody may say so of a public client.
    None,
    Secret,
    Assertion,
}

impl ClientProof {
    /// The claim `appidacr` of tokens for this client.
    pub(super) fn claim(self) -> &'static str {
        match self {
            ClientProof::None => "0",
            ClientProof::Secret => "1",
            ClientProof::Assertion => "2",
        }
    }
}

/// Checks what a client shows, if it shows anything.
pub(super) async fn check(
    request: &SignInRequest<'_>,
    application: &DevApplication,
) -> Result<ClientProof, SignInError> {
    let parameters = &request.parameters;
    if let Some(assertion) = parameters.get("client_assertion") {
        if parameters.required("client_assertion_type")? != ASSERTION_TYPE {
            return Err(MALFORMED.of(&format!("client_assertion_type must be '{ASSERTION_TYPE}'.")).into());
        }
        client_assertion::check(request, application, assertion).await?;
        return Ok(ClientProof::Assertion);
    }
    let Some(secret) = parameters.get("client_secret") else { return Ok(ClientProof::None) };
    let is_it = |known: &String| {
        aws_lc_rs::constant_time::verify_slices_are_equal(secret.as_bytes(), known.as_bytes()).is_ok()
    };
    if !application.secrets.iter().any(is_it) {
        return Err(WRONG_SECRET.of(&application.id).into());
    }
    Ok(ClientProof::Secret)
}

/// Checks what a client shows, which must show something.
pub(super) async fn demand(
    request: &SignInRequest<'_>,
    application: &DevApplication,
) -> Result<ClientProof, SignInError> {
    match check(request, application).await? {
        ClientProof::None => Err(NO_PROOF.plain().into()),
        proof => Ok(proof),
    }
}

/// Checks what a client shows, which must show something unless it is a public client.
pub(super) async fn demand_unless_public(
    request: &SignInRequest<'_>,
    application: &DevApplication,
) -> Result<ClientProof, SignInError> {
    match application.is_public {
        true => check(request, application).await,
        false => demand(request, application).await,
    }
}
