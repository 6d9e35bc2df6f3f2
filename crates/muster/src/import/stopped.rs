//! The end of an import before its last row.

/// Why an import ended before its last row, in words for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportStopped(pub String);
