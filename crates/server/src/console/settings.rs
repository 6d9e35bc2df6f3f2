//! `/console/settings.json`: what the console knows before anybody has signed in.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use super::sign_in::ConsoleSignIn;
use crate::dev::{CLIENT_DEFAULT, TENANT_DEFAULT};
use crate::dev_issuer::DevIssuer;
use crate::graph::Graph;
use crate::http::{OtherStatus, document};
use crate::origin;
use crate::request_error::RequestError;
use crate::server::Server;

/// What the dev issuer gives a token for this server for.
const DEV_SCOPE: &str = "https://graph.microsoft.com/.default";
/// What the console puts the tenant in the place of.
const TENANT: &str = "{tenant}";

pub(super) async fn answer<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    request: Request,
) -> Result<Response, RequestError> {
    let (head, _) = request.into_parts();
    let origin = origin::of(&head, &server.edge)?;
    let dev = server.dev_issuer.as_ref().map(|issuer| {
        let sign_in = ConsoleSignIn::new(
            "Muster",
            &format!("{origin}/{TENANT}/v2.0"),
            CLIENT_DEFAULT,
            &[DEV_SCOPE.to_owned()],
        );
        json!({ "signIn": sign_in, "tenant": TENANT_DEFAULT, "users": users(issuer) })
    });
    Ok(document(OtherStatus::Done, &json!({ "signIns": server.live().console.sign_ins, "dev": dev })))
}

/// The users of the dev issuer, none of whom has a password.
fn users(issuer: &DevIssuer) -> Vec<serde_json::Value> {
    issuer.users().map(|(upn, name)| json!({ "userPrincipalName": upn, "name": name })).collect()
}
