//! `$orderby` (URL conventions 4.01, 5.1.5).

use super::Path;

/// One key of an ordering. Null comes before every value, after every value if descending.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderKey {
    /// What to order by: never a collection, a complex value or a secret.
    pub path: Path,
    /// `desc`.
    pub descending: bool,
}
