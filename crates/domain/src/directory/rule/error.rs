//! The error of a text that is no membership rule.

/// Why a text is no membership rule, and where: in characters from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message} (at position {position})")]
pub(crate) struct RuleError {
    pub(crate) position: usize,
    pub(crate) message: String,
}
