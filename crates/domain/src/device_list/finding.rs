//! What can be wrong with a list: for each kind a code, how bad it is, and what to do.

use std::fmt;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

/// Something that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// In which line of the file, counted from 1.
    pub line: u64,
    /// What.
    pub kind: FindingKind,
    /// What exactly.
    pub cause: String,
}

/// How bad it is.
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

/// How many rows there are, and how many findings of each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Rows, without the header.
    pub rows: u64,
    /// Findings by which a row, or the file, will not be imported.
    pub errors: u64,
    /// Findings by which it will be, but perhaps not as it is meant.
    pub warnings: u64,
    /// Findings that are good to know.
    pub notes: u64,
}

impl Summary {
    pub(super) fn count(&mut self, level: Level) {
        match level {
            Level::Error => self.errors += 1,
            Level::Warning => self.warnings += 1,
            Level::Note => self.notes += 1,
        }
    }
}

/// The kinds of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingKind {
    /// UTF-16, with or without its mark.
    Utf16,
    /// No line at all.
    Empty,
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
    /// No row.
    NoRows,
    /// More rows than the portal takes.
    ManyRows,
    /// Quotation marks.
    QuotationMarks,
    /// More values than columns.
    ExtraColumns,
    /// Fewer than three values.
    MissingColumns,
    /// Neither hash nor serial number nor product id.
    IdentityMissing,
    /// No hash.
    HashMissing,
    /// Base64 without its padding.
    HashUnpadded,
    /// Not Base64.
    HashNotBase64,
    /// Not a valid hash.
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
    /// Not a user principal name.
    AssignedUser,
}

impl FindingKind {
    /// Its code, for programs.
    pub fn code(self) -> &'static str {
        self.facts().0
    }

    /// How bad it is.
    pub fn level(self) -> Level {
        self.facts().1
    }

    /// What to do.
    pub fn remedy(self) -> &'static str {
        self.facts().2
    }

    fn facts(self) -> (&'static str, Level, &'static str) {
        use FindingKind::*;
        use Level::{Error, Note, Warning};
        match self {
            Utf16 => ("encoding-utf-16", Error, "Save the file as ANSI or UTF-8."),
            Empty => ("file-empty", Error, "Ask the sender for the file again."),
            LongLine => ("line-too-long", Error, "Put each device on a line of its own."),
            HeaderMissing => (
                "header-missing",
                Error,
                "Begin the file with the line: Device Serial Number,Windows Product ID,Hardware Hash",
            ),
            HeaderSeparator => (
                "header-separator",
                Error,
                "Separate the values by commas; Excel takes the list separator of Windows' region settings.",
            ),
            HeaderSpelling => {
                ("header-spelling", Error, "Spell the column exactly so; letters' case counts.")
            }
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
            NoRows => ("no-rows", Warning, "Ask the sender for the file again."),
            ManyRows => {
                ("rows-over-500", Note, "The portal takes 500 rows in a file; split it for the portal.")
            }
            QuotationMarks => ("quotation-marks", Error, "Remove the quotation marks."),
            ExtraColumns => {
                ("extra-columns", Error, "Remove the values that have no column; no value may hold a comma.")
            }
            MissingColumns => ("missing-columns", Error, "Write a comma for each value that is empty."),
            IdentityMissing => ("identity-missing", Error, "Remove the row or fill in its hardware hash."),
            HashMissing => {
                ("hash-missing", Error, "Collect the hardware hash on the device, or ask its maker for it.")
            }
            HashUnpadded => ("hash-unpadded", Error, "Add the padding at the end of the hash."),
            HashNotBase64 => {
                ("hash-not-base64", Error, "Copy the hash again, whole and without line breaks.")
            }
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
            AssignedUser => {
                ("assigned-user", Error, "Write the user as name@domain, or leave the value empty.")
            }
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.kind.level() {
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Note => "note",
        };
        let (code, remedy) = (self.kind.code(), self.kind.remedy());
        write!(formatter, "{}: {level} {code}: {}. {remedy}", self.line, self.cause)
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 5)?;
        object.serialize_field("line", &self.line)?;
        object.serialize_field("level", &self.kind.level())?;
        object.serialize_field("code", self.kind.code())?;
        object.serialize_field("cause", &self.cause)?;
        object.serialize_field("remedy", self.kind.remedy())?;
        object.end()
    }
}
