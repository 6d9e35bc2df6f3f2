//! What can be wrong with a list: for each kind a code, how much it matters, and what to do.

use serde::Serialize;

use super::column::ListColumn;
use crate::hardware_hash::Mangling;

/// The weight of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// The row, or the file, will not be imported.
    Error,
    /// It will be, but perhaps not as it is meant.
    Warning,
    /// Good to know.
    Note,
}

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// The file is no text, or in an encoding that is not read.
    NotText,
    /// A character was lost, cut through, or written in another encoding than the rest.
    EncodingDamaged,
    /// The file has no line.
    Empty,
    /// A line of a program's own stands before the header.
    LineBeforeHeader,
    /// A line that no row can be.
    LongLine,
    /// The first line is a row.
    HeaderMissing,
    /// Something else than commas stands between the values.
    HeaderSeparator,
    /// A column's name in letters of another case, or with spaces around it.
    HeaderSpelling,
    /// A column that is not one of the five.
    HeaderUnknownColumn,
    /// A column of the list that partners upload.
    HeaderPartnerColumn,
    /// One of the first three columns is not there.
    HeaderMissingColumn,
    /// A column that stands there twice.
    HeaderRepeatedColumn,
    /// The columns stand in another order.
    HeaderOrder,
    /// The header stands there again, between rows.
    HeaderAgain,
    /// A line counts or sums up the rows.
    TotalLine,
    /// The list has no row.
    NoRows,
    /// More rows than the portal takes.
    ManyRows,
    /// Quotation marks stand around values.
    QuotationMarks,
    /// A quotation mark is opened and not closed on its line.
    QuotationMarkOpen,
    /// More values than columns.
    ExtraColumns,
    /// Fewer than three values.
    MissingColumns,
    /// Neither hash nor serial number nor product id.
    IdentityMissing,
    /// The row has no hash.
    HashMissing,
    /// Base64 without its padding.
    HashUnpadded,
    /// The hash is not Base64.
    HashNotBase64,
    /// The text of the hash was changed on its way.
    HashMangled(Mangling),
    /// The bytes of the hash do not hold.
    HashInvalid,
    /// The hash of an earlier row.
    HashDuplicate,
    /// The device of an earlier row, by another hash.
    DeviceDuplicate,
    /// The UUID in the hash was never given.
    UuidPlaceholder,
    /// No serial number.
    SerialNumberMissing,
    /// The serial number was never given.
    SerialNumberPlaceholder,
    /// The serial number of an earlier row.
    SerialNumberDuplicate,
    /// The hash has another serial number.
    SerialNumberDiffers,
    /// A spreadsheet or a script took the serial number for something else.
    SerialNumberAltered,
    /// Not a user principal name.
    AssignedUser,
}

