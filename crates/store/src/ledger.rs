//! The ledger: small entries under digests that belong to no tenant. The one place where tenants meet, so an entry must
//! hold nothing that one of them may learn of another.

/// A key: a digest of what an entry is about.
pub type LedgerKey = [u8; 32];

/// A change of an entry. It is made only if the entry is still as it was looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerChange {
    /// Which.
    pub key: LedgerKey,
    /// As it was looked at; none if there was none.
    pub before: Option<Box<[u8]>>,
    /// As it shall be; none if there shall be none.
    pub after: Option<Box<[u8]>>,
}
