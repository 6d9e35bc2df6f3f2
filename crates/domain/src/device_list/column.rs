//! The columns of a list, as findings are about them.

use serde::Serialize;

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ListColumn {
    /// `Device Serial Number`.
    SerialNumber,
    /// `Hardware Hash`.
    Hash,
    /// `Assigned User`.
    User,
}
