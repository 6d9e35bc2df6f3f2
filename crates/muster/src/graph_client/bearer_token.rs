//! The token with which a server is asked: given, made with a dev server's key for as long as it takes, or granted by an
//! authority.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;
use server::dev::{DevFolder, USER_DEFAULT};
use server::tokens::issue::{
    self, DEV_CLIENT, LIFETIME_SECONDS_DEFAULT, TokenGrant, TokenSubject, UserClaims,
};
use uuid::Uuid;

use super::client_credentials::ClientCredentials;
use super::failure::RequestFailure;
use super::stopped::Stopped;

/// The time that a token made here is used.
const TOKEN_TIME_MAX: Duration = Duration::from_secs(LIFETIME_SECONDS_DEFAULT / 2);

/// The token with which a server is asked.
pub enum BearerToken {
    /// A token that the operator gave.
    Given(String),
    /// Tokens that are made with the key of a dev server's issuer, again and again.
    Made {
        folder: DevFolder,
        tenant: Uuid,
        /// The last token, and when it was made.
        last: Mutex<Option<(Instant, String)>>,
    },
    /// Tokens that an authority grants to an application.
    Granted(Arc<ClientCredentials>),
}

impl BearerToken {
    /// Makes tokens for a tenant of the dev server with this folder.
    pub fn made(folder: DevFolder, tenant: Uuid) -> BearerToken {
        BearerToken::Made { folder, tenant, last: Mutex::new(None) }
    }

    /// The tenant that the token names, if it names one.
    pub fn tenant(&self) -> Option<String> {
        match self {
            BearerToken::Given(token) => tenant_in(token),
            BearerToken::Made { tenant, .. } => Some(tenant.to_string()),
            BearerToken::Granted(_) => None,
        }
    }

    /// The token itself, made anew if it is getting old.
    pub async fn get(&self) -> Result<String, RequestFailure> {
        match self {
            BearerToken::Given(token) => Ok(token.clone()),
            BearerToken::Made { folder, tenant, last } => {
                made(folder, *tenant, last).map_err(|reason| RequestFailure::Final(Stopped(reason)))
            }
            BearerToken::Granted(credentials) => credentials.token().await,
        }
    }

    /// Has another one made the next time; whether that may help.
    pub async fn forget(&self) -> bool {
        match self {
            BearerToken::Given(_) => false,
            BearerToken::Made { last, .. } => {
                let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
                last.take().is_some_and(|(made, _)| made.elapsed() > TOKEN_TIME_MAX / 2)
            }
            BearerToken::Granted(credentials) => credentials.forget().await,
        }
    }
}

/// The last token of a dev server's issuer, made anew if it is getting old.
fn made(folder: &DevFolder, tenant: Uuid, last: &Mutex<Option<(Instant, String)>>) -> Result<String, String> {
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((made, token)) = &*last
        && made.elapsed() < TOKEN_TIME_MAX
    {
        return Ok(token.clone());
    }
    let user = UserClaims::of_name(tenant, USER_DEFAULT);
    let subject = TokenSubject::User { user, client_id: DEV_CLIENT };
    let permissions = domain::permissions();
    let grant = TokenGrant { permissions: &permissions, ..TokenGrant::new(tenant, subject) };
    let token = issue::issue(&folder.signing_key()?, &grant)?;
    *last = Some((Instant::now(), token.clone()));
    Ok(token)
}

/// The tenant that a token names. Whether the token holds is for the server to say.
fn tenant_in(token: &str) -> Option<String> {
    let claims = BASE64URL_NOPAD.decode(token.split('.').nth(1)?.as_bytes()).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    Some(claims["tid"].as_str()?.to_ascii_lowercase())
}
