//! The end of a command before its work is done.

/// Why a command ended before its work was done, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped(pub String);
