//! A service that wraps keys and never gives its own out.

use futures_util::future::BoxFuture;
use zeroize::Zeroizing;

/// A service that has a key-encryption key.
pub trait KeyService: Send + Sync {
    /// What tells its key from all others, and stays the same for as long as the key does.
    fn identity(&self) -> String;

    /// Wraps a key; the associated data must be given again to unwrap it.
    fn wrap<'a>(
        &'a self,
        plain: &'a [u8],
        associated_data: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, KeyServiceError>>;

    /// Unwraps a key.
    fn unwrap<'a>(
        &'a self,
        wrapped: &'a [u8],
        associated_data: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, KeyServiceError>>;

    /// The version of its key that wrapped a key, if it has versions.
    fn version(&self, wrapped: &[u8]) -> Option<u32>;
}

/// The reason why a service did not wrap or unwrap. No message holds any part of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyServiceError {
    /// It cannot be reached, or lets nobody in, for now.
    Unavailable(String),
    /// It refuses what it was given.
    Refused(String),
}
