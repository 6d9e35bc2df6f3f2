//! Assertions by which a client shows that it is an application: signed with the key of a registered certificate, or by
//! an issuer whom the application trusts for a subject (a federated credential).

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, dangerous, decode_header};
use serde::Deserialize;
use serde_json::Value;

use super::directory::DevApplication;
use super::oauth_error::SignInError;
use super::refusal::{
    ASSERTION_AUDIENCE, ASSERTION_CLIENT, ASSERTION_TIME, BAD_ASSERTION, FEDERATED_ISSUER, FEDERATED_SUBJECT,
    OauthError,
};
use super::sign_in_request::SignInRequest;
use crate::tokens::{TENANT_PLACEHOLDER, is_graph};

/// The claims of an assertion.
#[derive(Deserialize)]
struct AssertionClaims {
    iss: String,
    sub: String,
    #[serde(default)]
    aud: Value,
    tid: Option<String>,
}

/// Checks an assertion.
pub(super) async fn check(
    request: &SignInRequest<'_>,
    application: &DevApplication,
    assertion: &str,
) -> Result<(), SignInError> {
    let header = decode_header(assertion).map_err(|_| BAD_ASSERTION.of("it is no signed JWT"))?;
    // Not verified yet: it only tells with whose key to try.
    let claimed: AssertionClaims = dangerous::insecure_decode_claims(assertion)
        .map_err(|_| BAD_ASSERTION.of("it has no 'iss' or no 'sub'"))?;
    if header.x5t.is_some() || header.x5t_s256.is_some() {
        return Ok(by_certificate(request, application, assertion, &header, &claimed)?);
    }
    by_issuer(request, application, assertion, &header, &claimed).await
}

/// An assertion of the application itself.
fn by_certificate(
    request: &SignInRequest<'_>,
    application: &DevApplication,
    assertion: &str,
    header: &Header,
    claimed: &AssertionClaims,
) -> Result<(), OauthError> {
    let named = |thumbprint: &Option<String>, known: &str| {
        thumbprint.as_deref().is_some_and(|text| url_safe(text) == known)
    };
    let mut certificates = application.certificates.iter();
    let certificate = certificates
        .find(|known| named(&header.x5t_s256, &known.x5t_s256) || named(&header.x5t, &known.x5t))
        .ok_or_else(|| BAD_ASSERTION.of("no certificate of the application has its thumbprint"))?;
    if !matches!(header.alg, Algorithm::RS256 | Algorithm::PS256) {
        return Err(BAD_ASSERTION.of("it is signed with neither RS256 nor PS256"));
    }
    for id in [&claimed.iss, &claimed.sub] {
        if !id.eq_ignore_ascii_case(&application.id) {
            return Err(ASSERTION_CLIENT.of(id));
        }
    }
    let audience = claimed.aud.as_str().unwrap_or_default();
    if !is_ours(request, audience) {
        return Err(ASSERTION_AUDIENCE.of(audience));
    }
    verify(assertion, &certificate.key, header.alg, audience)
}

/// A thumbprint in the Base64 of URLs, without padding. Some libraries write it in the other one, as Entra lets them.
fn url_safe(thumbprint: &str) -> String {
    thumbprint.trim_end_matches('=').replace('+', "-").replace('/', "_")
}

/// Whether an audience is the token endpoint of the tenant, or its issuer.
fn is_ours(request: &SignInRequest<'_>, audience: &str) -> bool {
    let path = audience.strip_prefix(&*request.origin).and_then(|path| path.strip_prefix('/'));
    let Some((tenant, endpoint)) = path.and_then(|path| path.split_once('/')) else { return false };
    let is_tenant = request.issuer.directory.tenant(tenant).is_ok_and(|named| named.id == request.tenant.id);
    is_tenant && ["oauth2/v2.0/token", "oauth2/token", "v2.0"].contains(&endpoint)
}

/// An assertion of an issuer whom the application trusts.
async fn by_issuer(
    request: &SignInRequest<'_>,
    application: &DevApplication,
    assertion: &str,
    header: &Header,
    claimed: &AssertionClaims,
) -> Result<(), SignInError> {
    let of_issuer: Vec<_> = application
        .federated_credentials
        .iter()
        .filter(|credential| credential.issuer == claimed.iss)
        .collect();
    if of_issuer.is_empty() {
        return Err(FEDERATED_ISSUER.of(&claimed.iss).into());
    }
    let Some(credential) = of_issuer.into_iter().find(|credential| credential.subject == claimed.sub) else {
        return Err(FEDERATED_SUBJECT.of(&claimed.sub).into());
    };
    let tenant = claimed.tid.as_deref().unwrap_or_default();
    let issuer = request
        .live
        .tokens
        .issuers()
        .iter()
        .find(|issuer| issuer.name.replace(TENANT_PLACEHOLDER, tenant) == claimed.iss);
    let issuer = issuer.ok_or_else(|| {
        BAD_ASSERTION.of(&format!("'{}' is no issuer of the server's configuration", claimed.iss))
    })?;
    let key_id = header.kid.as_deref().unwrap_or_default();
    let (key, _) =
        issuer.keys.find(key_id).await.ok_or_else(|| BAD_ASSERTION.of("its issuer has no such key"))?;
    // An access token for Graph is for Graph alone.
    let audience = &*credential.audience;
    if is_graph(audience) {
        return Err(BAD_ASSERTION.of("it is an access token").into());
    }
    if !issuer.algorithms.contains(&header.alg) || !key.algorithms.contains(&header.alg) {
        return Err(BAD_ASSERTION.of("it is signed with an algorithm that its issuer does not use").into());
    }
    Ok(verify(assertion, &key.decoding, header.alg, audience)?)
}

fn verify(
    assertion: &str,
    key: &DecodingKey,
    algorithm: Algorithm,
    audience: &str,
) -> Result<(), OauthError> {
    let mut validation = Validation::new(algorithm);
    validation.validate_nbf = true;
    validation.set_audience(&[audience]);
    let verified = jsonwebtoken::decode::<AssertionClaims>(assertion, key, &validation);
    verified.map(|_| ()).map_err(|error| match error.kind() {
        ErrorKind::ExpiredSignature | ErrorKind::ImmatureSignature => ASSERTION_TIME.plain(),
        ErrorKind::InvalidAudience => ASSERTION_AUDIENCE.of(audience),
        _ => BAD_ASSERTION.of("its signature does not hold"),
    })
}

#[cfg(test)]
mod tests {
    use super::url_safe;

    #[test]
    fn a_thumbprint_is_the_same_in_either_base64() {
        for written in ["a-b_", "a+b/", "a-b_=", "a+b/=="] {
            assert_eq!(url_safe(written), "a-b_", "{written}");
        }
    }
}
