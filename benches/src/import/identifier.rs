//! The names of tables in statements.

/// A name in quotes.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{name}\"")
}
