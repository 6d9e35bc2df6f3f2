//! PostgreSQL's errors by what they mean to the store: told apart by SQLSTATE, never by text.

use std::error::Error as _;
use std::io;

use tokio_postgres::error::{DbError, SqlState};

use crate::error::{ReadError, WriteError};

/// The reason why a statement, or a connection, failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PostgresError {
    /// The connection is gone, and with it the answer: another one may do.
    Lost(String),
    /// The server ends the connection, and said so in place of an answer: what it was asked is not done.
    Ended(String),
    /// The server takes no writes any more: it has become a standby, and its successor answers at the same address.
    Standby(String),
    /// The transaction was undone in favour of another: the same again may succeed.
    Conflict(String),
    /// The disk is full.
    Full(String),
    /// The unique index of this name has the value.
    Taken(String),
    /// Anything else: the statement or a value in it is wrong.
    Refused(String),
}

/// The error of an answer that did not come within the longest wait.
pub(super) fn timed_out() -> PostgresError {
    PostgresError::Lost("it did not answer in time".into())
}

impl From<tokio_postgres::Error> for PostgresError {
    fn from(error: tokio_postgres::Error) -> PostgresError {
        if let Some(error) = error.as_db_error() {
            return of_server(error);
        }
        let broken = error.source().is_some_and(|source| source.is::<io::Error>());
        let message = with_sources(&error);
        if error.is_closed() || broken {
            PostgresError::Lost(message)
        } else {
            PostgresError::Refused(message)
        }
    }
}

/// The detail of a server's error is left out on purpose: it repeats values of rows.
fn of_server(error: &DbError) -> PostgresError {
    let code = error.code();
    let message = format!("{} ({})", error.message(), code.code());
    let conflicts = [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED];
    let ends = [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
        SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
        SqlState::QUERY_CANCELED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::OUT_OF_MEMORY,
    ];
    if *code == SqlState::UNIQUE_VIOLATION {
        PostgresError::Taken(error.constraint().unwrap_or_default().to_owned())
    } else if conflicts.contains(code) {
        PostgresError::Conflict(message)
    } else if *code == SqlState::READ_ONLY_SQL_TRANSACTION {
        PostgresError::Standby(message)
    } else if *code == SqlState::DISK_FULL {
        PostgresError::Full(message)
    } else if ends.contains(code) || code.code().starts_with("08") {
        PostgresError::Ended(message)
    } else {
        PostgresError::Refused(message)
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

impl PostgresError {
    /// The error in one line.
    pub fn message(&self) -> &str {
        match self {
            PostgresError::Lost(message)
            | PostgresError::Ended(message)
            | PostgresError::Standby(message)
            | PostgresError::Conflict(message)
            | PostgresError::Full(message)
            | PostgresError::Taken(message)
            | PostgresError::Refused(message) => message,
        }
    }
}

impl From<PostgresError> for ReadError {
    fn from(error: PostgresError) -> ReadError {
        match error {
            PostgresError::Lost(message)
            | PostgresError::Ended(message)
            | PostgresError::Standby(message)
            | PostgresError::Conflict(message)
            | PostgresError::Full(message) => ReadError::Unavailable(message),
            PostgresError::Taken(message) | PostgresError::Refused(message) => ReadError::Corrupt(message),
        }
    }
}

impl From<PostgresError> for WriteError {
    fn from(error: PostgresError) -> WriteError {
        match error {
            PostgresError::Lost(message)
            | PostgresError::Ended(message)
            | PostgresError::Standby(message)
            | PostgresError::Conflict(message) => WriteError::Unavailable(message),
            PostgresError::Full(message) => WriteError::Full(message),
            PostgresError::Taken(message) | PostgresError::Refused(message) => WriteError::Corrupt(message),
        }
    }
}
