//! The proof that a request comes from the bearer of a key, in a header of its own: a compact JWS (RFC 7515) over what
//! was asked, signed with ES256.
//!
//! The proof names method and path and not the host, so that it survives a proxy. The server's nonce says that it is meant
//! for this server and is not old, whatever the client's clock says; a sequence that only rises says that it is new.

mod claims;
mod key;
mod proof;

pub use claims::{ProofClaims, body_digest};
pub use key::{KeyFault, PrivateKey, PublicKey};
pub use proof::{PROOF_BYTES_MAX, ProofFault, SignedProof, Signer, sign, sign_with_new_key};

/// The header of a request that carries the proof.
pub const PROOF_HEADER: &str = "muster-proof";
/// The header of an answer that carries the nonce for the next proof.
pub const NONCE_HEADER: &str = "muster-nonce";
