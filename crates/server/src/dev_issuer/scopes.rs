//! The scopes that a client asks for: of OpenID Connect, and of one resource.

use super::directory::{DevDirectory, GRAPH, is_loopback};
use super::refusal::{INVALID_SCOPE, OauthError, TWO_RESOURCES, UNKNOWN_RESOURCE, UNKNOWN_SCOPE};
use crate::tokens::is_graph;

/// The scope that asks for whatever is granted already.
const DEFAULT: &str = ".default";
/// The scopes of OpenID Connect.
pub(super) const OPENID: [&str; 4] = ["openid", "profile", "email", "offline_access"];
/// Other services of Microsoft. A token for one of them is no token for Graph.
const OTHER_SERVICES: [&str; 8] = [
    "https://management.azure.com",
    "https://management.core.windows.net",
    "https://vault.azure.net",
    "https://storage.azure.com",
    "https://database.windows.net",
    "https://graph.windows.net",
    "https://outlook.office365.com",
    "https://api.manage.microsoft.com",
];

/// What is asked of a client's scopes.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AskedScopes {
    /// The resource: Graph, an application's own API, or another service.
    pub(super) resource: String,
    /// The names that are asked for, each with the text that asked for it.
    pub(super) names: Vec<AskedScope>,
    /// The text that asked for what is granted already, if one did.
    pub(super) default: Option<String>,
    /// The scopes of OpenID Connect.
    pub(super) openid: Vec<String>,
}

/// One scope of the resource.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct AskedScope {
    pub(super) name: String,
    /// The scope as the client wrote it: its cache looks for the same text in the answer.
    pub(super) written: String,
}

impl AskedScopes {
    /// Whether a scope of OpenID Connect is asked for.
    pub(super) fn has(&self, openid: &str) -> bool {
        self.openid.iter().any(|scope| scope == openid)
    }

    /// A name of the resource as a whole scope.
    pub(super) fn whole(&self, name: &str) -> String {
        format!("{}/{name}", self.resource)
    }
}

/// Takes the scopes of a request apart.
pub(super) fn parse(directory: &DevDirectory, origin: &str, text: &str) -> Result<AskedScopes, OauthError> {
    let mut asked =
        AskedScopes { resource: String::new(), names: Vec::new(), default: None, openid: Vec::new() };
    for written in text.split_ascii_whitespace() {
        if OPENID.contains(&written) {
            asked.openid.push(written.to_owned());
            continue;
        }
        let (resource, name) = written.rsplit_once('/').unwrap_or((GRAPH, written));
        let resource = resource_of(directory, origin, resource.trim_end_matches('/'))?;
        if !asked.resource.is_empty() && asked.resource != resource {
            return Err(TWO_RESOURCES.of(text));
        }
        asked.resource = resource;
        if name == DEFAULT {
            asked.default = Some(written.to_owned());
        } else {
            let name =
                known_name(directory, &asked.resource, name).ok_or_else(|| UNKNOWN_SCOPE.of(written))?;
            asked.names.push(AskedScope { name, written: written.to_owned() });
        }
    }
    if asked.default.is_some() && !asked.names.is_empty() {
        return Err(INVALID_SCOPE
            .of(&format!("The scope '{text}' combines .default with scopes of the same resource.")));
    }
    if asked.resource.is_empty() {
        GRAPH.clone_into(&mut asked.resource);
    }
    Ok(asked)
}

/// The resource of a scope. Libraries that were pointed at another address ask for that address, some without its port:
/// ours is Graph.
fn resource_of(directory: &DevDirectory, origin: &str, resource: &str) -> Result<String, OauthError> {
    let without_port = |url: &str| Some(reqwest::Url::parse(url).ok()?.host_str()?.to_owned());
    let is_ours = || {
        is_loopback(resource) || without_port(resource).is_some_and(|host| Some(host) == without_port(origin))
    };
    if is_graph(resource) || (resource.contains("://") && is_ours()) {
        return Ok(GRAPH.to_owned());
    }
    if OTHER_SERVICES.contains(&resource) || directory.api(resource).is_some() {
        return Ok(resource.to_owned());
    }
    Err(UNKNOWN_RESOURCE.of(resource))
}

/// The name of a scope, as its resource writes it.
fn known_name(directory: &DevDirectory, resource: &str, name: &str) -> Option<String> {
    if resource == GRAPH {
        return directory.permissions.find(name).map(str::to_owned);
    }
    match directory.api(resource) {
        Some(api) => api.scopes.iter().find(|scope| *scope == name).cloned(),
        // What scopes another service has is not known here.
        None => Some(name.to_owned()),
    }
}
