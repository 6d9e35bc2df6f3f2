//! Tokens in: who asks, by a token of an issuer that is trusted here.

mod claims;
pub mod issue;
pub mod keys;
mod remembered;
mod verify;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use domain::Caller;
use http::{HeaderMap, header};

use crate::graph::Graph;
use crate::refusal::Refusal;

pub use verify::Issuer;

use remembered::{Digest, Remembered};

/// The longest token. Entra's hold two hundred groups in about 10 KiB.
const TOKEN_BYTES_MAX: usize = 16 << 10;

/// The scheme of the Authorization header, with the blank that ends it.
const SCHEME: &[u8] = b"Bearer ";

/// What stands for the tenant in an issuer's name, as in Entra's own discovery document.
pub const TENANT_PLACEHOLDER: &str = "{tenantid}";

/// The audiences of Microsoft Graph: what a client that was made for it asks a token for.
pub const GRAPH_AUDIENCES: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// The issuers that are trusted, and the tokens of theirs that were seen.
pub struct Tokens {
    issuers: Vec<Issuer>,
    remembered: Remembered,
}

impl Tokens {
    /// Trusts these issuers and no other.
    pub fn new(issuers: Vec<Issuer>) -> Tokens {
        Tokens { issuers, remembered: Remembered::new() }
    }

    /// Who asks. A token that was verified before is only looked up.
    pub async fn authenticate<G: Graph>(
        &self,
        headers: &HeaderMap,
        graph: &G,
    ) -> Result<Arc<Caller>, Refusal> {
        let token = bearer(headers)?;
        let digest = Digest::of(token);
        let now = unix_seconds_now();
        let generation = |issuer: usize| self.issuers.get(issuer).map(|issuer| issuer.keys.generation());
        if let Some(caller) = self.remembered.get(&digest, now, generation) {
            return Ok(caller);
        }
        let verified = verify::verify(&self.issuers, token, now).await?;
        let caller = Arc::new(claims::caller(verified.claims, |name| graph.permission(name))?);
        let entry = remembered::Entry {
            caller: Arc::clone(&caller),
            expires: verified.expires,
            issuer: verified.issuer,
            generation: verified.generation,
        };
        self.remembered.put(digest, entry);
        Ok(caller)
    }

    /// The issuers, to keep their keys fresh.
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }
}

/// The token of the one Authorization header (RFC 6750, 2.1; the scheme's case does not matter). As bytes: the text
/// of a token that is remembered needs no second look.
fn bearer(headers: &HeaderMap) -> Result<&[u8], Refusal> {
    let refuse = |message: &str, invalid| Refusal::Unauthenticated { message: message.to_owned(), invalid };
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let value = values.next().ok_or_else(|| refuse("the request has no access token", false))?;
    if values.next().is_some() {
        return Err(refuse("the request has two Authorization headers", true));
    }
    let token = match value.as_bytes().split_at_checked(SCHEME.len()) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case(SCHEME) => rest.trim_ascii(),
        _ => return Err(refuse("the Authorization header is not of the scheme Bearer", true)),
    };
    if token.is_empty() {
        return Err(refuse("the access token is empty", true));
    }
    if token.len() > TOKEN_BYTES_MAX {
        return Err(refuse("the access token is longer than 16 KiB", true));
    }
    Ok(token)
}

/// Seconds since 1970. Tokens live by the real clock, also where the service's own clock can be turned.
pub fn unix_seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}
