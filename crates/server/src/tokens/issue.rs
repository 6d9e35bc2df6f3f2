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
        /// The facts about the user.
        user: UserClaims<'a>,
        /// The client id of the application.
        client_id: &'a str,
    },
}

/// The facts about a user that tokens state.
#[derive(Clone, Copy)]
pub struct UserClaims<'a> {
    /// The name to sign in with.
    pub user_principal_name: &'a str,
    /// The name to show.
    pub name: &'a str,
    /// The user's id in the tenant.
    pub object_id: Uuid,
    /// The ids of the user's directory roles.
    pub wids: &'a [Uuid],
}

impl<'a> UserClaims<'a> {
    /// A user of whom nothing but the sign-in name is known.
    pub fn of_name(tenant: Uuid, user_principal_name: &'a str) -> UserClaims<'a> {
        let object_id = user_id(tenant, user_principal_name);
        UserClaims { user_principal_name, name: user_principal_name, object_id, wids: &[] }
    }
}

/// The facts about a client that a token states.
#[derive(Clone, Copy)]
pub struct ClientClaims<'a> {
    /// The name of the application.
    pub name: &'a str,
    /// How the client showed who it is: 0 not, 1 by a secret, 2 by an assertion.
    pub proof: &'static str,
    /// What the client says it can handle.
    pub capabilities: Option<&'a [String]>,
}

/// The facts that a token is to state.
pub struct TokenGrant<'a> {
    /// The tenant in which the subject acts.
    pub tenant: Uuid,
    /// The subject of the token.
    pub subject: TokenSubject<'a>,
    /// The permissions of the subject.
    pub permissions: &'a [String],
    /// The scope tags that confine the subject; none for one that sees everything.
    pub scope_tags: &'a [String],
    /// The life of the token, in seconds.
    pub lifetime_seconds: u64,
    /// The resource that the token is for, if it is not Graph.
    pub audience: Option<&'a str>,
    /// The client that asked for the token, if one did.
    pub client: Option<ClientClaims<'a>>,
}

impl<'a> TokenGrant<'a> {
    /// A grant of no permission, for Graph and for the usual time.
    pub fn new(tenant: Uuid, subject: TokenSubject<'a>) -> TokenGrant<'a> {
        TokenGrant {
            tenant,
            subject,
            permissions: &[],
            scope_tags: &[],
            lifetime_seconds: LIFETIME_SECONDS_DEFAULT,
            audience: None,
            client: None,
        }
    }
}

/// The application through which users of the dev issuer act if no other is named.
pub const DEV_CLIENT: &str = "muster-dev";

/// The claims of an access token, in the first version of their form: Graph's own are.
#[derive(Serialize)]
struct IssuedClaims<'a> {
    aud: &'a str,
    iss: String,
    iat: u64,
    nbf: u64,
    exp: u64,
    appid: Uuid,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_displayname: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    appidacr: Option<&'a str>,
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
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unique_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upn: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wids: Option<&'a [Uuid]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    xms_cc: Option<&'a [String]>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    muster_scope_tags: &'a [String],
}

/// The issuer's name for a tenant.
pub fn issuer_name(tenant: Uuid) -> String {
    DEV_ISSUER.replace(TENANT_PLACEHOLDER, &tenant.to_string())
}

/// Makes and signs an access token.
pub fn issue(key: &SigningKey, grant: &TokenGrant) -> Result<String, String> {
    let now = unix_seconds_now();
    let tenant = grant.tenant;
    let (application, object, idtyp, user) = match grant.subject {
        TokenSubject::Application { client_id } => {
            let application = stable_id(tenant, client_id);
            (application, Uuid::new_v5(&tenant, application.as_bytes()), "app", None)
        }
        TokenSubject::User { user, client_id } => {
            (stable_id(tenant, client_id), user.object_id, "user", Some(user))
        }
    };
    let upn = user.map(|user| user.user_principal_name);
    let claims = IssuedClaims {
        aud: grant.audience.unwrap_or(GRAPH_AUDIENCES[0]),
        iss: issuer_name(tenant),
        iat: now,
        nbf: now,
        exp: now.saturating_add(grant.lifetime_seconds),
        appid: application,
        app_displayname: grant.client.map(|client| client.name),
        appidacr: grant.client.map(|client| client.proof),
        idtyp,
        oid: object,
        sub: object,
        tid: tenant,
        uti: Uuid::new_v4(),
        ver: "1.0",
        roles: user.is_none().then_some(grant.permissions),
        scp: user.map(|_| grant.permissions.join(" ")),
        name: user.map(|user| user.name),
        unique_name: upn,
        upn,
        wids: user.map(|user| user.wids).filter(|wids| !wids.is_empty()),
        xms_cc: grant.client.and_then(|client| client.capabilities),
        muster_scope_tags: grant.scope_tags,
    };
    sign(key, &claims)
}

/// A user's id in a tenant, if nothing else is said.
pub fn user_id(tenant: Uuid, user_principal_name: &str) -> Uuid {
    Uuid::new_v5(&tenant, user_principal_name.to_lowercase().as_bytes())
}

/// The claims of an identity token, in the second version of their form.
#[derive(Serialize)]
struct IdentityClaims<'a> {
    aud: &'a str,
    iss: &'a str,
    iat: u64,
    nbf: u64,
    exp: u64,
    oid: Uuid,
    sub: Uuid,
    tid: Uuid,
    preferred_username: &'a str,
    name: &'a str,
    ver: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

/// The facts that an identity token is to state.
pub struct IdentityTerms<'a> {
    /// The issuer, as the discovery document that the client read names it.
    pub issuer: &'a str,
    /// The client id of the application that is told.
    pub client_id: &'a str,
    /// The tenant in which the user signed in.
    pub tenant: Uuid,
    /// The user who signed in.
    pub user: UserClaims<'a>,
    /// The client's word by which it knows the token as the answer to its request.
    pub nonce: Option<&'a str>,
}

/// Signs an OpenID Connect identity token: it tells the application who signed in.
pub fn issue_identity(key: &SigningKey, terms: &IdentityTerms) -> Result<String, String> {
    let now = unix_seconds_now();
    let claims = IdentityClaims {
        aud: terms.client_id,
        iss: terms.issuer,
        iat: now,
        nbf: now,
        exp: now.saturating_add(LIFETIME_SECONDS_DEFAULT),
        oid: terms.user.object_id,
        sub: terms.user.object_id,
        tid: terms.tenant,
        preferred_username: terms.user.user_principal_name,
        name: terms.user.name,
        ver: "2.0",
        nonce: terms.nonce,
    };
    sign(key, &claims)
}

/// Entra's `client_info`: the ids by which a client files the facts it remembers of a user.
pub fn client_info(tenant: Uuid, object_id: Uuid) -> String {
    let ids = json!({"uid": object_id, "utid": tenant});
    BASE64URL_NOPAD.encode(ids.to_string().as_bytes())
}

/// Signs the claims of any token.
pub fn sign(key: &SigningKey, claims: &impl Serialize) -> Result<String, String> {
    let mut header = Header::new(Algorithm::RS256);
    header.kid.clone_from(&key.jwk.common.key_id);
    jsonwebtoken::encode(&header, claims, &key.encoding).map_err(|error| error.to_string())
}
