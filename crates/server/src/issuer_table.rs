//! The tables `[[issuers]]` of the configuration: whose tokens hold, and how to read them.

use std::path::PathBuf;
use std::time::Duration;

use jsonwebtoken::Algorithm;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::console::SignInTable;
use crate::startup_error::StartupError;
use crate::tokens::key_source::{self, KeySource};
use crate::tokens::keys::KeySet;
use crate::tokens::{ALGORITHMS, ClaimNames, GrantClaim, Issuer, TENANT_PLACEHOLDER, Tenants, guid};

/// The word in `tenants` for all of them.
const ANY_TENANT: &str = "*";

/// The longest interval at which keys are read again: a key that its issuer took back is refused within five minutes.
const REFRESH_SECONDS_MAX: u64 = 290;

/// The table `[[issuers]]`: an issuer whose tokens hold.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerTable {
    /// The tokens' `iss`; `{tenantid}` in it stands for the token's tenant.
    pub issuer: String,
    /// The tokens' `aud`: one of these. Without it, the audiences of Microsoft Graph.
    #[serde(default)]
    pub audiences: Vec<String>,
    /// The address of the issuer's OpenID configuration, which says where its keys are.
    pub discovery: Option<String>,
    /// The address at which the issuer publishes its JWKS document.
    pub jwks_uri: Option<String>,
    /// The file with the issuer's keys, a JWKS document.
    pub jwks_file: Option<PathBuf>,
    /// The interval at which the keys are read again.
    pub refresh_seconds: Option<u64>,
    /// The algorithms of its signatures. Without it, RS256.
    #[serde(default)]
    pub algorithms: Vec<String>,
    /// The tenants that are served, or `*` for any.
    #[serde(default)]
    pub tenants: Vec<String>,
    /// The tenant of all its callers, if it knows no tenants.
    pub tenant: Option<Uuid>,
    /// The names of its claims, where they are not Entra's.
    #[serde(default)]
    pub claims: ClaimsTable,
    /// The authentication context that a person must have met.
    pub authentication_context: Option<String>,
    /// How people sign in to the console there; without it, they do not.
    pub console: Option<SignInTable>,
}

/// The table `[issuers.claims]`. A name that begins with a slash is a JSON pointer.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClaimsTable {
    /// The claim that names the caller.
    pub subject: Option<String>,
    /// The claim that names the application.
    pub application: Option<String>,
    /// The claim with a person's permissions.
    pub scopes: Option<String>,
    /// The claim with an application's own permissions.
    pub roles: Option<String>,
    /// The claim with a person's sign-in name.
    pub name: Option<String>,
    /// The claim that names the tenant.
    pub tenant: Option<String>,
    /// The claim with the scope tags of the caller.
    pub scope_tags: Option<String>,
    /// A claim that only applications have that act for themselves.
    pub application_only: Option<String>,
}

/// The issuers of the configuration.
pub fn issuers(tables: &[IssuerTable], audiences: &[String]) -> Result<Vec<Issuer>, StartupError> {
    for (index, table) in tables.iter().enumerate() {
        if tables[..index].iter().any(|other| other.issuer == table.issuer) {
            return Err(mistake(table, "occurs twice; one table has all its audiences and tenants"));
        }
    }
    tables.iter().map(|table| table.issuer(audiences)).collect()
}

impl IssuerTable {
    fn issuer(&self, audiences: &[String]) -> Result<Issuer, StartupError> {
        let keys = match (self.key_source()?, self.refresh_seconds) {
            (source, None) => KeySet::new(source),
            (source, Some(seconds @ 1..=REFRESH_SECONDS_MAX)) => {
                KeySet::read_every(Duration::from_secs(seconds), source)
            }
            (_, Some(seconds)) => {
                let what = format!("has refresh_seconds = {seconds}; it takes 1 to {REFRESH_SECONDS_MAX}");
                return Err(mistake(self, &what));
            }
        };
        let audiences = if self.audiences.is_empty() { audiences } else { &self.audiences };
        Ok(Issuer {
            tenants: self.served_tenants()?,
            claims: self.claims.names(),
            algorithms: self.accepted_algorithms()?,
            authentication_context: self.authentication_context.clone(),
            ..Issuer::new(&self.issuer, audiences.to_vec(), keys)
        })
    }

