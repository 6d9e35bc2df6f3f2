//! What became of a row of an import, with the cause and what to do.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::Finding;

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is a device of the tenant now, with this id.
    Registered(String),
    /// It was one before; its id, if that is certain.
    Already(String),
    /// It would be registered.
    New,
    /// It was not registered.
    Failed(Failure),
}

/// Why a row was not registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// A word, or a number of the service's.
    pub code: String,
    /// The service's name for the number.
    pub name: String,
    /// What is wrong.
    pub cause: String,
    /// What to do.
    pub remedy: String,
}

/// How many rows came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// All.
    pub rows: u64,
    /// Registered, or of a rehearsal: would be.
    pub registered: u64,
    /// Registered before.
    pub already: u64,
    /// Not registered.
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
        "Correct the user, or add the domain to autopilot.user_domains.",
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

impl Outcome {
    /// What a report says of it: the columns after line and serial number.
    pub fn reported(&self) -> [&str; 6] {
        match self {
            Outcome::Registered(device) => ["registered", "", "", "", "", device],
            Outcome::Already(device) => ["alreadyRegistered", "", "", "", "", device],
            Outcome::New => ["wouldRegister", "", "", "", "", ""],
            Outcome::Failed(Failure { code, name, cause, remedy }) => {
                ["error", code, name, cause, remedy, ""]
            }
        }
    }

    /// A row whose record somebody deleted before it could be read.
    pub fn lost() -> Outcome {
        Outcome::Failed(Failure::new(
            "record-gone",
            "the record of the import was deleted before it was read",
            "Import the list again: rows that are registered stay so.",
        ))
    }
}

impl Failure {
    pub(super) fn new(code: &str, cause: impl Into<String>, remedy: &str) -> Failure {
        Failure { code: code.to_owned(), name: String::new(), cause: cause.into(), remedy: remedy.to_owned() }
    }

    /// What the list itself has wrong.
    pub fn found(finding: &Finding) -> Failure {
        Failure::new(finding.kind.code(), &*finding.cause, finding.kind.remedy())
    }

    /// The end of an import in an error.
    pub(super) fn of_import(code: i64, name: &str) -> Failure {
        let known = ERRORS.iter().find(|(known, ..)| *known == code);
        let (cause, remedy) = known.map_or(
            ("the server gives no other reason", "Ask who runs the server; its log may have the reason."),
            |(_, cause, remedy)| (*cause, *remedy),
        );
        Failure {
            code: code.to_string(),
            name: name.to_owned(),
            cause: cause.to_owned(),
            remedy: remedy.to_owned(),
        }
    }

    /// What the server would not even take, told as it would.
    pub(super) fn foreseen(error: &odata::Error) -> Failure {
        let known = odata::code::ALL.iter().find(|entry| entry.code == error.code);
        let name = known.map_or("", |entry| entry.name);
        Failure::refused(&error.code.0.to_string(), name, &error.message)
    }

    /// A row that the server did not even take.
    pub(super) fn refused(code: &str, name: &str, message: &str) -> Failure {
        Failure {
            code: code.to_owned(),
            name: name.to_owned(),
            cause: message.trim_end_matches('.').to_owned(),
            remedy: "Correct the row.".to_owned(),
        }
    }
}

impl Counts {
    /// Counts some more rows.
    pub fn add(&mut self, outcomes: &[Outcome]) {
        for outcome in outcomes {
            self.rows += 1;
            match outcome {
                Outcome::Registered(_) | Outcome::New => self.registered += 1,
                Outcome::Already(_) => self.already += 1,
                Outcome::Failed(_) => self.failed += 1,
            }
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Failure { code, name, cause, remedy } = self;
        let between = if name.is_empty() { "" } else { " " };
        write!(formatter, "{code}{between}{name}: {cause}. {remedy}")
    }
}
