//! The answer that every grant has in common: an access token.

use serde::Deserialize;
use serde_json::{Value, json};

use super::client_proof::ClientProof;
use super::directory::{DevApplication, GRAPH};
use super::oauth_error::{SignInError, defect};
use super::refusal::MALFORMED;
use super::sign_in_request::SignInRequest;
use crate::tokens::issue::{ClientClaims, TokenGrant, issue};

/// For which application and which resource an access token is.
pub(super) struct AccessTerms<'t> {
    pub(super) application: &'t DevApplication,
    pub(super) proof: ClientProof,
    pub(super) resource: &'t str,
}

/// The parameter `claims`, as far as it asks for anything of access tokens.
#[derive(Default, Deserialize)]
struct AskedClaims {
    #[serde(default)]
    access_token: AskedAccessClaims,
}

#[derive(Default, Deserialize)]
struct AskedAccessClaims {
    #[serde(default)]
    xms_cc: Option<AskedValues>,
}

#[derive(Deserialize)]
struct AskedValues {
    #[serde(default)]
    values: Vec<String>,
}

/// The answer with an access token.
pub(super) fn answer(
    request: &SignInRequest<'_>,
    terms: AccessTerms<'_>,
    grant: TokenGrant<'_>,
) -> Result<Value, SignInError> {
    let asked: AskedClaims = match request.parameters.get("claims") {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            MALFORMED.of(&format!("The parameter 'claims' is not JSON as expected: {error}."))
        })?,
        None => AskedClaims::default(),
    };
    let capabilities = asked.access_token.xms_cc.map(|asked| asked.values);
    let client = ClientClaims {
        name: &terms.application.name,
        proof: terms.proof.claim(),
        capabilities: capabilities.as_deref(),
    };
    let audience = (terms.resource != GRAPH).then_some(terms.resource);
    let seconds = grant.lifetime_seconds - 1;
    let token =
        issue(&request.key, &TokenGrant { audience, client: Some(client), ..grant }).map_err(defect)?;
    Ok(json!({
        "token_type": "Bearer", "expires_in": seconds, "ext_expires_in": seconds, "access_token": token,
    }))
}
