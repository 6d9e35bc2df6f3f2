//! The first and the last line of a bundle. Between them is a record a line.

use serde::{Deserialize, Serialize};

/// The name of the format.
pub const FORMAT: &str = "muster-vault-bundle";
/// The version of the format: another one means that a reader of this one would get something wrong.
pub const VERSION: u32 = 1;
/// The bytes of a line at most; a record with a thousand former passwords has a fourth of that.
pub const LINE_BYTES_MAX: u64 = 4 << 20;

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BundleHead {
    /// The name of the format.
    pub format: String,
    /// The version of the format.
    pub version: u32,
    /// When the bundle was begun.
    pub created_date_time: String,
    /// What wrote it.
    pub written_by: String,
}

/// The last line: without it, and with another number, something is missing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BundleEnd {
    /// The name of the format.
    pub end: String,
    /// The number of records.
    pub records: u64,
}