impl FindingKind {
    /// The code of the kind, for programs.
    pub fn code(self) -> &'static str {
        self.facts().0
    }

    /// The weight of findings of the kind.
    pub fn level(self) -> Level {
        self.facts().1
    }

    /// The advice that goes with findings of the kind.
    pub fn remedy(self) -> &'static str {
        self.facts().2
    }

    /// The column that findings of the kind are about, if it is one.
    pub fn column(self) -> Option<ListColumn> {
        use FindingKind::*;
        match self {
            HashMissing | HashUnpadded | HashNotBase64 | HashMangled(_) | HashInvalid | HashDuplicate
            | DeviceDuplicate | UuidPlaceholder => Some(ListColumn::Hash),
            SerialNumberMissing
            | SerialNumberPlaceholder
            | SerialNumberDuplicate
            | SerialNumberDiffers
            | SerialNumberAltered => Some(ListColumn::SerialNumber),
            AssignedUser => Some(ListColumn::User),
            _ => None,
        }
    }

    fn facts(self) -> (&'static str, Level, &'static str) {
        use FindingKind::*;
        use Level::{Error, Note, Warning};
        match self {
            NotText => ("file-not-text", Error, "Save the list as CSV, in UTF-8 or UTF-16."),
            EncodingDamaged => (
                "encoding-damaged",
                Error,
                "Ask the sender for the file again, or write the row anew in the encoding of the others.",
            ),
            Empty => ("file-empty", Error, "Ask the sender for the file again."),
            LineBeforeHeader => (
                "line-before-header",
                Warning,
                "Remove the line: the portal does not take it (Export-Csv -NoTypeInformation leaves it out).",
            ),
            LongLine => ("line-too-long", Error, "Put each device on a line of its own."),
            HeaderMissing => (
                "header-missing",
                Error,
                "Begin the file with the line: Device Serial Number,Windows Product ID,Hardware Hash",
            ),
            HeaderSeparator => (
                "header-separator",
                Warning,
                "Separate the values by commas for the portal; Excel takes the list separator of Windows' region settings.",
            ),
            HeaderSpelling => (
                "header-spelling",
                Warning,
                "Spell the column exactly so for the portal; letters' case counts.",
            ),
            HeaderUnknownColumn => ("header-unknown-column", Error, "Remove the column or correct its name."),
            HeaderPartnerColumn => (
                "header-partner-column",
                Warning,
                "Remove the column: it belongs to the file that partners upload.",
            ),
            HeaderMissingColumn => {
                ("header-missing-column", Error, "Add the column; its values may be empty.")
            }
            HeaderRepeatedColumn => {
                ("header-repeated-column", Error, "Remove the column that stands there twice.")
            }
            HeaderOrder => (
                "header-order",
                Warning,
                "Put the columns in the order Device Serial Number,Windows Product ID,Hardware Hash,Group Tag,Assigned User.",
            ),
            HeaderAgain => ("header-again", Warning, "Remove the line: the portal takes it for a device."),
            TotalLine => ("total-line", Warning, "Remove the line: the portal takes it for a device."),
            NoRows => ("no-rows", Warning, "Ask the sender for the file again."),
            ManyRows => {
                ("rows-over-500", Note, "The portal takes 500 rows in a file; split it for the portal.")
            }
            QuotationMarks => ("quotation-marks", Warning, "Remove the quotation marks for the portal."),
            QuotationMarkOpen => (
                "quotation-mark-open",
                Error,
                "Close the quotation mark, and write no line break within a value.",
            ),
            ExtraColumns => (
                "extra-columns",
                Error,
                "Remove the values that have no column, or put a value with a comma in quotation marks.",
            ),
            MissingColumns => ("missing-columns", Error, "Write a comma for each value that is empty."),
            IdentityMissing => ("identity-missing", Error, "Remove the row or fill in its hardware hash."),
            HashMissing => {
                ("hash-missing", Error, "Collect the hardware hash on the device, or ask its maker for it.")
            }
            HashUnpadded => ("hash-unpadded", Error, "Add the padding at the end of the hash."),
            HashNotBase64 => {
                ("hash-not-base64", Error, "Copy the hash again, whole and without line breaks.")
            }
            HashMangled(mangling) => ("hash-mangled", Error, mangling.remedy()),
            HashInvalid => ("hash-invalid", Error, "Collect the hardware hash on the device again."),
            HashDuplicate => ("hash-duplicate", Error, "Remove one of the rows."),
            DeviceDuplicate => ("device-duplicate", Error, "Keep the row whose hash was collected last."),
            UuidPlaceholder => {
                ("uuid-placeholder", Warning, "Ask the maker for firmware that has the device's own UUID.")
            }
            SerialNumberMissing => {
                ("serial-number-missing", Warning, "Fill in the serial number; people find the device by it.")
            }
            SerialNumberPlaceholder => (
                "serial-number-placeholder",
                Warning,
                "Have the maker write the serial number into the firmware, then collect the hash again.",
            ),
            SerialNumberDuplicate => {
                ("serial-number-duplicate", Warning, "Compare the devices; one of the rows is wrong.")
            }
            SerialNumberDiffers => (
                "serial-number-differs",
                Warning,
                "Check that the row has the hash of this device; the hash's serial number counts.",
            ),
            SerialNumberAltered => {
                ("serial-number-altered", Warning, "Write the serial number as text; the hash's counts.")
            }
            AssignedUser => {
                ("assigned-user", Error, "Write the user as name@domain, or leave the value empty.")
            }
        }
    }
}
