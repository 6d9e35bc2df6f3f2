//! Whether a token holds: its form, its issuer, its signature, its time and its audience, in this order.

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, Header, Validation, dangerous, decode_header};

use super::claims::{AccessClaims, TENANT_PLACEHOLDER};
use super::keys::KeySet;
use crate::request_error::RequestError;

/// The seconds that the clocks of issuer and server may be apart.
const LEEWAY_SECONDS_MAX: u64 = 30;

/// An issuer whose tokens hold.
pub struct Issuer {
    /// The issuer's name, the token's `iss`; `{tenantid}` in it stands for the token's tenant.
    pub name: String,
    /// The audiences for one of which its tokens must be, the token's `aud`.
    pub audiences: Vec<String>,
    /// The public keys of the issuer.
    pub keys: KeySet,
}

/// A token that holds.
pub struct VerifiedToken {
    /// The claims of the token.
    pub claims: AccessClaims,
    /// The token's `exp`, in seconds since 1970.
    pub expires: u64,
    /// The position of its issuer among those that are trusted.
    pub issuer: usize,
    /// The generation of that issuer's keys.
    pub generation: u64,
}

/// Verifies a token of one of these issuers.
pub async fn verify(issuers: &[Issuer], token: &[u8], now: u64) -> Result<VerifiedToken, RequestError> {
    let header = decode_header(token).map_err(|_| refuse("the access token is not a JWT we take"))?;
    let key_id = check_header(&header)?;
    // Not verified yet: it only tells with whose key to try.
    let claimed: AccessClaims = dangerous::insecure_decode_claims(token)
        .map_err(|_| refuse("the access token's claims cannot be read"))?;
    let (position, issuer) = issuer_of(issuers, &claimed)?;
    let Some((key, generation)) = issuer.keys.find(key_id).await else {
        return Err(refuse("the access token is signed with a key that its issuer does not have"));
    };
    let decoded = jsonwebtoken::decode::<AccessClaims>(token, &key, &validation(issuer, &claimed.iss))
        .map_err(|error| refuse(reason(error.kind())))?;
    let claims = decoded.claims;
    if claims.exp.saturating_add(LEEWAY_SECONDS_MAX) < now {
        return Err(refuse("the access token has expired"));
    }
    Ok(VerifiedToken { expires: claims.exp, claims, issuer: position, generation })
}

/// Checks a token's header; the name of the key with which it says it is signed.
fn check_header(header: &Header) -> Result<&str, RequestError> {
    if header.alg != Algorithm::RS256 {
        return Err(refuse("the access token is not signed with RS256"));
    }
    let known_type =
        |typ: &str| ["JWT", "at+jwt", "application/at+jwt"].iter().any(|t| typ.eq_ignore_ascii_case(t));
    if !header.typ.as_deref().is_none_or(known_type) {
        return Err(refuse("the token is not an access token by its 'typ'"));
    }
    // RFC 7515, 4.1.11: what is critical and not understood makes the token invalid.
    if header.crit.is_some() || header.enc.is_some() {
        return Err(refuse("the access token has a critical header that is not understood"));
    }
    header.kid.as_deref().ok_or_else(|| refuse("the access token does not name its key ('kid')"))
}

fn issuer_of<'a>(issuers: &'a [Issuer], claims: &AccessClaims) -> Result<(usize, &'a Issuer), RequestError> {
    let tenant = claims.tid.as_deref().unwrap_or("");
    let made_it = |issuer: &Issuer| match issuer.name.split_once(TENANT_PLACEHOLDER) {
        None => issuer.name == claims.iss,
        Some((before, after)) => {
            let named = claims.iss.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            named.is_some_and(|named| !named.is_empty() && named.eq_ignore_ascii_case(tenant))
        }
    };
    let found = issuers.iter().enumerate().find(|(_, issuer)| made_it(issuer));
    found.ok_or_else(|| refuse("the access token is from an issuer that is not trusted here"))
}

fn validation(issuer: &Issuer, name: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::RS256);
    validation.leeway = LEEWAY_SECONDS_MAX;
    validation.validate_nbf = true;
    validation.required_spec_claims = HashSet::from(["exp", "iss", "aud"].map(str::to_owned));
    validation.set_audience(&issuer.audiences);
    validation.set_issuer(&[name]);
    validation
}

fn reason(kind: &jsonwebtoken::errors::ErrorKind) -> &'static str {
    use jsonwebtoken::errors::ErrorKind;
    match kind {
        ErrorKind::ExpiredSignature => "the access token has expired",
        ErrorKind::ImmatureSignature => "the access token is not valid yet",
        ErrorKind::InvalidAudience => "the access token is for another audience",
        ErrorKind::InvalidSignature => "the access token's signature does not hold",
        ErrorKind::MissingRequiredClaim(claim) if claim == "aud" => "the access token has no audience",
        _ => "the access token does not hold",
    }
}

fn refuse(message: &str) -> RequestError {
    RequestError::Unauthenticated { message: message.to_owned(), invalid: true }
}
