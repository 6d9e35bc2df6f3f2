//! What PostgreSQL's errors mean to us: by SQLSTATE, never by text.

use std::error::Error as _;
use std::io;

use tokio_postgres::error::{DbError, SqlState};

use crate::{ReadError, WriteError};

/// Why a statement, or a connection, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connection is gone, and with it the answer: another one may do.
    Lost(String),
    /// The server ends the connection, and said so in place of an answer: what it was asked is not done.
    Ended(String),
    /// The transaction was undone in favour of another: the same again may succeed.
    Conflict(String),
    /// No room on the disk.
    Full(String),
    /// A unique index has the value: its name.
    Taken(String),
    /// Anything else: the statement or a value in it is wrong.
    Refused(String),
}

/// Longest wait for the server's answer came to nothing.
pub(super) fn timed_out() -> Failure {
    Failure::Lost("it did not answer in time".into())
}

impl From<tokio_postgres::Error> for Failure {
    fn from(error: tokio_postgres::Error) -> Failure {
        if let Some(error) = error.as_db_error() {
            return of_server(error);
        }
        let broken = error.source().is_some_and(|source| source.is::<io::Error>());
        let message = with_sources(&error);
        if error.is_closed() || broken { Failure::Lost(message) } else { Failure::Refused(message) }
    }
}

/// The detail of a server's error is left out on purpose: it repeats values of rows.
fn of_server(error: &DbError) -> Failure {
    let code = error.code();
    let message = format!("{} ({})", error.message(), code.code());
    let conflicts = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    let going = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        // The server became a standby: its successor answers at the same address.
        SqlState::READ_ONLY_SQL_TRANSACTION,
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::OUT_OF_MEMORY,
    ];
    if *code == SqlState::UNIQUE_VIOLATION {
        Failure::Taken(error.constraint().unwrap_or_default().to_owned())
    } else if conflicts.contains(code) {
        Failure::Conflict(message)
    } else if *code == SqlState::DISK_FULL {
        Failure::Full(message)
    } else if going.contains(code) || code.code().starts_with("08") {
        Failure::Ended(message)
    } else {
        Failure::Refused(message)
    }
}

fn with_sources(error: &tokio_postgres::Error) -> String {
    let mut message = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        // The library repeats the cause in its own message for some kinds of error.
        let cause_message = cause.to_string();
        if !message.contains(&cause_message) {
            message = format!("{message}: {cause_message}");
        }
        source = cause.source();
    }
    message
}

impl Failure {
    /// The failure in one line.
    pub fn message(&self) -> &str {
        match self {
            Failure::Lost(message)
            | Failure::Ended(message)
            | Failure::Conflict(message)
            | Failure::Full(message)
            | Failure::Taken(message)
            | Failure::Refused(message) => message,
        }
    }
}

impl From<Failure> for ReadError {
    fn from(failure: Failure) -> ReadError {
        match failure {
            Failure::Lost(message)
            | Failure::Ended(message)
            | Failure::Conflict(message)
            | Failure::Full(message) => ReadError::Unavailable(message),
            Failure::Taken(message) | Failure::Refused(message) => ReadError::Corrupt(message),
        }
    }
}

impl From<Failure> for WriteError {
    fn from(failure: Failure) -> WriteError {
        match failure {
            Failure::Lost(message) | Failure::Ended(message) | Failure::Conflict(message) => {
                WriteError::Unavailable(message)
            }
            Failure::Full(message) => WriteError::Full(message),
            Failure::Taken(message) | Failure::Refused(message) => WriteError::Corrupt(message),
        }
    }
}
