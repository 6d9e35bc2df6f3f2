//! The claims of a proof: what is asked, and when, by counters in place of clocks.

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

/// The claims of a proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProofClaims {
    /// The method of the request.
    #[serde(rename = "htm")]
    pub method: String,
    /// The path of the request.
    #[serde(rename = "htu")]
    pub path: String,
    /// The digest of the body, as [`body_digest`] makes it.
    pub body: String,
    /// The server's nonce.
    pub nonce: String,
    /// A number that rises with each request of the key.
    pub sequence: u64,
}

/// The SHA-256 of a body in Base64, as a proof has it.
pub fn body_digest(body: &[u8]) -> String {
    BASE64URL_NOPAD.encode(digest(&SHA256, body).as_ref())
}
