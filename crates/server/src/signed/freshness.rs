//! Whether a request is new: it names a nonce of this process, and a number that is higher than that of any request of its
//! key before it. No clock of a client counts.
//!
//! The nonce changes each hour, and the one before still holds. The numbers are kept as long as a nonce holds under which
//! they came; so whatever is forgotten cannot come again.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderMap, HeaderName, HeaderValue};
use request_proof::{NONCE_HEADER, ProofClaims, PublicKey};
use uuid::Uuid;

use crate::request_error::{ProofProblem, RequestError};

/// The time after which there is a new nonce.
const NONCE_TIME: Duration = Duration::from_secs(3_600);
/// The keys whose numbers are kept for one nonce. If there are more there is a new nonce at once, and the one before ends.
const KEYS_MAX: usize = 200_000;

/// The digest of a key: they are long, and many.
type KeyDigest = [u8; 16];

/// The nonces that hold, and the last number of each key.
pub struct Freshness(Mutex<Generations>);

struct Generations {
    current: Generation,
    previous: Option<Generation>,
    since: Instant,
    keys_max: usize,
}

/// A nonce, and the last numbers of the keys that were used while it was the newest.
struct Generation {
    nonce: HeaderValue,
    last: HashMap<KeyDigest, u64>,
}

impl Generation {
    fn new() -> Generation {
        let random = [Uuid::new_v4().into_bytes(), Uuid::new_v4().into_bytes()].concat();
        let nonce = HeaderValue::from_str(&BASE64URL_NOPAD.encode(&random));
        Generation { nonce: nonce.unwrap_or(HeaderValue::from_static("")), last: HashMap::new() }
    }
}

impl Default for Freshness {
    fn default() -> Freshness {
        Freshness::with_bound(KEYS_MAX)
    }
}

impl Freshness {
    fn with_bound(keys_max: usize) -> Freshness {
        let current = Generation::new();
        Freshness(Mutex::new(Generations { current, previous: None, since: Instant::now(), keys_max }))
    }

    /// Puts the newest nonce into a response.
    pub fn write(&self, headers: &mut HeaderMap) {
        let nonce = self.generations().current.nonce.clone();
        headers.insert(HeaderName::from_static(NONCE_HEADER), nonce);
    }

    /// Takes a verified request, unless it is old.
    pub fn accept(&self, key: &PublicKey, claims: &ProofClaims) -> Result<(), RequestError> {
        let mut name = KeyDigest::default();
        name.copy_from_slice(&digest(&SHA256, key.point()).as_ref()[..16]);
        self.generations().accept(name, claims)
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        let mut generations = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if generations.since.elapsed() >= NONCE_TIME {
            generations.rotate();
        }
        generations
    }
}

impl Generations {
    fn rotate(&mut self) {
        self.previous = Some(std::mem::replace(&mut self.current, Generation::new()));
        self.since = Instant::now();
    }

    fn accept(&mut self, key: KeyDigest, claims: &ProofClaims) -> Result<(), RequestError> {
        let holds = |generation: &Generation| generation.nonce.as_bytes() == claims.nonce.as_bytes();
        if !holds(&self.current) && !self.previous.as_ref().is_some_and(holds) {
            let message =
                "the nonce of the proof is not this server's, or is old; take the one of this answer";
            return Err(RequestError::unproven(ProofProblem::StaleNonce, message));
        }
        let before = self.previous.as_ref().and_then(|generation| generation.last.get(&key)).copied();
        let is_full = self.current.last.len() >= self.keys_max;
        match self.current.last.entry(key) {
            Entry::Occupied(mut last) if claims.sequence > *last.get() => *last.get_mut() = claims.sequence,
            Entry::Occupied(_) => return Err(replayed()),
            Entry::Vacant(_) if before.is_some_and(|before| claims.sequence <= before) => {
                return Err(replayed());
            }
            Entry::Vacant(_) if is_full => {
                // Rather than forget a number, no nonce is taken under which one came.
                self.current = Generation::new();
                self.previous = None;
                self.since = Instant::now();
                let message = "the nonce has changed; take the one of this answer";
                return Err(RequestError::unproven(ProofProblem::StaleNonce, message));
            }
            Entry::Vacant(place) => {
                place.insert(claims.sequence);
            }
        }
        Ok(())
    }
}

fn replayed() -> RequestError {
    let message = "the number of the proof ('sequence') is not higher than that of a request before it";
    RequestError::unproven(ProofProblem::Replayed, message)
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use request_proof::{NONCE_HEADER, ProofClaims};

    use super::Freshness;
    use crate::code;

    /// What becomes of a request: the number of the error, or 0.
    fn accept(freshness: &Freshness, key: u8, nonce: &str, sequence: u64) -> u16 {
        let claims = ProofClaims {
            method: String::new(),
            path: String::new(),
            body: String::new(),
            nonce: nonce.to_owned(),
            sequence,
        };
        freshness.generations().accept([key; 16], &claims).map_or_else(|error| error.code().0, |()| 0)
    }

    fn nonce(freshness: &Freshness) -> String {
        let mut headers = HeaderMap::new();
        freshness.write(&mut headers);
        headers[NONCE_HEADER].to_str().unwrap().to_owned()
    }

    #[test]
    fn a_number_is_taken_once_and_in_order() {
        let freshness = Freshness::default();
        let nonce = nonce(&freshness);
        let replayed = code::PROOF_REPLAYED.0;
        for (key, sequence, expected) in
            [(b'a', 1, 0), (b'a', 1, replayed), (b'a', 5, 0), (b'a', 4, replayed), (b'b', 1, 0), (b'a', 6, 0)]
        {
            assert_eq!(accept(&freshness, key, &nonce, sequence), expected, "{key} {sequence}");
        }
    }

    #[test]
    fn a_nonce_holds_until_the_one_after_the_next() {
        let freshness = Freshness::default();
        let first = nonce(&freshness);
        assert_eq!(accept(&freshness, b'a', &first, 7), 0);
        freshness.0.lock().unwrap().rotate();
        let second = nonce(&freshness);
        assert_ne!(first, second);
        // What came under the first is still known, whichever nonce it is sent with.
        assert_eq!(accept(&freshness, b'a', &first, 7), code::PROOF_REPLAYED.0);
        assert_eq!(accept(&freshness, b'a', &second, 7), code::PROOF_REPLAYED.0);
        assert_eq!(accept(&freshness, b'a', &first, 8), 0);
        freshness.0.lock().unwrap().rotate();
        assert_eq!(accept(&freshness, b'a', &first, 9), code::NONCE_STALE.0);
        assert_eq!(accept(&freshness, b'a', &second, 8), code::PROOF_REPLAYED.0);
        assert_eq!(accept(&Freshness::default(), b'a', &second, 9), code::NONCE_STALE.0);
    }

    #[test]
    fn with_too_many_keys_the_nonce_changes_and_nothing_old_is_taken() {
        let freshness = Freshness::with_bound(2);
        let first = nonce(&freshness);
        assert_eq!(accept(&freshness, b'a', &first, 1), 0);
        assert_eq!(accept(&freshness, b'b', &first, 1), 0);
        assert_eq!(accept(&freshness, b'a', &first, 2), 0, "a known key takes no room");
        assert_eq!(accept(&freshness, b'c', &first, 1), code::NONCE_STALE.0);
        assert_eq!(accept(&freshness, b'a', &first, 2), code::NONCE_STALE.0, "a replay");
        assert_eq!(accept(&freshness, b'c', &nonce(&freshness), 1), 0);
    }
}
