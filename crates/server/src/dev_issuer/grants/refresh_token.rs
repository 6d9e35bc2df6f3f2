//! The refresh token grant (RFC 6749, 6). Each use gives a new token; the old one still holds, as Entra has it.

use serde_json::Value;

use crate::dev_issuer::client_proof;
use crate::dev_issuer::delegation::{self, Delegation, RefreshContent};
use crate::dev_issuer::oauth_error::SignInError;
use crate::dev_issuer::refusal::{
    CROSS_ORIGIN, EXPIRED_REFRESH_TOKEN, EXPIRED_SPA_REFRESH_TOKEN, MALFORMED_GRANT, NOT_CROSS_ORIGIN,
    OTHER_CLIENT,
};
use crate::dev_issuer::sign_in_request::SignInRequest;
use crate::dev_issuer::voucher::{Voucher, VoucherError, VoucherKind};
use crate::tokens::unix_seconds_now;

/// The scope that asks for another refresh token; a client that has one need not repeat it.
const OFFLINE: &str = "offline_access";

pub(in crate::dev_issuer) async fn answer(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    let application = request.application()?;
    let text = request.parameters.required("refresh_token")?;
    let token: Voucher<RefreshContent> = Voucher::open(&request.key, VoucherKind::RefreshToken, text)
        .map_err(|error| match error {
            VoucherError::Expired => EXPIRED_REFRESH_TOKEN.plain(),
            VoucherError::Unknown => MALFORMED_GRANT.of("The refresh token is not one of ours."),
        })?;
    let content = token.content;
    let is_tenant = request.tenant.any.is_some() || request.tenant.id == content.tid;
    if !is_tenant || !content.client_id.eq_ignore_ascii_case(&application.id) {
        return Err(OTHER_CLIENT.plain().into());
    }
    match (&content.spa, request.page_origin.as_deref()) {
        (Some(_), None) => return Err(NOT_CROSS_ORIGIN.plain().into()),
        (Some(spa), Some(origin)) if spa.origin == origin => {
            if spa.until <= unix_seconds_now() {
                return Err(EXPIRED_SPA_REFRESH_TOKEN.plain().into());
            }
        }
        (_, Some(origin)) => return Err(CROSS_ORIGIN.of(origin).into()),
        (None, None) => {}
    }
    let proof = client_proof::check(request, &application).await?;
    let mut scope = request.parameters.get("scope").unwrap_or(&content.scope).to_owned();
    if !scope.split_ascii_whitespace().any(|scope| scope == OFFLINE) {
        scope = format!("{scope} {OFFLINE}");
    }
    let delegation = Delegation {
        tenant: content.tid,
        application: &application,
        proof,
        user: request.issuer.directory.user(&request.tenant, &content.upn)?,
        scope: &scope,
        nonce: None,
        spa: content.spa,
    };
    delegation::answer(request, delegation)
}
