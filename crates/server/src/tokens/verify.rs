//! Whether a token holds: its form, its issuer, its signature, its time and its audience, in this order. Nothing in a
//! token says where to look for anything.

use engine::{Error, ErrorKind};
use uuid::Uuid;

use super::claims::Claims;
use super::issuer::Issuer;
use super::jwks::VerificationKey;
use super::jws::{TokenHeader, TokenParts};
use super::keys::KeySet;
use crate::request_error::RequestError;

/// The seconds that the clocks of issuer and server may be apart.
const LEEWAY_SECONDS_MAX: u64 = 30;

/// A token that holds.
pub struct VerifiedToken<'t> {
    /// The claims of the token.
    pub claims: Claims<'t>,
    /// The tenant in which the caller acts.
    pub tenant: Uuid,
    /// The token's `exp`, in seconds since 1970.
    pub expires: u64,
    /// The position of its issuer among those that are trusted.
    pub issuer: usize,
    /// The generation of that issuer's keys.
    pub generation: u64,
}

/// Verifies a token of one of these issuers.
pub async fn verify<'t>(
    issuers: &[Issuer],
    parts: &'t TokenParts<'_>,
    now: u64,
) -> Result<VerifiedToken<'t>, RequestError> {
    let header = TokenHeader::read(&parts.header)?;
    let claims = Claims::read(&parts.claims)?;
    // Not verified yet: it only tells with whose key to try.
    let name = claims.text("iss")?.unwrap_or_default();
    let (position, issuer) = issuer_of(issuers, name).ok_or_else(untrusted)?;
    let tenant = issuer.tenant(name, &claims)?.ok_or_else(untrusted)?;
    if !issuer.algorithms.contains(&header.algorithm) {
        return Err(RequestError::invalid_token(
            "the access token is signed with an algorithm that its issuer does not use",
        ));
    }
    let (key, generation) =
        issuer.keys.find(&header.key_id).await.ok_or_else(|| missing_key(&issuer.keys))?;
    check_signature(parts, &header, &key, name, tenant)?;
    let expires = check_time(&claims, now)?;
    let audiences = claims.text_or_list("aud")?.unwrap_or_default();
    if !issuer.audiences.iter().any(|known| audiences.contains(&known.as_str())) {
        return Err(RequestError::invalid_token("the access token is for another audience"));
    }
    Ok(VerifiedToken { claims, tenant, expires, issuer: position, generation })
}

/// The refusal of a token whose key is missing. Before keys were ever read, nothing is known of the token.
fn missing_key(keys: &KeySet) -> RequestError {
    match keys.generation() {
        0 => RequestError::Domain(Error::new(
            ErrorKind::Unavailable,
            "The keys of the token's issuer could not be read yet; try again.",
        )),
        _ => {
            RequestError::invalid_token("the access token is signed with a key that its issuer does not have")
        }
    }
}

/// The issuer of a name. One that has the name itself goes before one whose tenants have such names.
fn issuer_of<'i>(issuers: &'i [Issuer], name: &str) -> Option<(usize, &'i Issuer)> {
    let mut like = issuers.iter().enumerate().filter(|(_, issuer)| issuer.is_like(name));
    let first = like.next()?;
    Some(like.chain([first]).find(|(_, issuer)| issuer.name == name).unwrap_or(first))
}

fn check_signature(
    parts: &TokenParts<'_>,
    header: &TokenHeader,
    key: &VerificationKey,
    issuer: &str,
    tenant: Uuid,
) -> Result<(), RequestError> {
    if !key.algorithms.contains(&header.algorithm) {
        return Err(RequestError::invalid_token("the access token's algorithm is not that of its key"));
    }
    if !key.is_for(issuer, tenant) {
        return Err(RequestError::invalid_token("the access token is signed with the key of another issuer"));
    }
    let outcome =
        jsonwebtoken::crypto::verify(parts.signature, parts.signed, &key.decoding, header.algorithm);
    match outcome {
        Ok(true) => Ok(()),
        _ => Err(RequestError::invalid_token("the access token's signature does not hold")),
    }
}

/// Checks that now is in the token's life; the end of it.
fn check_time(claims: &Claims<'_>, now: u64) -> Result<u64, RequestError> {
    let expires = claims.seconds("exp")?.ok_or_else(|| {
        RequestError::invalid_token("the access token does not say when it expires ('exp')")
    })?;
    if expires.saturating_add(LEEWAY_SECONDS_MAX) < now {
        return Err(RequestError::invalid_token("the access token has expired"));
    }
    match claims.seconds("nbf")? {
        Some(begin) if begin > now.saturating_add(LEEWAY_SECONDS_MAX) => {
            Err(RequestError::invalid_token("the access token is not valid yet"))
        }
        _ => Ok(expires),
    }
}

fn untrusted() -> RequestError {
    RequestError::invalid_token("the access token is from an issuer that is not trusted here")
}