    fn key_source(&self) -> Result<KeySource, StartupError> {
        let client = || key_source::client().map_err(StartupError::Failed);
        match (&self.discovery, &self.jwks_uri, &self.jwks_file) {
            (Some(uri), None, None) => Ok(KeySource::Discovery {
                uri: self.safe("discovery", uri)?,
                issuer: self.issuer.clone(),
                client: client()?,
            }),
            (None, Some(uri), None) => {
                Ok(KeySource::Uri { uri: self.safe("jwks_uri", uri)?, client: client()? })
            }
            (None, None, Some(path)) => match std::fs::metadata(path) {
                Ok(_) => Ok(KeySource::File(path.clone())),
                Err(error) => {
                    let path = path.display();
                    Err(mistake(self, &format!("has jwks_file = '{path}', which cannot be read: {error}")))
                }
            },
            _ => Err(mistake(self, "needs one of discovery, jwks_uri and jwks_file: where its keys are")),
        }
    }

    fn safe(&self, key: &str, uri: &str) -> Result<String, StartupError> {
        match key_source::is_safe(uri) {
            true => Ok(uri.to_owned()),
            false => Err(mistake(self, &format!("has {key} = '{uri}', which is not an https URL"))),
        }
    }

    fn served_tenants(&self) -> Result<Tenants, StartupError> {
        let has_placeholder = self.issuer.contains(TENANT_PLACEHOLDER);
        match (self.tenant, self.tenants.as_slice()) {
            (Some(_), _) if has_placeholder => {
                Err(mistake(self, "has the tenant in its name; take away tenant, or list it in tenants"))
            }
            (Some(_), _) if self.claims.tenant.is_some() || !self.tenants.is_empty() => {
                Err(mistake(self, "has a tenant, so neither tenants nor claims.tenant can be set"))
            }
            (Some(tenant), _) => Ok(Tenants::Fixed(tenant)),
            (None, []) => Err(mistake(
                self,
                "needs tenants, those that are served ('*' for any), or tenant, the one of all its callers",
            )),
            (None, [any]) if any == ANY_TENANT => Ok(Tenants::Any),
            (None, tenants) => {
                let read = |text: &String| {
                    guid(text)
                        .ok_or_else(|| mistake(self, &format!("has the tenant '{text}', which is no GUID")))
                };
                Ok(Tenants::Only(tenants.iter().map(read).collect::<Result<_, _>>()?))
            }
        }
    }

    fn accepted_algorithms(&self) -> Result<Vec<Algorithm>, StartupError> {
        if self.algorithms.is_empty() {
            return Ok(vec![Algorithm::RS256]);
        }
        let read = |name: &String| {
            let known = ALGORITHMS.iter().find(|(known, _)| known == name).map(|(_, algorithm)| *algorithm);
            known.ok_or_else(|| {
                let names = ALGORITHMS.map(|(known, _)| known).join(", ");
                mistake(self, &format!("has the algorithm '{name}'; there are {names}"))
            })
        };
        self.algorithms.iter().map(read).collect()
    }
}

impl ClaimsTable {
    /// The names of the claims; those that are not set are Entra's.
    fn names(&self) -> ClaimNames {
        let entra = ClaimNames::default();
        let names = |set: &Option<String>, usual| set.clone().map_or(usual, |name| vec![name]);
        let grant = |set: &Option<String>, usual| set.clone().map_or(usual, GrantClaim::WordsOrList);
        ClaimNames {
            subject: names(&self.subject, entra.subject),
            application: names(&self.application, entra.application),
            scopes: grant(&self.scopes, entra.scopes),
            roles: grant(&self.roles, entra.roles),
            name: names(&self.name, entra.name),
            tenant: self.tenant.clone().unwrap_or(entra.tenant),
            tags: self.scope_tags.clone().unwrap_or(entra.tags),
            application_only: self.application_only.clone(),
        }
    }
}

fn mistake(table: &IssuerTable, what: &str) -> StartupError {
    StartupError::Misused(format!("the issuer '{}' {what}", table.issuer))
}
