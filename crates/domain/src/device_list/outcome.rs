//! What became of a row of an import, with the cause and what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::finding::Finding;

/// The outcome of a row in an import.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RowOutcome {
    /// It is a device of the tenant now, with this id.
    Registered(String),
    /// It was one before; its id, if that is certain.
    Already(String),
    /// It would be registered.
    New,
    /// It was not registered.
    Failed(RowFailure),
}

/// Why a row was not registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RowFailure {
    /// A word, or a number of the service's.
    pub code: String,
    /// The service's name for the number.
    pub name: String,
    /// The cause in words.
    pub cause: String,
    /// The advice that goes with it.
    pub remedy: String,
}

/// The numbers of rows by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// The number of rows.
    pub rows: u64,
    /// The rows that were registered, or of a rehearsal: would be.
    pub registered: u64,
    /// The rows whose devices were registered before.
    pub already: u64,
    /// The rows that were not registered.
    pub failed: u64,
}

/// The code of a device that stands earlier in the same import.
pub(super) const DUPLICATED: i64 = 805;
/// The code of a device that the tenant has.
pub(super) const ALREADY_ASSIGNED: i64 = 806;

/// The codes of imports that end in an error: what they mean, and what to do.
const ERRORS: [(i64, &str, &str); 8] = [
    (
        400,
        "the domain of the assigned user is none of those that the server allows",
        "Correct the user, or add the domain to the tenant's domains.",
    ),
    (
        640,
        "the server's database failed again and again",
        "Import the row again; the server's log has the reason.",
    ),
    (
        802,
        "the hash does not hold, or lacks serial number or manufacturer",
        "Collect the hardware hash on the device again.",
    ),
    (803, "the row has neither hash nor serial number nor product key", "Fill in the hardware hash."),
    (DUPLICATED, "the same hash stands in an earlier row", "Remove one of the rows."),
    (ALREADY_ASSIGNED, "the tenant has the device already, or is still deleting it", "Nothing need be done."),
    (808, "another tenant has the device", "Have that tenant delete the device, then import the row again."),
    (
        813,
        "more than one device goes by what the hash says",
        "Delete the devices that it is mistaken for, or collect the hash on this one again.",
    ),
];

/// The columns of a report of all rows.
pub const REPORT_COLUMNS: [&str; 8] =
    ["line", "serialNumber", "result", "code", "name", "cause", "remedy", "deviceId"];

impl RowOutcome {
    /// The columns of a report after line and serial number.
    pub fn reported(&self) -> [&str; 6] {
        match self {
            RowOutcome::Registered(device) => ["registered", "", "", "", "", device],
            RowOutcome::Already(device) => ["alreadyRegistered", "", "", "", "", device],
            RowOutcome::New => ["wouldRegister", "", "", "", "", ""],
            RowOutcome::Failed(RowFailure { code, name, cause, remedy }) => {
                ["error", code, name, cause, remedy, ""]
            }
        }
    }

    /// A row whose record somebody deleted before it could be read.
    pub fn lost() -> RowOutcome {
        RowOutcome::Failed(RowFailure::new(
            "record-gone",
            "the record of the import was deleted before it was read",
            "Import the list again: rows that are registered stay so.",
        ))
    }
}

impl RowFailure {
    pub(super) fn new(code: &str, cause: impl Into<String>, remedy: &str) -> RowFailure {
        RowFailure {
            code: code.to_owned(),
            name: String::new(),
            cause: cause.into(),
            remedy: remedy.to_owned(),
        }
    }

    /// The failure of a row by a finding about it.
    pub fn found(finding: &Finding) -> RowFailure {
        RowFailure::new(finding.kind.code(), &*finding.cause, finding.kind.remedy())
    }

    /// The end of an import in an error.
    pub(super) fn of_import(code: i64, name: &str) -> RowFailure {
        let known = ERRORS.iter().find(|(known, ..)| *known == code);
        let (cause, remedy) = known.map_or(
            ("the server gives no other reason", "Ask who runs the server; its log may have the reason."),
            |(_, cause, remedy)| (*cause, *remedy),
        );
        RowFailure {
            code: code.to_string(),
            name: name.to_owned(),
            cause: cause.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// The failure of a row that the server would not even take, told as it would.
    pub(super) fn foreseen(error: &odata::Error) -> RowFailure {
        let known = odata::code::ALL.iter().find(|entry| entry.code == error.code);
        let name = known.map_or("", |entry| entry.name);
        RowFailure::refused(&error.code.0.to_string(), name, &error.message)
    }

    /// A row that the server did not even take.
    pub(super) fn refused(code: &str, name: &str, message: &str) -> RowFailure {
        RowFailure {
            code: code.to_owned(),
            name: name.to_owned(),
            cause: message.trim_end_matches('.').to_owned(),
            remedy: "Correct the row.".to_owned(),
        }
    }
}

impl Counts {
    /// Counts some more rows.
    pub fn add(&mut self, outcomes: &[RowOutcome]) {
        for outcome in outcomes {
            self.rows += 1;
            match outcome {
                RowOutcome::Registered(_) | RowOutcome::New => self.registered += 1,
                RowOutcome::Already(_) => self.already += 1,
                RowOutcome::Failed(_) => self.failed += 1,
            }
        }
    }
}

impl fmt::Display for RowFailure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RowFailure { code, name, cause, remedy } = self;
        let between = if name.is_empty() { "" } else { " " };
        write!(formatter, "{code}{between}{name}: {cause}. {remedy}")
    }
}
