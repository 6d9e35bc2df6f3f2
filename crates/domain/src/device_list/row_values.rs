//! The values of a row, whatever it was read from.

/// The values of a row, trimmed; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowValues {
    pub(super) serial_number: String,
    /// The product key, which lists call the Windows product ID.
    pub(super) product_key: String,
    /// The hardware hash in Base64.
    pub(super) hash: String,
    pub(super) group_tag: String,
    /// The group tag as older documents call it; CSV files never have it.
    pub(super) order_identifier: String,
    /// The assigned user's principal name.
    pub(super) user: String,
}
