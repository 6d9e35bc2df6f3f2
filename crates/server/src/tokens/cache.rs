//! Tokens that were verified, by the digest of their text: a signature costs thirty times a lookup.

use std::sync::Arc;

use engine::Caller;
use quick_cache::sync::Cache;

/// The most tokens in the cache; the least used make room.
const TOKENS_MAX: usize = 10_000;

/// The SHA-256 digest of a token's text: the cache holds no token.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of a token.
    pub fn of(token: &[u8]) -> TokenDigest {
        let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, token);
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest.as_ref());
        TokenDigest(bytes)
    }
}

/// The facts about a token that was verified.
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
pub struct TokenCache(Cache<TokenDigest, CachedToken>);

impl TokenCache {
    /// Makes an empty cache.
    pub fn new() -> TokenCache {
        TokenCache(Cache::new(TOKENS_MAX))
    }

    /// The caller whose token it is, unless it has expired or its issuer's keys have changed since.
    pub fn get(
        &self,
        digest: &TokenDigest,
        now: u64,
        generation: impl Fn(usize) -> Option<u64>,
    ) -> Option<Arc<Caller>> {
        let entry = self.0.get(digest)?;
        if entry.expires <= now || generation(entry.issuer) != Some(entry.generation) {
            self.0.remove(digest);
            return None;
        }
        Some(entry.caller)
    }

    /// Adds a token.
    pub fn put(&self, digest: TokenDigest, entry: CachedToken) {
        self.0.insert(digest, entry);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::{Caller, CallerKind};
    use uuid::Uuid;

    use super::{CachedToken, TokenCache, TokenDigest};

    #[test]
    fn an_entry_ends_with_its_token_or_its_key() {
        let caller = Arc::new(Caller {
            tenant: Uuid::nil(),
            object_id: Uuid::nil(),
            application_id: Uuid::nil(),
            kind: CallerKind::Application,
            permissions: Vec::new(),
            user_principal_name: None,
        });
        let cases = [
            ("in time, same keys", 99, Some(7), true),
            ("expired", 100, Some(7), false),
            ("other keys", 99, Some(8), false),
            ("issuer gone", 99, None, false),
        ];
        for (name, now, generation, found) in cases {
            let cache = TokenCache::new();
            let digest = TokenDigest::of(b"a token");
            let entry = CachedToken { caller: Arc::clone(&caller), expires: 100, issuer: 0, generation: 7 };
            cache.put(digest, entry);
            assert_eq!(cache.get(&digest, now, |_| generation).is_some(), found, "{name}");
        }
    }
}
