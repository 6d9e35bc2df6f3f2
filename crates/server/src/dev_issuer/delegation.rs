//! The answer of every grant by which an application acts for a user.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::client_proof::ClientProof;
use super::consent;
use super::directory::{DevApplication, DevUser, GRAPH};
use super::oauth_error::{SignInError, defect};
use super::refusal::NO_CONSENT;
use super::scopes::{self, AskedScopes};
use super::sign_in_request::SignInRequest;
use super::token_answer::{self, AccessTerms};
use super::voucher::{Voucher, VoucherKind};
use crate::tokens::issue::{
    IdentityTerms, TokenGrant, TokenSubject, UserClaims, client_info, issue_identity,
};
use crate::tokens::unix_seconds_now;

/// The life of a refresh token, which each use renews, and of one of a single-page application, which none does.
const REFRESH_SECONDS: u64 = 90 * 24 * 3600;
const SPA_REFRESH_SECONDS: u64 = 24 * 3600;

/// What a refresh token is for.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct RefreshContent {
    pub(super) tid: Uuid,
    pub(super) client_id: String,
    pub(super) upn: String,
    pub(super) scope: String,
    /// Of a single-page application: its origin, and the end that no use moves.
    pub(super) spa: Option<SpaTerms>,
}

/// The terms of a refresh token of a single-page application.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct SpaTerms {
    pub(super) origin: String,
    pub(super) until: u64,
}

impl SpaTerms {
    /// The terms of a first token.
    pub(super) fn new(origin: String) -> SpaTerms {
        SpaTerms { origin, until: unix_seconds_now().saturating_add(SPA_REFRESH_SECONDS) }
    }
}

/// A user, the application that acts for them, and what it asks for.
pub(super) struct Delegation<'d> {
    pub(super) tenant: Uuid,
    pub(super) application: &'d DevApplication,
    pub(super) proof: ClientProof,
    pub(super) user: &'d DevUser,
    pub(super) scope: &'d str,
    /// The `nonce` of the identity token.
    pub(super) nonce: Option<&'d str>,
    pub(super) spa: Option<SpaTerms>,
}

/// The answer to a grant: tokens with what is consented to.
pub(super) fn answer(request: &SignInRequest<'_>, delegation: Delegation<'_>) -> Result<Value, SignInError> {
    let Delegation { tenant, application, proof, user, scope, nonce, spa } = delegation;
    let asked = scopes::parse(&request.issuer.directory, &request.origin, scope)?;
    let state = consent::state(&request.issuer.directory, tenant, application, user, &asked);
    let is_short = match asked.default {
        Some(_) => state.granted.is_empty() && asked.resource == GRAPH,
        None => !state.missing.is_empty(),
    };
    if is_short {
        return Err(NO_CONSENT.of(&format!("'{}'", state.missing.join(" "))).into());
    }
    let claims = UserClaims {
        user_principal_name: &user.upn,
        name: &user.name,
        object_id: user.object_id(tenant),
        wids: &user.wids,
    };
    let terms = AccessTerms { application, proof, resource: &asked.resource };
    let subject = TokenSubject::User { user: claims, client_id: &application.id };
    let grant = TokenGrant { permissions: &state.granted, ..TokenGrant::new(tenant, subject) };
    let mut answer = token_answer::answer(request, terms, grant)?;
    answer["scope"] = written(&asked, &state.granted).into();
    if asked.has("openid") {
        let issuer = format!("{}/{tenant}/v2.0", request.origin);
        let terms =
            IdentityTerms { issuer: &issuer, client_id: &application.id, tenant, user: claims, nonce };
        answer["id_token"] = issue_identity(&request.key, &terms).map_err(defect)?.into();
    }
    if request.parameters.get("client_info") == Some("1") {
        answer["client_info"] = client_info(tenant, claims.object_id).into();
    }
    if asked.has("offline_access") {
        let now = unix_seconds_now();
        let exp = now.saturating_add(REFRESH_SECONDS);
        // That of a page ends before its voucher, so that its end can be told from a long silence.
        let until = spa.as_ref().map_or(exp, |spa| spa.until);
        answer["refresh_token_expires_in"] = until.saturating_sub(now).into();
        let content = RefreshContent {
            tid: tenant,
            client_id: application.id.clone(),
            upn: user.upn.clone(),
            scope: scope.to_owned(),
            spa,
        };
        let token = Voucher::sign(&request.key, VoucherKind::RefreshToken, exp, content).map_err(defect)?;
        answer["refresh_token"] = token.into();
    }
    Ok(answer)
}

/// The scopes that were granted, as the client wrote those for which it asked.
fn written(asked: &AskedScopes, granted: &[String]) -> String {
    let openid = asked.openid.iter().filter(|scope| *scope != "offline_access");
    let named = asked.names.iter().map(|scope| &scope.written);
    let mut all: Vec<String> = named.chain(openid).cloned().collect();
    if let Some(default) = &asked.default {
        all.splice(0..0, granted.iter().cloned().chain([default.clone()]));
    }
    all.join(" ")
}
