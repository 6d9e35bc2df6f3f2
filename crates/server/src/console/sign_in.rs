//! The ways to sign in that the issuers of the configuration give.

use http::Uri;
use serde::Serialize;

use crate::issuer_table::IssuerTable;
use crate::startup_error::StartupError;

/// What stands behind an authority in the address of its discovery document.
const DISCOVERY: &str = "/.well-known/openid-configuration";
/// What the console needs of any issuer: who signed in, and a token for longer than one lasts.
const SCOPES: [&str; 3] = ["openid", "profile", "offline_access"];

/// A way to sign in, as the console is told.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConsoleSignIn {
    pub name: String,
    pub authority: String,
    pub client_id: String,
    pub scope: String,
}

impl ConsoleSignIn {
    /// A way to sign in for these scopes besides those of OpenID Connect.
    pub fn new(name: &str, authority: &str, client_id: &str, scopes: &[String]) -> ConsoleSignIn {
        let scopes: Vec<_> = SCOPES.into_iter().chain(scopes.iter().map(String::as_str)).collect();
        ConsoleSignIn {
            name: name.to_owned(),
            authority: authority.to_owned(),
            client_id: client_id.to_owned(),
            scope: scopes.join(" "),
        }
    }
}

/// The way to sign in at an issuer; none if it has no table for it.
pub fn sign_in(issuer: &IssuerTable) -> Result<Option<ConsoleSignIn>, StartupError> {
    let Some(table) = &issuer.console else { return Ok(None) };
    let found = issuer.discovery.as_deref().and_then(|uri| uri.strip_suffix(DISCOVERY));
    let Some(authority) = table.authority.as_deref().or(found) else {
        return Err(mistake(issuer, "needs console.authority: where its discovery document is"));
    };
    let Some(origin) = origin(authority) else {
        return Err(mistake(
            issuer,
            &format!("has console.authority = '{authority}', which is no http(s) URL"),
        ));
    };
    let host = origin.split_once("://").map_or(&*origin, |(_, host)| host);
    let name = table.name.as_deref().unwrap_or(host);
    Ok(Some(ConsoleSignIn::new(name, authority.trim_end_matches('/'), &table.client_id, &table.scopes)))
}

/// Scheme, host and port of an address: what a page is allowed to ask.
pub fn origin(address: &str) -> Option<String> {
    let uri: Uri = address.parse().ok()?;
    let scheme = uri.scheme_str().filter(|scheme| ["http", "https"].contains(scheme))?;
    let authority =
        uri.authority().filter(|authority| !authority.as_str().contains(['@', ';', ',', '\'']))?;
    Some(format!("{scheme}://{authority}"))
}

fn mistake(issuer: &IssuerTable, what: &str) -> StartupError {
    StartupError::Misused(format!("the issuer '{}' {what}", issuer.issuer))
}
