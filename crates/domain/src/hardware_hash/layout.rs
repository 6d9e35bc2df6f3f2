//! The measures of the container: what a hash begins with, and how long its fixed parts are.

/// The bytes that every hash begins with.
pub const MAGIC: &[u8; 2] = b"OA";
/// The size of a hash as Windows makes it, in bytes.
pub const SIZE_DEFAULT: usize = 3_000;
/// The smallest hash: a head and a checksum.
pub const SIZE_MIN: usize = 40;
/// The largest hash that is taken. Windows makes 3,000 bytes; this is a bound, not a finding.
pub const SIZE_MAX: usize = 16_384;

/// The length of the checksum's record: a head and a SHA-256.
pub(super) const CHECKSUM_LENGTH: usize = 36;
/// The length of the blob's head, and of a record's.
pub(super) const HEAD_LENGTH: usize = 4;
