//! A request that is proven to come from the bearer of a key.

use std::sync::Arc;

use bytes::Bytes;
use engine::Caller;
use request_proof::PublicKey;
use uuid::Uuid;

use super::known_agents::KeyBearer;

/// A request that is proven to come from the bearer of a key.
pub struct SignedRequest {
    /// Who has signed it.
    pub by: SignedBy,
    /// The path that it is for.
    pub path: String,
    /// The body, as the proof has its digest.
    pub body: Bytes,
    /// The number of the request, higher than that of any before it.
    pub sequence: u64,
    /// The server's id of the request.
    pub request_id: Uuid,
}

/// Who has signed a request.
pub enum SignedBy {
    /// The bearer of a key that is known.
    Bearer(KeyBearer),
    /// Somebody with this key, which is not known yet.
    NewKey(PublicKey),
}

impl SignedBy {
    /// The key that the request is signed with.
    pub fn public_key(&self) -> &PublicKey {
        match self {
            SignedBy::Bearer(bearer) => bearer.public_key(),
            SignedBy::NewKey(key) => key,
        }
    }

    /// The caller, if it is known.
    pub fn caller(&self) -> Option<Arc<Caller>> {
        match self {
            SignedBy::Bearer(bearer) => Some(bearer.caller()),
            SignedBy::NewKey(_) => None,
        }
    }
}
