//! Secrets at rest: envelope encryption, and the receipt without which nothing is opened.

/// To be written.
#[derive(Debug)]
pub struct KeyEncryptionKey;
/// To be written.
#[derive(Debug)]
pub struct Receipt;
/// To be written.
pub struct Keyring;
