//! The authorization code grant (RFC 6749, 4.1) with PKCE (RFC 7636): the sign-in page gives a code, which is redeemed
//! once, soon, and only by the client to whose redirect URI it went.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::dev_issuer::client_proof::{self, ClientProof};
use crate::dev_issuer::delegation::{self, Delegation, SpaTerms};
use crate::dev_issuer::directory::{DevApplication, RedirectPlatform};
use crate::dev_issuer::oauth_error::SignInError;
use crate::dev_issuer::refusal::{
    CROSS_ORIGIN, EXPIRED_CODE, MALFORMED_GRANT, MISSING_PARAMETER, NO_PROOF, NOT_CROSS_ORIGIN, OTHER_CLIENT,
    OTHER_REDIRECT_URI, OauthError, SPENT_CODE, UNKNOWN_REDIRECT_URI, UNWANTED_PROOF, VERIFIER_MISMATCH,
};
use crate::dev_issuer::sign_in_request::SignInRequest;
use crate::dev_issuer::voucher::{Voucher, VoucherError, VoucherKind};

/// The life of a code: time for one redirection.
pub(in crate::dev_issuer) const CODE_SECONDS: u64 = 600;

/// What a code is for.
#[derive(Serialize, Deserialize)]
pub(in crate::dev_issuer) struct CodeContent {
    pub(in crate::dev_issuer) tid: Uuid,
    pub(in crate::dev_issuer) client_id: String,
    pub(in crate::dev_issuer) upn: String,
    pub(in crate::dev_issuer) scope: String,
    pub(in crate::dev_issuer) redirect_uri: String,
    pub(in crate::dev_issuer) code_challenge: Option<String>,
    pub(in crate::dev_issuer) nonce: Option<String>,
}

pub(in crate::dev_issuer) async fn answer(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    let application = request.application()?;
    let text = request.parameters.required("code")?;
    let code: Voucher<CodeContent> = Voucher::open(&request.key, VoucherKind::AuthorizationCode, text)
        .map_err(|error| match error {
            VoucherError::Expired => EXPIRED_CODE.plain(),
            VoucherError::Unknown => MALFORMED_GRANT.of("The authorization code is not one of ours."),
        })?;
    let content = &code.content;
    let is_tenant = request.tenant.any.is_some() || request.tenant.id == content.tid;
    if !is_tenant || !content.client_id.eq_ignore_ascii_case(&application.id) {
        return Err(OTHER_CLIENT.plain().into());
    }
    let redirect_uri = request.parameters.required("redirect_uri")?;
    if redirect_uri != content.redirect_uri {
        return Err(OTHER_REDIRECT_URI.of(redirect_uri).into());
    }
    let proof = client_proof::check(request, &application).await?;
    let spa = platform_terms(&application, redirect_uri, proof, request.page_origin.as_deref())?;
    check_verifier(content.code_challenge.as_deref(), request.parameters.get("code_verifier"))?;
    // Last, so that a request that is refused does not use the code up.
    if !request.issuer.spent.spend(&code) {
        return Err(SPENT_CODE.plain().into());
    }
    let delegation = Delegation {
        tenant: content.tid,
        application: &application,
        proof,
        user: request.issuer.directory.user(&request.tenant, &content.upn)?,
        scope: request.parameters.get("scope").unwrap_or(&content.scope),
        nonce: content.nonce.as_deref(),
        spa,
    };
    delegation::answer(request, delegation)
}

/// Checks that the client is of the platform of its redirect URI; the terms of a single-page application.
fn platform_terms(
    application: &DevApplication,
    redirect_uri: &str,
    proof: ClientProof,
    page_origin: Option<&str>,
) -> Result<Option<SpaTerms>, OauthError> {
    let platform = application.platform(redirect_uri).ok_or_else(|| UNKNOWN_REDIRECT_URI.of(redirect_uri))?;
    let has_proof = proof != ClientProof::None;
    let own_origin = || reqwest::Url::parse(redirect_uri).ok().map(|uri| uri.origin().ascii_serialization());
    match (platform, page_origin) {
        (RedirectPlatform::Any, None) => Ok(None),
        (RedirectPlatform::Any | RedirectPlatform::Spa, Some(origin))
            if own_origin().as_deref() == Some(origin) =>
        {
            if has_proof {
                return Err(UNWANTED_PROOF.plain());
            }
            Ok(Some(SpaTerms::new(origin.to_owned())))
        }
        (_, Some(origin)) => Err(CROSS_ORIGIN.of(origin)),
        (RedirectPlatform::Spa, None) => Err(NOT_CROSS_ORIGIN.plain()),
        (RedirectPlatform::Web, None) if !has_proof => Err(NO_PROOF.plain()),
        (RedirectPlatform::Native, None) if has_proof => Err(UNWANTED_PROOF.plain()),
        (RedirectPlatform::Web | RedirectPlatform::Native, None) => Ok(None),
    }
}

fn check_verifier(challenge: Option<&str>, verifier: Option<&str>) -> Result<(), OauthError> {
    match (challenge, verifier) {
        (None, None) => Ok(()),
        (Some(_), None) => Err(MISSING_PARAMETER.of("code_verifier")),
        (None, Some(_)) => Err(VERIFIER_MISMATCH.plain()),
        (Some(challenge), Some(verifier)) => {
            let expected = BASE64URL_NOPAD.encode(digest(&SHA256, verifier.as_bytes()).as_ref());
            if expected == challenge { Ok(()) } else { Err(VERIFIER_MISMATCH.plain()) }
        }
    }
}
