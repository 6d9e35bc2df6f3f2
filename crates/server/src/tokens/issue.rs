//! Tokens out: what the dev issuer signs, shaped as Entra shapes them.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::claims::{GRAPH_AUDIENCES, TENANT_PLACEHOLDER, stable_id, unix_seconds_now};

/// The name of the dev issuer. It has no host of ours in it, so that a token holds whatever port a server listens on.
pub const DEV_ISSUER: &str = "https://muster.invalid/{tenantid}/v2.0";

/// The life of a token for which none is named, in seconds.
pub const LIFETIME_SECONDS_DEFAULT: u64 = 3600;

/// The key that the dev issuer signs with.
pub struct SigningKey {
    encoding: EncodingKey,
    /// The public half of the key, named by its thumbprint.
    pub jwk: Jwk,
}

impl SigningKey {
    /// Reads a key from PEM.
    pub fn from_pem(pem: &[u8]) -> Result<SigningKey, String> {
        let encoding = EncodingKey::from_rsa_pem(pem).map_err(|error| error.to_string())?;
        let mut jwk =
            Jwk::from_encoding_key(&encoding, Algorithm::RS256).map_err(|error| error.to_string())?;
        jwk.common.key_id = Some(jwk.thumbprint(ThumbprintHash::SHA256).map_err(|error| error.to_string())?);
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(SigningKey { encoding, jwk })
    }
}

/// The subject of a token.
pub enum TokenSubject<'a> {
    /// An application that acts for itself: its permissions are roles.
    Application {
        /// The client id of the application.
        client_id: &'a str,
    },
    /// A user who acts through an application: the permissions are scopes.
    User {
        /// The sign-in name of the user.
        user_principal_name: &'a str,
        /// The client id of the application.
        client_id: &'a str,
    },
}

/// The facts that a token is to state.
pub struct TokenGrant<'a> {
    /// The tenant in which the subject acts.
    pub tenant: Uuid,
    /// The subject of the token.
    pub subject: TokenSubject<'a>,
    /// The permissions of the subject.
    pub permissions: &'a [String],
    /// The life of the token, in seconds.
    pub lifetime_seconds: u64,
}

/// The application through which users of the dev issuer act if no other is named.
pub const DEV_CLIENT: &str = "muster-dev";

#[derive(Serialize)]
struct IssuedClaims<'a> {
    aud: &'a str,
    iss: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    appid: Uuid,
    idtyp: &'a str,
    oid: Uuid,
    sub: Uuid,
    tid: Uuid,
    uti: Uuid,
    ver: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    roles: Option<&'a [String]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    scp: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upn: Option<&'a str>,
}

/// The issuer's name for a tenant.
pub fn issuer_name(tenant: Uuid) -> String {
    DEV_ISSUER.replace(TENANT_PLACEHOLDER, &tenant.to_string())
}

/// Makes and signs an access token.
pub fn issue(key: &SigningKey, grant: &TokenGrant) -> Result<String, String> {
    let now = unix_seconds_now();
    let tenant = grant.tenant;
    let (application, object, idtyp, upn) = match grant.subject {
        TokenSubject::Application { client_id } => {
            let application = stable_id(tenant, client_id);
            (application, Uuid::new_v5(&tenant, application.as_bytes()), "app", None)
        }
        TokenSubject::User { user_principal_name, client_id } => {
            let object = user_id(tenant, user_principal_name);
            (stable_id(tenant, client_id), object, "user", Some(user_principal_name))
        }
    };
    let is_application = upn.is_none();
    let claims = IssuedClaims {
        aud: GRAPH_AUDIENCES[0],
        iss: issuer_name(tenant),
        iat: now,
        nbf: now,
        exp: now.saturating_add(grant.lifetime_seconds),
        appid: application,
        idtyp,
        oid: object,
        sub: object,
        tid: tenant,
        uti: Uuid::new_v4(),
        ver: "1.0",
        roles: is_application.then_some(grant.permissions),
        scp: (!is_application).then(|| grant.permissions.join(" ")),
        upn,
    };
    sign(key, &claims)
}

/// A user's id in a tenant.
fn user_id(tenant: Uuid, user_principal_name: &str) -> Uuid {
    Uuid::new_v5(&tenant, user_principal_name.to_lowercase().as_bytes())
}

#[derive(Serialize)]
struct IdentityClaims<'a> {
    aud: &'a str,
    iss: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    oid: Uuid,
    sub: Uuid,
    tid: Uuid,
    preferred_username: &'a str,
    name: &'a str,
    ver: &'a str,
}

/// Signs an OpenID Connect identity token: it tells the application who signed in.
pub fn issue_identity(
    key: &SigningKey,
    tenant: Uuid,
    user_principal_name: &str,
    client_id: &str,
) -> Result<String, String> {
    let (now, object) = (unix_seconds_now(), user_id(tenant, user_principal_name));
    let claims = IdentityClaims {
        aud: client_id,
        iss: issuer_name(tenant),
        iat: now,
        nbf: now,
        exp: now.saturating_add(LIFETIME_SECONDS_DEFAULT),
        oid: object,
        sub: object,
        tid: tenant,
        preferred_username: user_principal_name,
        name: user_principal_name,
        ver: "2.0",
    };
    sign(key, &claims)
}

/// Entra's `client_info`: the ids by which a client files the facts it remembers of a user.
pub fn client_info(tenant: Uuid, user_principal_name: &str) -> String {
    let ids = json!({"uid": user_id(tenant, user_principal_name), "utid": tenant});
    BASE64URL_NOPAD.encode(ids.to_string().as_bytes())
}

/// Signs the claims of any token.
pub fn sign(key: &SigningKey, claims: &impl Serialize) -> Result<String, String> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid.clone_from(&key.jwk.common.key_id);
    jsonwebtoken::encode(&header, claims, &key.encoding).map_err(|error| error.to_string())
}
