//! `GET /error?code=…`: what one of Entra's numbers means. Errors lead here.

use axum::extract::Request;
use axum::response::Response;

use crate::dev_issuer::pages;
use crate::dev_issuer::refusal::by_number;

pub(super) async fn answer(request: Request) -> Response {
    let query = request.uri().query().unwrap_or_default();
    let code = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "code");
    match code.as_ref().and_then(|(_, number)| by_number(number)) {
        Some(refusal) => pages::done(&format!("AADSTS{}: {}", refusal.number, refusal.explained())),
        None => pages::done("The dev issuer has no error of this number."),
    }
}
