//! `GET` and `POST /{tenant}/oauth2/v2.0/authorize`: the sign-in page, the consent page, and the way back to the
//! application with a code. All that a step needs is in the form that it came from, so nothing is remembered between.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;

use crate::dev_issuer::consent::{self, ConsentRight};
use crate::dev_issuer::directory::{DevApplication, RedirectPlatform};
use crate::dev_issuer::grants::authorization_code::{CODE_SECONDS, CodeContent};
use crate::dev_issuer::oauth_error::{SignInError, defect, timestamp};
use crate::dev_issuer::pages::{self, SignInForm};
use crate::dev_issuer::redirection::{Redirection, ResponseMode};
use crate::dev_issuer::refusal::{
    CHALLENGE_SIZE, DECLINED, MALFORMED, OauthError, PKCE_NEEDED, SIGN_IN_NEEDED, UNKNOWN_REDIRECT_URI,
    UNKNOWN_RESPONSE_TYPE,
};
use crate::dev_issuer::scopes::{self, AskedScopes};
use crate::dev_issuer::sign_in_request::SignInRequest;
use crate::dev_issuer::voucher::{Voucher, VoucherKind};
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::issue::client_info;
use crate::tokens::unix_seconds_now;

/// The characters of a challenge: a SHA-256 digest in Base64.
const CHALLENGE_CHARACTERS: usize = 43;

pub(super) async fn answer<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let answer = async {
        let request = SignInRequest::read(&server, &name, request).await?;
        let application = request.application()?;
        let redirect_uri = request.parameters.required("redirect_uri")?;
        // Nothing is sent to an address that is not the application's, not even an error.
        let platform =
            application.platform(redirect_uri).ok_or_else(|| UNKNOWN_REDIRECT_URI.of(redirect_uri))?;
        let redirection = Redirection::new(redirect_uri, request.parameters.get("state"));
        let mode = ResponseMode::of(request.parameters.get("response_mode"))?;
        match step(&request, &application, platform) {
            Ok(Step::Page(page)) => Ok(page),
            Ok(Step::Code(parameters)) => redirection.response(mode, parameters),
            Err(SignInError::Refused(error)) => {
                let description = error.description(&names, &timestamp());
                let parameters =
                    vec![("error", error.refusal.error.to_owned()), ("error_description", description)];
                redirection.response(mode, parameters)
            }
            Err(failed) => Err(failed),
        }
    };
    pages::or_error(answer.await, &names)
}

/// What comes next.
enum Step {
    Page(Response),
    /// Back to the application, with these parameters.
    Code(Vec<(&'static str, String)>),
}

fn step(
    request: &SignInRequest<'_>,
    application: &DevApplication,
    platform: RedirectPlatform,
) -> Result<Step, SignInError> {
    let asked = check(request, platform)?;
    let directory = &request.issuer.directory;
    let parameters = &request.parameters;
    let form = SignInForm::new(request, &["user", "answer"]);
    let chosen = parameters.get("answer");
    if chosen == Some("cancel") {
        return Err(DECLINED.plain().into());
    }
    let Some(upn) = parameters.get("user") else {
        return Ok(Step::Page(form.users(directory.users(&request.tenant))));
    };
    let user = directory.user(&request.tenant, upn)?;
    let tenant = request.tenant.of_user(user);
    let missing = consent::state(directory, tenant, application, user, &asked).missing;
    let must_ask = parameters.get("prompt") == Some("consent") && chosen.is_none();
    if !missing.is_empty() || must_ask {
        match (consent::right(user, &missing), chosen) {
            (ConsentRight::Everybody, Some("accept_for_all")) => {
                consent::grant(directory, tenant, application, None, missing);
            }
            (ConsentRight::Everybody | ConsentRight::Own, Some("accept")) => {
                consent::grant(directory, tenant, application, Some(user), missing);
            }
            (right, _) => {
                return Ok(Step::Page(form.with("user", upn).consent(application, user, &missing, right)));
            }
        }
    }
    let content = CodeContent {
        tid: tenant,
        client_id: application.id.clone(),
        upn: user.upn.clone(),
        scope: parameters.required("scope")?.to_owned(),
        redirect_uri: parameters.required("redirect_uri")?.to_owned(),
        code_challenge: parameters.get("code_challenge").map(str::to_owned),
        nonce: parameters.get("nonce").map(str::to_owned),
    };
    let exp = unix_seconds_now().saturating_add(CODE_SECONDS);
    let code = Voucher::sign(&request.key, VoucherKind::AuthorizationCode, exp, content).map_err(defect)?;
    let mut back = vec![("code", code)];
    if parameters.get("client_info") == Some("1") {
        back.push(("client_info", client_info(tenant, user.object_id(tenant))));
    }
    Ok(Step::Code(back))
}

/// Checks what the application is told of at its redirect URI.
fn check(request: &SignInRequest<'_>, platform: RedirectPlatform) -> Result<AskedScopes, OauthError> {
    let parameters = &request.parameters;
    let response_type = parameters.required("response_type")?;
    if response_type != "code" {
        return Err(UNKNOWN_RESPONSE_TYPE.of(response_type));
    }
    match (parameters.get("code_challenge"), parameters.get("code_challenge_method")) {
        (None, None) if platform == RedirectPlatform::Spa => return Err(PKCE_NEEDED.plain()),
        (None, None) => {}
        (Some(challenge), Some("S256")) if challenge.len() == CHALLENGE_CHARACTERS => {}
        (Some(_), Some("S256")) => return Err(CHALLENGE_SIZE.plain()),
        (_, method) => {
            let method = method.unwrap_or("plain");
            return Err(MALFORMED.of(&format!("code_challenge_method '{method}' is not S256, or is alone.")));
        }
    }
    if parameters.get("prompt") == Some("none") {
        return Err(SIGN_IN_NEEDED.plain());
    }
    scopes::parse(&request.issuer.directory, &request.origin, parameters.required("scope")?)
}
