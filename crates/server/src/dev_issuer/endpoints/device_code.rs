//! Sign-in by device code (RFC 8628): `POST …/devicecode` gives a code, and the page takes what somebody typed. By
//! default there is nobody to ask: every code is approved as soon as it is made, for the user who is always there.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use crate::dev_issuer::consent::{self, ConsentRight};
use crate::dev_issuer::grants::device_code::DeviceCodeContent;
use crate::dev_issuer::oauth_error::{SignInError, defect, respond};
use crate::dev_issuer::pages::{self, SignInForm};
use crate::dev_issuer::pending::{CodeDecision, PendingCode};
use crate::dev_issuer::refusal::UNKNOWN_DEVICE_CODE;
use crate::dev_issuer::scopes;
use crate::dev_issuer::sign_in_request::{SignInRequest, origin_of};
use crate::dev_issuer::voucher::{Voucher, VoucherKind};
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::unix_seconds_now;

/// The life of a code, as Entra has it, and the least time a client waits between two questions.
const LIFETIME_SECONDS: u64 = 900;
const INTERVAL_SECONDS: u64 = 1;
/// The code for people where nobody has to enter it.
const APPROVED_CODE: &str = "MUSTERDEV";

/// Answers with a new device code.
pub(super) async fn issue<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let (origin, request) = origin_of(&server, request)?;
    let answer = async {
        let request = SignInRequest::read(&server, &name, request).await?;
        issued(&request)
    };
    respond(answer.await, &names, &origin)
}

fn issued(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    let application = request.application()?;
    let scope = request.parameters.required("scope")?.to_owned();
    let directory = &request.issuer.directory;
    scopes::parse(directory, &request.origin, &scope)?;
    let exp = unix_seconds_now().saturating_add(LIFETIME_SECONDS);
    let client_id = application.id.clone();
    let waiting = (!directory.approves_device_codes()).then(|| {
        let decision = CodeDecision::Open;
        request.issuer.pending.add(PendingCode {
            client_id: client_id.clone(),
            scope: scope.clone(),
            exp,
            decision,
        })
    });
    let content = DeviceCodeContent { tid: request.tenant.id, client_id, scope, user_code: waiting.clone() };
    let code = Voucher::sign(&request.key, VoucherKind::DeviceCode, exp, content).map_err(defect)?;
    let verification_uri = request.url("oauth2/deviceauth");
    let message = match &waiting {
        Some(user_code) => format!(
            "To sign in, use a web browser to open the page {verification_uri} and enter the code {user_code} to authenticate."
        ),
        None => format!("Nobody need sign in: the dev issuer has approved the code {APPROVED_CODE}."),
    };
    Ok(json!({
        "device_code": code,
        "user_code": waiting.as_deref().unwrap_or(APPROVED_CODE),
        "verification_uri": verification_uri,
        "expires_in": LIFETIME_SECONDS,
        "interval": INTERVAL_SECONDS,
        "message": message,
    }))
}

/// The page where a code is typed and a user chosen.
pub(super) async fn page<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, RequestError> {
    let answer = async {
        let request = SignInRequest::read(&server, &name, request).await?;
        entered(&request)
    };
    pages::or_error(answer.await, &names)
}

fn entered(request: &SignInRequest<'_>) -> Result<Response, SignInError> {
    let directory = &request.issuer.directory;
    if directory.approves_device_codes() {
        return Ok(pages::done("Nothing to do here: the dev issuer approves every device code by itself."));
    }
    let form = SignInForm::new(request, &["user", "answer", "user_code"]);
    let Some(upn) = request.parameters.get("user") else {
        return Ok(form
            .with_code(request.parameters.get("user_code"))
            .users(directory.users(&request.tenant)));
    };
    let user_code = request.parameters.required("user_code")?;
    let pending = request.issuer.pending.find(user_code).filter(|code| code.decision == CodeDecision::Open);
    let pending =
        pending.ok_or_else(|| UNKNOWN_DEVICE_CODE.of("Nobody waits for this code; ask for another."))?;
    let answer = request.parameters.get("answer");
    if answer == Some("cancel") {
        request.issuer.pending.decide(user_code, CodeDecision::Declined);
        return Ok(pages::done("You have declined. You can close this page."));
    }
    let user = directory.user(&request.tenant, upn)?;
    let application = directory.application(&pending.client_id)?;
    let tenant = request.tenant.of_user(user);
    let asked = scopes::parse(directory, &request.origin, &pending.scope)?;
    let missing = consent::state(directory, tenant, &application, user, &asked).missing;
    if !missing.is_empty() {
        match (consent::right(user, &missing), answer) {
            (ConsentRight::Everybody, Some("accept_for_all")) => {
                consent::grant(directory, tenant, &application, None, missing);
            }
            (ConsentRight::Everybody | ConsentRight::Own, Some("accept")) => {
                consent::grant(directory, tenant, &application, Some(user), missing);
            }
            (right, _) => {
                let form = form.with("user", upn).with("user_code", user_code);
                return Ok(form.consent(&application, user, &missing, right));
            }
        }
    }
    request.issuer.pending.decide(user_code, CodeDecision::Approved(user.upn.clone()));
    Ok(pages::done("You have signed in. You can close this page, and go back to where you began."))
}
