//! Records that are text: names, numbers and versions, most with one NUL at the end.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The subject of a text record. The discriminant is the record's type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[repr(u16)]
pub enum TextKind {
    /// The manufacturer of the CPU.
    CpuManufacturer = 3,
    /// The CPU's name.
    CpuModel = 4,
    /// `serial|model|vendor` of a disk, in fields of fixed width.
    DiskId = 7,
    /// Version, vendor and firmware of the TPM.
    Tpm = 13,
    /// The device's serial number.
    SerialNumber = 14,
    /// The vendor of the firmware.
    FirmwareVendor = 15,
    /// The manufacturer of the device.
    Manufacturer = 16,
    /// The product's name.
    Model = 17,
    /// The number under which it is sold.
    SkuNumber = 18,
    /// The family of products.
    SystemFamily = 19,
    /// The vendor of the firmware, a second time.
    FirmwareVendorAgain = 20,
    /// The board's name.
    BoardProduct = 21,
    /// The board's version.
    BoardVersion = 22,
    /// The device's version.
    SystemVersion = 23,
    /// The id of the product key in the firmware: 13 digits.
    ProductKeyId = 24,
    /// The part number of that product key.
    ProductKeyPartNumber = 26,
    /// The disk's serial number as the kernel has it.
    KernelDiskSerialNumber = 28,
    /// The graphics adapter's name, in UTF-16.
    GpuName = 30,
}

impl TextKind {
    const ALL: [(TextKind, &'static str); 18] = [
        (TextKind::CpuManufacturer, "CPU manufacturer"),
        (TextKind::CpuModel, "CPU model"),
        (TextKind::DiskId, "disk id"),
        (TextKind::Tpm, "TPM"),
        (TextKind::SerialNumber, "serial number"),
        (TextKind::FirmwareVendor, "firmware vendor"),
        (TextKind::Manufacturer, "manufacturer"),
        (TextKind::Model, "model"),
        (TextKind::SkuNumber, "SKU number"),
        (TextKind::SystemFamily, "system family"),
        (TextKind::FirmwareVendorAgain, "firmware vendor, again"),
        (TextKind::BoardProduct, "board product"),
        (TextKind::BoardVersion, "board version"),
        (TextKind::SystemVersion, "system version"),
        (TextKind::ProductKeyId, "product key id"),
        (TextKind::ProductKeyPartNumber, "product key part number"),
        (TextKind::KernelDiskSerialNumber, "kernel disk serial number"),
        (TextKind::GpuName, "GPU name"),
    ];

    /// The kind of a record's type, if that type is text.
    pub fn of(number: u16) -> Option<TextKind> {
        TextKind::ALL.iter().map(|(kind, _)| *kind).find(|kind| kind.number() == number)
    }

    /// The record's type.
    pub fn number(self) -> u16 {
        self as u16
    }

    /// The name of the kind, for people.
    pub fn name(self) -> &'static str {
        TextKind::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    fn is_wide(self) -> bool {
        self == TextKind::GpuName
    }

    /// The number of NULs at the end of the text, as Windows makes it.
    fn usual_nuls(self) -> u16 {
        if self == TextKind::DiskId { 0 } else { 1 }
    }
}

/// A text record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// The subject of the text.
    pub kind: TextKind,
    /// The text itself, without the NULs at its end.
    pub text: String,
    /// The number of NULs at its end; none if as many as usual.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nuls: Option<u16>,
}

impl Text {
    /// A text as Windows would record it.
    pub fn new(kind: TextKind, text: impl Into<String>) -> Text {
        Text { kind, text: text.into(), nuls: None }
    }

    pub(super) fn read(kind: TextKind, content: &[u8]) -> Option<Text> {
        let text = if kind.is_wide() { wide(content)? } else { String::from_utf8(content.to_vec()).ok()? };
        let trimmed = text.trim_end_matches('\0');
        let nuls = u16::try_from(text.len() - trimmed.len()).ok()?;
        let nuls = (nuls != kind.usual_nuls()).then_some(nuls);
        Some(Text { kind, text: trimmed.to_owned(), nuls })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        let nuls = usize::from(self.nuls.unwrap_or(self.kind.usual_nuls()));
        if self.kind.is_wide() {
            content.extend(self.text.encode_utf16().flat_map(u16::to_le_bytes));
            content.extend(std::iter::repeat_n(0, 2 * nuls));
        } else {
            content.extend(self.text.as_bytes());
            content.extend(std::iter::repeat_n(0, nuls));
        }
    }
}

/// The text of UTF-16 in little-endian order.
pub(super) fn wide(content: &[u8]) -> Option<String> {
    let (units, []) = content.as_chunks::<2>() else { return None };
    char::decode_utf16(units.iter().map(|unit| u16::from_le_bytes(*unit))).collect::<Result<_, _>>().ok()
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What a device says of itself may hold anything; a terminal gets no control characters.
        for character in self.text.chars() {
            match character.is_control() {
                true => write!(formatter, "{}", character.escape_default())?,
                false => write!(formatter, "{character}")?,
            }
        }
        Ok(())
    }
}
