//! An issuer whose tokens hold: its name, its tenants, and the words in which it speaks of callers.

use std::collections::BTreeSet;
use std::sync::Arc;

use jsonwebtoken::Algorithm;
use uuid::Uuid;

use super::claims::{Claims, TENANT_PLACEHOLDER, guid};
use super::keys::KeySet;
use crate::request_error::RequestError;

/// An issuer whose tokens hold.
#[derive(Clone)]
pub struct Issuer {
    /// The issuer's name, the token's `iss`; `{tenantid}` in it stands for the token's tenant.
    pub name: String,
    /// The audiences for one of which its tokens must be, the token's `aud`.
    pub audiences: Vec<String>,
    /// The tenants whose callers are served.
    pub tenants: Tenants,
    /// The names of the claims that matter.
    pub claims: ClaimNames,
    /// The algorithms with which its tokens may be signed.
    pub algorithms: Vec<Algorithm>,
    /// The authentication context that a person must have met, one of the token's `acrs`.
    pub authentication_context: Option<String>,
    /// The public keys of the issuer.
    pub keys: Arc<KeySet>,
}

/// The claim with the scope tags of a caller, if the configuration calls it nothing else. Entra has none of its own.
pub const SCOPE_TAGS_CLAIM: &str = "muster_scope_tags";

/// The tenants for which an issuer speaks.
#[derive(Clone)]
pub enum Tenants {
    /// The token says which, and any is served.
    Any,
    /// The token says which, and it must be one of these.
    Only(BTreeSet<Uuid>),
    /// The configuration says which, since the issuer knows no tenants.
    Fixed(Uuid),
}

impl Tenants {
    /// Whether callers of a tenant are served.
    pub fn contain(&self, tenant: Uuid) -> bool {
        match self {
            Tenants::Any => true,
            Tenants::Only(tenants) => tenants.contains(&tenant),
            Tenants::Fixed(fixed) => *fixed == tenant,
        }
    }
}

/// The names of the claims that matter. Of several names, the first that a token has counts.
#[derive(Clone)]
pub struct ClaimNames {
    /// The claims that name the caller.
    pub subject: Vec<String>,
    /// The claims that name the application.
    pub application: Vec<String>,
    /// The claim with the permissions of a person who acts through an application.
    pub scopes: GrantClaim,
    /// The claim with the permissions of an application that acts for itself.
    pub roles: GrantClaim,
    /// The claims with the sign-in name of a person.
    pub name: Vec<String>,
    /// The claim that names the tenant.
    pub tenant: String,
    /// The claim with the tags that confine the caller.
    pub tags: String,
    /// A claim that only the tokens of applications have that act for themselves.
    pub application_only: Option<String>,
}

/// A claim that grants permissions, and its form.
#[derive(Clone)]
pub enum GrantClaim {
    /// A string of words, as Entra's `scp`.
    Words(String),
    /// A list of strings, as Entra's `roles`.
    List(String),
    /// Either, of an issuer of whom no more than the name is known.
    WordsOrList(String),
}

impl GrantClaim {
    /// The permissions that it grants; none if the token does not have the claim.
    pub fn read<'c>(&self, claims: &'c Claims<'_>) -> Result<Option<Vec<&'c str>>, RequestError> {
        match self {
            GrantClaim::Words(name) => claims.words(name),
            GrantClaim::List(name) => claims.list(name),
            GrantClaim::WordsOrList(name) => claims.words_or_list(name),
        }
    }
}

/// The names that Entra uses, in both versions of its tokens.
impl Default for ClaimNames {
    fn default() -> ClaimNames {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        ClaimNames {
            subject: names(&["oid", "sub"]),
            application: names(&["appid", "azp"]),
            scopes: GrantClaim::Words("scp".to_owned()),
            roles: GrantClaim::List("roles".to_owned()),
            name: names(&["upn", "preferred_username"]),
            tenant: "tid".to_owned(),
            tags: SCOPE_TAGS_CLAIM.to_owned(),
            application_only: None,
        }
    }
}

impl Issuer {
    /// An issuer that speaks like Entra, for any tenant.
    pub fn new(name: &str, audiences: Vec<String>, keys: Arc<KeySet>) -> Issuer {
        Issuer {
            name: name.to_owned(),
            audiences,
            tenants: Tenants::Any,
            claims: ClaimNames::default(),
            algorithms: vec![Algorithm::RS256],
            authentication_context: None,
            keys,
        }
    }

    /// The tenant of a token that says it is of an issuer of this form; none if that is another issuer after all.
    pub fn tenant(&self, name: &str, claims: &Claims<'_>) -> Result<Option<Uuid>, RequestError> {
        let tenant = match &self.tenants {
            Tenants::Fixed(tenant) => *tenant,
            _ => {
                let text = claims.text(&self.claims.tenant)?;
                text.and_then(guid).ok_or_else(|| {
                    let claim = &self.claims.tenant;
                    RequestError::invalid_token(format!("the access token names no tenant in '{claim}'"))
                })?
            }
        };
        // A GUID may be written in several ways; the name of a tenant's issuer has one.
        let is_its = self.name.replace(TENANT_PLACEHOLDER, &tenant.to_string()) == name;
        Ok(is_its.then_some(tenant))
    }

    /// Whether a name has the form of this issuer's, with whatever in the place of the tenant.
    pub fn is_like(&self, name: &str) -> bool {
        match self.name.split_once(TENANT_PLACEHOLDER) {
            None => self.name == name,
            Some((before, after)) => name
                .strip_prefix(before)
                .is_some_and(|rest| rest.len() > after.len() && rest.ends_with(after)),
        }
    }
}
