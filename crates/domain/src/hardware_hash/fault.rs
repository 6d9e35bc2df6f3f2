//! Why a blob is not a valid hardware hash. Offsets count from the blob's first byte.

use super::layout::{CHECKSUM_LENGTH, SIZE_MAX, SIZE_MIN};
use super::text::TextKind;

/// Why a blob is not a valid hardware hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The blob is shorter or longer than any hash.
    #[error("the hash has {0} bytes; it must have {SIZE_MIN} to {SIZE_MAX}")]
    Size(usize),
    /// The blob begins with other bytes than a hash.
    #[error("offset 0: the hash begins with {0:02x?}, not with 'OA'")]
    Magic([u8; 2]),
    /// The length in the head leads out of the blob.
    #[error(
        "offset 2: the records are said to end at {total}, which leaves no room for a checksum in {size} bytes"
    )]
    Total {
        /// The length that the head gives.
        total: usize,
        /// The number of bytes of the blob.
        size: usize,
    },
    /// There is no checksum record where the head says.
    #[error(
        "offset {offset}: no checksum record of {CHECKSUM_LENGTH} bytes ('CS') where the records are said to end"
    )]
    Checksum {
        /// The offset at which it should be.
        offset: usize,
    },
    /// The checksum does not hold.
    #[error("offset {offset}: the checksum does not hold; the hash was changed or damaged")]
    Digest {
        /// The offset of the digest.
        offset: usize,
    },
    /// A record is shorter than its own head, or reaches past the end of the records.
    #[error(
        "offset {offset}: the record of type {number} is said to have {length} bytes; {room} are left, 4 the least"
    )]
    RecordLength {
        /// The offset at which the record begins.
        offset: usize,
        /// The type of the record.
        number: u16,
        /// The length in its head.
        length: usize,
        /// The number of bytes to the end of the records.
        room: usize,
    },
    /// There is less than a record's head at the end of the records.
    #[error("offset {offset}: {room} bytes are left, too few for a record")]
    Remainder {
        /// The offset at which the bytes begin.
        offset: usize,
        /// The number of bytes that are left.
        room: usize,
    },
    /// A record by which devices are told apart has not the size of its type.
    #[error(
        "offset {offset}: the record of type {number} has {size} bytes of content; it must have {expected}"
    )]
    ContentSize {
        /// The offset at which the record begins.
        offset: usize,
        /// The type of the record.
        number: u16,
        /// The size of its content in bytes.
        size: usize,
        /// The size that it must have.
        expected: usize,
    },
    /// The id that is derived from the TPM's endorsement key is not that key's.
    #[error(
        "offset {offset}: the offline device id (type 11) is not the SHA-256 of the endorsement key (type 25)"
    )]
    EndorsementKey {
        /// The offset at which the record of the id begins.
        offset: usize,
    },
    /// A record that must be there is not, or holds nothing.
    #[error("the record of type {number} ({name}) is missing or blank", number = .0.number(), name = .0.name())]
    Missing(TextKind),
    /// A record that must be there is no text.
    #[error(
        "offset {offset}: the record of type {number} ({name}) is not UTF-8 or ASCII text",
        number = .kind.number(),
        name = .kind.name()
    )]
    NotText {
        /// The offset at which the record begins.
        offset: usize,
        /// The text that it should be.
        kind: TextKind,
    },
    /// A text that the device is known by goes on after a NUL, which no database and no client takes.
    #[error(
        "offset {offset}: the record of type {number} ({name}) has a NUL within its text",
        number = .kind.number(),
        name = .kind.name()
    )]
    Nul {
        /// The offset at which the record begins.
        offset: usize,
        /// The text that it is.
        kind: TextKind,
    },
}
