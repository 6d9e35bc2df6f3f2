//! Tokens that were verified, by their text: a signature costs a hundred times a lookup.
//!
//! They are found by a hash that is keyed anew in each process, and compared as a whole, so a token is never taken for
//! another.

use std::sync::Arc;

use engine::Caller;
use quick_cache::Weighter;
use quick_cache::sync::Cache;

/// The most bytes of tokens in the cache, some ten thousand usual ones; the least used make room.
const TOKENS_BYTES_MAX: u64 = 16 << 20;
/// The number of tokens that are expected in the cache.
const TOKENS_EXPECTED: usize = 1_000;

/// A token that was verified.
#[derive(Clone)]
pub struct CachedToken {
    /// The caller whose token it is.
    pub caller: Arc<Caller>,
    /// The token's `exp`, in seconds since 1970.
    pub expires: u64,
    /// The position of its issuer among those that are trusted.
    pub issuer: usize,
    /// The generation of that issuer's keys in which it was verified.
    pub generation: u64,
}

/// A cache of the tokens that were verified.
pub struct TokenCache(Cache<Box<[u8]>, CachedToken, TokenBytes>);

#[derive(Clone)]
struct TokenBytes;

impl Weighter<Box<[u8]>, CachedToken> for TokenBytes {
    fn weight(&self, token: &Box<[u8]>, _: &CachedToken) -> u64 {
        token.len() as u64
    }
}

impl TokenCache {
    /// Makes an empty cache.
    pub fn new() -> TokenCache {
        TokenCache(Cache::with_weighter(TOKENS_EXPECTED, TOKENS_BYTES_MAX, TokenBytes))
    }

    /// The caller whose token it is, unless it has expired or its issuer's keys have changed since.
    pub fn get(
        &self,
        token: &[u8],
        now: u64,
        generation: impl Fn(usize) -> Option<u64>,
    ) -> Option<Arc<Caller>> {
        let entry = self.0.get(token)?;
        if entry.expires <= now || generation(entry.issuer) != Some(entry.generation) {
            self.0.remove(token);
            return None;
        }
        Some(entry.caller)
    }

    /// Adds a token.
    pub fn put(&self, token: &[u8], entry: CachedToken) {
        self.0.insert(token.into(), entry);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::{Caller, CallerKind};
    use uuid::Uuid;

    use super::{CachedToken, TokenCache};

    #[test]
    fn an_entry_ends_with_its_token_or_its_key() {
        let caller = Arc::new(Caller {
            tenant: Uuid::nil(),
            object_id: Uuid::nil(),
            application_id: Uuid::nil(),
            kind: CallerKind::Application,
            permissions: Vec::new(),
            tags: Vec::new(),
            user_principal_name: None,
            application_name: None,
        });
        let cases = [
            ("in time, same keys", 99, Some(7), true),
            ("expired", 100, Some(7), false),
            ("other keys", 99, Some(8), false),
            ("issuer gone", 99, None, false),
        ];
        for (name, now, generation, found) in cases {
            let (cache, token) = (TokenCache::new(), b"a token");
            let entry = CachedToken { caller: Arc::clone(&caller), expires: 100, issuer: 0, generation: 7 };
            cache.put(token, entry);
            assert_eq!(cache.get(token, now, |_| generation).is_some(), found, "{name}");
        }
    }
}
