//! A record, and the hash that ties it to the one before it.

use aws_lc_rs::digest::{Context, SHA256};

/// The hash of a record.
pub type AuditHash = [u8; 32];

/// The hash that the first record of a tenant is tied to.
pub const CHAIN_BEGIN: AuditHash = [0; 32];
/// The beginning of what is hashed, which keeps it apart from other hashes.
const LABEL: &[u8] = b"muster audit record";

/// A record as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditRecord {
    /// Its number in the tenant's journal.
    pub sequence: i64,
    /// What it says: a JSON object.
    pub record: Box<str>,
    /// Its link to the record before it: the hash of that one, and its own.
    pub link: Box<[u8]>,
}

impl AuditRecord {
    /// The hash of the record before it, and its own; none of bytes that never were a link.
    pub fn hashes(&self) -> Option<(&[u8], &[u8])> {
        self.link.split_at_checked(CHAIN_BEGIN.len()).filter(|(_, own)| own.len() == CHAIN_BEGIN.len())
    }
}

/// The end of a tenant's chain, as it is kept apart from the records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditHead {
    /// The number of the last record.
    pub sequence: i64,
    /// The hash of the last record.
    pub hash: Box<[u8]>,
}

/// The hash of a record that follows another.
pub fn chained(before: &[u8], sequence: i64, record: &str) -> AuditHash {
    let mut context = Context::new(&SHA256);
    for part in [LABEL, before, &sequence.to_be_bytes(), record.as_bytes()] {
        context.update(part);
    }
    let mut hash = CHAIN_BEGIN;
    hash.copy_from_slice(context.finish().as_ref());
    hash
}
