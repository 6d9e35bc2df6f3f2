//! Keys that follow from others, so that neither need be looked up to find the other.

use aws_lc_rs::digest::{SHA256, digest};
use odata::Key;
use uuid::Builder;

/// A GUID that is always the same for what it is derived from; `purpose` keeps one kind apart from another.
pub(crate) fn derived_key(purpose: &[u8], from: &[u8]) -> Key {
    let digest = digest(&SHA256, &[purpose, from].concat());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.as_ref()[..16]);
    Key::from(Builder::from_custom_bytes(bytes).into_uuid())
}
