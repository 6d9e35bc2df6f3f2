//! The names of the sets.

/// The set that stores the records, and the one that shows them as well; the types of both.
pub(super) const STORED: (&str, &str) = ("hardwarePasswordDetails", "hardwarePasswordDetail");
pub(super) const VIEW: (&str, &str) = ("hardwarePasswordInfo", "hardwarePasswordInfo");
