//! The claims that a token must have besides, and how a client is told to come back with them.

use data_encoding::BASE64;
use engine::CallerKind;
use serde_json::json;

use super::claims::Claims;
use crate::request_error::RequestError;

/// The capability of a client that understands what claims it is asked for.
const CAPABILITY: &str = "cp1";

/// Refuses a person who has not met an authentication context. A client that understands it is told which, and comes back
/// with another token; any other client would only send the same again. An application meets none.
pub fn check_authentication_context(
    context: Option<&str>,
    kind: CallerKind,
    claims: &Claims<'_>,
) -> Result<(), RequestError> {
    let Some(context) = context.filter(|_| kind == CallerKind::Delegated) else { return Ok(()) };
    if claims.list("acrs")?.is_some_and(|met| met.contains(&context)) {
        return Ok(());
    }
    let capabilities = claims.list("xms_cc")?.unwrap_or_default();
    if !capabilities.iter().any(|capability| capability.eq_ignore_ascii_case(CAPABILITY)) {
        return Err(RequestError::Unwelcome(format!(
            "this server asks for the authentication context '{context}', which the token's 'acrs' does not have, \
             and the client has not declared the capability {CAPABILITY} to be told so"
        )));
    }
    let wanted = json!({"access_token": {"acrs": {"essential": true, "value": context}}});
    Err(RequestError::ClaimsMissing {
        message: format!("the access token does not meet the authentication context '{context}'"),
        claims: BASE64.encode(wanted.to_string().as_bytes()),
    })
}
