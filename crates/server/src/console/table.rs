//! The table `[issuers.console]` of the configuration: how people sign in to the console at an issuer.

use serde::{Deserialize, Serialize};

/// The table `[issuers.console]`.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SignInTable {
    /// The client id of the console, a public client of the issuer with the redirect URI `…/console/signed-in`.
    pub client_id: String,
    /// The scopes that give a token for this server, besides those of OpenID Connect.
    pub scopes: Vec<String>,
    /// The address below which the issuer's discovery document is. Without it, the one of `discovery`.
    pub authority: Option<String>,
    /// The name on the button.
    pub name: Option<String>,
}
