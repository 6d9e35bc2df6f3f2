//! The errors of the store that SQLite's errors stand for.

use rusqlite::{Error, ErrorCode};

use crate::error::{ReadError, WriteError};

/// The error of a read that failed.
pub(super) fn read_error(error: Error) -> ReadError {
    match error.sqlite_error_code() {
        Some(ErrorCode::OperationInterrupted) => {
            ReadError::Unavailable("a read was ended that took too long beside so many writes".into())
        }
        _ if is_corrupt(&error) => ReadError::Corrupt(error.to_string()),
        _ => ReadError::Unavailable(reason(&error)),
    }
}

/// The error of a write that failed.
pub(super) fn write_error(error: Error) -> WriteError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => WriteError::Full(error.to_string()),
        _ if is_corrupt(&error) => WriteError::Corrupt(error.to_string()),
        _ => WriteError::Unavailable(reason(&error)),
    }
}

/// The reason of an error for whoever reads the log. What SQLite says of a disk does not tell what failed; its number does.
/// It calls a file damaged, too, whose disk refuses a read: then the file may well be whole.
fn reason(error: &Error) -> String {
    let number = error.sqlite_error().map_or(0, |failure| failure.extended_code);
    match error.sqlite_error_code() {
        Some(ErrorCode::SystemIoFailure) => {
            format!("the disk fails ({error}, {number} of SQLite's); the system's log has more")
        }
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => format!(
            "the disk fails, or the file is damaged ({error}, {number} of SQLite's); the system's log and muster \
             doctor tell which"
        ),
        _ => error.to_string(),
    }
}

/// The reason why a write was not applied.
pub(super) enum ApplyError {
    /// The write alone failed, and has left no trace in the transaction.
    Unit(WriteError),
    /// The write alone failed, but has left traces: the transaction must be undone, and done again with savepoints.
    Traces,
    /// Nothing in the transaction can be committed.
    Group(WriteError),
}

impl ApplyError {
    /// The error of a statement after which nothing in the transaction can be committed.
    pub fn group(error: Error) -> ApplyError {
        ApplyError::Group(write_error(error))
    }
}

/// Whether an error is about the values of one statement, so that others in the transaction may go on.
pub(super) fn is_of_statement(error: &Error) -> bool {
    let codes = [ErrorCode::ConstraintViolation, ErrorCode::TooBig, ErrorCode::TypeMismatch];
    error.sqlite_error_code().is_some_and(|code| codes.contains(&code))
}

/// Whether an error is not of SQLite's: a column that holds another type than was written.
fn is_corrupt(error: &Error) -> bool {
    error.sqlite_error_code().is_none()
}
