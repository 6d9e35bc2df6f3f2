//! Copies of passwords: a record as a bundle has it, what is asked of a server to take copies in or to read them, and what
//! its answers mean. No I/O: lines, paths and bodies out, JSON in.

mod devices;
mod merge;
mod record;
mod source;

pub use devices::SourceDevice;
pub use merge::{MERGE_PATH, MergeBody, MergeCounts, MergeOutcome, outcomes};
pub use record::{CopiedDevice, CopiedRecord};
pub use source::{DEVICES_PATH, PASSWORD_PATHS, source_record};
