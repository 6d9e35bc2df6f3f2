//! The ledger: small entries under digests that belong to no tenant. It is the only data that tenants share, so an
//! entry must hold nothing that one of them may learn of another.

/// The key of an entry: a digest of what the entry is about.
pub type LedgerKey = [u8; 32];

/// A change of an entry. It is made only if the entry is still as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerChange {
    /// The key of the entry.
    pub key: LedgerKey,
    /// The entry's content when it was read; none if there was no entry.
    pub before: Option<Box<[u8]>>,
    /// The entry's content after the change; none if the entry ends.
    pub after: Option<Box<[u8]>>,
}
