//! The other tenant: where its Graph is, and who signs in there.

use std::sync::Arc;

use reqwest::header::{HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use server::StartupError;
use zeroize::Zeroizing;

use crate::graph_client::{
    ApplicationProof, BearerToken, ClientCredentials, CollectionPage, GraphClient, ReadFailure, Stopped,
    Trust, is_local, server_url, trusting_client,
};
use crate::vault_arguments::VaultMirrorArguments;

const SECRET_VARIABLE: &str = "AZURE_CLIENT_SECRET";
/// The items that a page should have; a server that does not know the wish answers with as many as it likes.
const PAGE_WISH: &str = "odata.maxpagesize=500";
/// What a server that asks for reasons keeps on record.
const REASON: &str = "muster vault mirror";

/// The other tenant.
pub struct MirrorSource {
    client: GraphClient,
    credentials: Arc<ClientCredentials>,
    url: Url,
}

impl MirrorSource {
    /// Prepares to sign in; nothing is asked yet.
    pub fn new(arguments: &VaultMirrorArguments) -> Result<MirrorSource, StartupError> {
        let (url, http) = client(arguments, &arguments.from)?;
        let (_, authority) = client(arguments, &arguments.authority)?;
        let credentials = Arc::new(ClientCredentials::new(
            authority,
            (&arguments.authority, &arguments.from_tenant),
            (&arguments.client_id, proof(arguments)?),
            &arguments.scope,
        ));
        let mut headers = HeaderMap::new();
        headers.insert("Prefer", HeaderValue::from_static(PAGE_WISH));
        headers.insert("Muster-Reason", HeaderValue::from_static(REASON));
        let token = BearerToken::Granted(Arc::clone(&credentials));
        Ok(MirrorSource { client: GraphClient::foreign(&url, http, token, headers), credentials, url })
    }

    /// The credentials with which it is asked.
    pub fn credentials(&self) -> Arc<ClientCredentials> {
        Arc::clone(&self.credentials)
    }

    /// Reads a page: of a path, or the next one of a list.
    pub async fn page(&self, path_or_url: &str) -> Result<CollectionPage, ReadFailure> {
        let page = self.client.page(path_or_url).await?;
        // The token goes where the link leads.
        let is_ours = |link: &String| Url::parse(link).is_ok_and(|link| link.origin() == self.url.origin());
        match page.next.as_ref().is_none_or(is_ours) {
            true => Ok(page),
            false => Err(Stopped(format!("{} continues a list on another server", self.url)).into()),
        }
    }
}

/// The URL of a server of the other side, and a client for it. Passwords and secrets go to no stranger, and not in the open.
fn client(arguments: &VaultMirrorArguments, url: &str) -> Result<(Url, Client), StartupError> {
    let url = server_url(url)?;
    if url.scheme() == "http" && !is_local(&url) {
        return Err(StartupError::Misused(format!("'{url}' is not https: passwords would go in the open")));
    }
    let trust = arguments.from_ca.as_deref().map_or(Trust::System, Trust::Also);
    let client = trusting_client(&url, trust)?;
    Ok((url, client))
}

fn proof(arguments: &VaultMirrorArguments) -> Result<ApplicationProof, StartupError> {
    let read = |path: &std::path::Path| {
        let read = std::fs::read(path).map(Zeroizing::new);
        read.map_err(|error| StartupError::Misused(format!("cannot read {}: {error}", path.display())))
    };
    let secret = |text: &str| {
        Some(text.trim())
            .filter(|text| !text.is_empty())
            .map(|text| ApplicationProof::Secret(Zeroizing::new(text.to_owned())))
    };
    let given = match (&arguments.secret_file, &arguments.certificate) {
        (Some(file), _) => secret(&String::from_utf8_lossy(&read(file)?)),
        (None, Some(file)) => {
            let unusable = |reason| StartupError::Misused(format!("cannot use {}: {reason}", file.display()));
            Some(ApplicationProof::from_pem(&read(file)?).map_err(unusable)?)
        }
        (None, None) => std::env::var(SECRET_VARIABLE).ok().and_then(|text| secret(&text)),
    };
    given.ok_or_else(|| {
        StartupError::Misused(format!(
            "there is no secret to sign in with; pass --secret-file or --certificate, or set {SECRET_VARIABLE}"
        ))
    })
}
