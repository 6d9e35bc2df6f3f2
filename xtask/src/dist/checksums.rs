//! Digests, as files of checksums and registries write them.

use data_encoding::HEXLOWER;
use md5::Md5;
use sha2::{Digest, Sha256};

/// A SHA-256 in hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Sha256::digest(bytes))
}

/// An MD5 in hexadecimal: dpkg's own format of what it compares installed files with.
pub(super) fn md5(bytes: &[u8]) -> String {
    HEXLOWER.encode(&Md5::digest(bytes))
}

/// The text that `sha256sum --check` takes.
pub(super) fn of(files: &[(String, Vec<u8>)]) -> String {
    files.iter().map(|(name, bytes)| format!("{}  {name}\n", sha256(bytes))).collect()
}
