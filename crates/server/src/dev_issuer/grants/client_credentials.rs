//! The client credentials grant (RFC 6749, 4.4): an application acts for itself, with the permissions it was given.

use serde_json::Value;

use crate::dev_issuer::client_proof;
use crate::dev_issuer::directory::GRAPH;
use crate::dev_issuer::oauth_error::SignInError;
use crate::dev_issuer::refusal::NOT_DEFAULT_SCOPE;
use crate::dev_issuer::scopes;
use crate::dev_issuer::sign_in_request::SignInRequest;
use crate::dev_issuer::token_answer::{self, AccessTerms};
use crate::tokens::issue::{TokenGrant, TokenSubject};

/// The end of the one scope by which an application asks for anything.
const DEFAULT: &str = "/.default";

pub(in crate::dev_issuer) async fn answer(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    let application = request.application()?;
    let proof = client_proof::demand(request, &application).await?;
    let scope = request.parameters.required("scope")?;
    // Some libraries ask for the scopes of OpenID Connect with every grant; there is no user for whom to give them.
    let mut named = scope.split_ascii_whitespace().filter(|scope| !scopes::OPENID.contains(scope)).peekable();
    if named.peek().is_none() || !named.all(|scope| scope.ends_with(DEFAULT)) {
        return Err(NOT_DEFAULT_SCOPE.of(scope).into());
    }
    let asked = scopes::parse(&request.issuer.directory, &request.origin, scope)?;
    let permissions: &[String] =
        if asked.resource == GRAPH { &application.application_permissions } else { &[] };
    let terms = AccessTerms { application: &application, proof, resource: &asked.resource };
    let subject = TokenSubject::Application { client_id: &application.id };
    token_answer::answer(
        request,
        terms,
        TokenGrant { permissions, ..TokenGrant::new(request.tenant.id, subject) },
    )
}
