//! The columns of a list, as findings are about them.

use serde::Serialize;

/// A column of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum ListColumn {
    /// The column `Device Serial Number`, by which people find the device.
    SerialNumber,
    /// The column `Hardware Hash`, by which the device is known.
    Hash,
    /// The column `Assigned User`, a principal name.
    User,
}
