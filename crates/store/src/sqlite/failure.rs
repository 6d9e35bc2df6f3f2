//! What SQLite's errors mean to the store.

use rusqlite::{Error, ErrorCode};

use crate::{ReadError, WriteError};

/// A failed read.
pub(super) fn read(error: Error) -> ReadError {
    if is_corrupt(&error) {
        ReadError::Corrupt(error.to_string())
    } else {
        ReadError::Unavailable(error.to_string())
    }
}

/// A failed write.
pub(super) fn write(error: Error) -> WriteError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => WriteError::Full(error.to_string()),
        _ if is_corrupt(&error) => WriteError::Corrupt(error.to_string()),
        _ => WriteError::Unavailable(error.to_string()),
    }
}

/// Whether an error is about the values of one statement, so that others in the transaction may go on.
pub(super) fn is_of_statement(error: &Error) -> bool {
    let codes = [ErrorCode::ConstraintViolation, ErrorCode::TooBig, ErrorCode::TypeMismatch];
    error.sqlite_error_code().is_some_and(|code| codes.contains(&code))
}

fn is_corrupt(error: &Error) -> bool {
    match error.sqlite_error_code() {
        Some(code) => matches!(code, ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase),
        // Not from SQLite: a column that holds another type than was written.
        None => true,
    }
}
