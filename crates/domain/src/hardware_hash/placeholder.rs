//! What firmware carries where nobody wrote a serial number or a UUID: it tells no device from another.

use uuid::Uuid;

/// Compared without case, trimmed.
const TEXTS: [&str; 16] = [
    "",
    "0",
    "0123456789",
    "123456789",
    "chassis serial number",
    "default string",
    "empty",
    "n/a",
    "none",
    "not applicable",
    "not available",
    "not specified",
    "system serial number",
    "to be filled by o.e.m.",
    "to be filled by oem",
    "unknown",
];

/// Whether a serial number was never given: empty, a vendor's placeholder, or nothing but `0` or `X`.
pub fn is_placeholder(serial_number: &str) -> bool {
    let text = serial_number.trim();
    let filler = |filler: char| text.chars().all(|character| character.eq_ignore_ascii_case(&filler));
    filler('0') || filler('x') || TEXTS.iter().any(|known| text.eq_ignore_ascii_case(known))
}

/// Whether a UUID was never given: all its bits are zero, or all are one.
pub(super) fn is_placeholder_uuid(uuid: Uuid) -> bool {
    uuid.is_nil() || uuid.is_max()
}
