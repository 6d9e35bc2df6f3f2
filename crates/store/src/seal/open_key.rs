//! What opens key-encryption keys: only who starts the process knows where they are.

use futures_util::future::BoxFuture;

use super::key_encryption_key::KeyEncryptionKey;

/// What opens key-encryption keys by their source, such as `file:/etc/muster/secrets.key`.
pub trait OpenKey: Send + Sync {
    /// Opens the key of a source; the error is one line.
    fn open<'a>(&'a self, source: &'a str) -> BoxFuture<'a, Result<KeyEncryptionKey, String>>;
}
