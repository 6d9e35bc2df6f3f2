//! Tokens in: who asks, by a token of an issuer that is trusted here.

mod cache;
mod caller;
mod challenge;
mod claims;
mod cloud;
pub mod issue;
mod issuer;
mod jwks;
mod jws;
pub mod key_source;
pub mod keys;
mod verify;

use std::sync::Arc;

use engine::Caller;
use http::{HeaderMap, header};

use crate::graph::Graph;
use crate::request_error::RequestError;

pub use claims::{GRAPH_AUDIENCES, TENANT_PLACEHOLDER, guid, unix_seconds_now};
pub use cloud::{Cloud, is_graph};
pub use issuer::{ClaimNames, GrantClaim, Issuer, Tenants};
pub use jws::ALGORITHMS;

use cache::TokenCache;
use jws::TokenParts;

/// The most bytes of a token. Entra's hold two hundred groups in about 10 KiB.
const TOKEN_BYTES_MAX: usize = 16 << 10;

/// The scheme of the Authorization header, with the blank that ends it.
const SCHEME: &[u8] = b"Bearer ";

/// The issuers that are trusted, and their tokens that were verified.
pub struct Tokens {
    issuers: Vec<Issuer>,
    cache: TokenCache,
}

impl Tokens {
    /// Trusts these issuers and no other.
    pub fn new(issuers: Vec<Issuer>) -> Tokens {
        Tokens { issuers, cache: TokenCache::new() }
    }

    /// The caller who sends these headers. A token that was verified before is only looked up.
    pub async fn authenticate<G: Graph>(
        &self,
        headers: &HeaderMap,
        graph: &G,
    ) -> Result<Arc<Caller>, RequestError> {
        let token = bearer(headers)?;
        let now = unix_seconds_now();
        let generation = |issuer: usize| self.issuers.get(issuer).map(|issuer| issuer.keys.generation());
        if let Some(caller) = self.cache.get(token, now, generation) {
            return Ok(caller);
        }
        let parts = TokenParts::of(token)?;
        // Boxed: it may ask an issuer for its keys, and most requests need none of that.
        let verified = Box::pin(verify::verify(&self.issuers, &parts, now)).await?;
        let issuer = &self.issuers[verified.issuer];
        let caller = caller::caller(issuer, &verified, |name| graph.permission(name))?;
        let context = issuer.authentication_context.as_deref();
        challenge::check_authentication_context(context, caller.kind, &verified.claims)?;
        let caller = Arc::new(caller);
        let entry = cache::CachedToken {
            caller: Arc::clone(&caller),
            expires: verified.expires,
            issuer: verified.issuer,
            generation: verified.generation,
        };
        self.cache.put(token, entry);
        Ok(caller)
    }

    /// The issuers, to keep their keys fresh.
    pub fn issuers(&self) -> &[Issuer] {
        &self.issuers
    }
}

/// The token of the one Authorization header (RFC 6750, 2.1; the scheme's case does not matter), as bytes: the text of
/// a token in the cache needs no second look.
fn bearer(headers: &HeaderMap) -> Result<&[u8], RequestError> {
    let refuse =
        |message: &str, invalid| RequestError::Unauthenticated { message: message.to_owned(), invalid };
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
