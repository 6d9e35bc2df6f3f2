//! What a check finds.

use super::sources::Source;

/// What is wrong, and where.
#[derive(Debug, PartialEq)]
pub(super) struct Finding {
    pub path: String,
    /// From 1; 0 if it is about the whole file.
    pub line: usize,
    pub message: String,
}

impl Finding {
    pub fn new(source: &Source, line: usize, message: impl Into<String>) -> Finding {
        Finding { path: source.path.clone(), line, message: message.into() }
    }

    pub fn in_tree(path: &str, message: impl Into<String>) -> Finding {
        Finding { path: path.into(), line: 0, message: message.into() }
    }
}
