//! Device codes that somebody has yet to enter (RFC 8628, 3.3), by the short code that people type.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::tokens::unix_seconds_now;

/// The most codes that wait at once: the one that would end first makes room.
const PENDING_CODES_MAX: usize = 1_000;

/// The letters of a code: none that looks like another, and no vowels, so that no word comes out.
const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";

/// What became of a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CodeDecision {
    /// Nobody has entered it yet.
    Open,
    /// This user signed in.
    Approved(String),
    Declined,
}

/// What a code asks for.
#[derive(Clone)]
pub(super) struct PendingCode {
    pub(super) client_id: String,
    pub(super) scope: String,
    /// The end of its life, in seconds since 1970.
    pub(super) exp: u64,
    pub(super) decision: CodeDecision,
}

/// All codes that wait.
#[derive(Default)]
pub(super) struct PendingCodes(Mutex<BTreeMap<String, PendingCode>>);

impl PendingCodes {
    /// Begins to wait; the code to type.
    pub(super) fn add(&self, pending: PendingCode) -> String {
        let now = unix_seconds_now();
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.retain(|_, code| code.exp >= now);
        if codes.len() >= PENDING_CODES_MAX {
            let first = codes.iter().min_by_key(|(_, code)| code.exp).map(|(user_code, _)| user_code.clone());
            first.and_then(|user_code| codes.remove(&user_code));
        }
        let user_code = user_code();
        codes.insert(user_code.clone(), pending);
        user_code
    }

    /// The code that somebody typed, in any case and with blanks around it.
    pub(super) fn find(&self, typed: &str) -> Option<PendingCode> {
        let now = unix_seconds_now();
        let codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        codes.get(&typed.trim().to_uppercase()).filter(|code| code.exp >= now).cloned()
    }

    /// Notes what somebody decided.
    pub(super) fn decide(&self, typed: &str, decision: CodeDecision) {
        let mut codes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(code) = codes.get_mut(&typed.trim().to_uppercase()) {
            code.decision = decision;
        }
    }

    /// Ends the wait: a code is redeemed once.
    pub(super) fn remove(&self, user_code: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(user_code);
    }
}

/// Nine random letters. Six bits of a random UUID are not random; its first six bytes and its last six are.
fn user_code() -> String {
    let bytes = Uuid::new_v4().into_bytes();
    let random = bytes[..6].iter().chain(&bytes[13..]);
    random.map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect()
}
