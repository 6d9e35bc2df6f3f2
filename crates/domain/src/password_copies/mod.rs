//! Copies of passwords: a record as a bundle has it, what is asked of a server to take copies in or to read them, and what
//! its answers mean. No I/O: lines, paths and bodies out, JSON in.

mod merge;
mod record;
mod registration;
mod source;

pub use merge::{MERGE_PATH, MergeBody, MergeCounts, MergeOutcome, outcomes};
pub use record::{CopiedDevice, CopiedRecord};
pub use registration::CopiedRegistration;
pub use source::{PASSWORD_PATHS, shows_password, source_record};
