//! Why a scratch PostgreSQL cannot be had.

use std::io;

/// Why there is no cluster or no database.
#[derive(Debug)]
pub enum Error {
    /// No binaries, or no user to run them as: of what, and in which package of Debian's they are.
    NotInstalled(&'static str, &'static str),
    /// The operating system refused something.
    Io(io::Error),
    /// The server, or `initdb`, failed; with the end of its log.
    Server(String),
    /// It answered with an error.
    Sql(tokio_postgres::Error),
}

impl std::fmt::Display for Error {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Error::NotInstalled(what, package) => {
                write!(formatter, "{what} is not installed; on Debian: apt-get install {package}")
            }
            Error::Io(error) => write!(formatter, "{error}"),
            Error::Server(log) => write!(formatter, "the server did not start:\n{log}"),
            Error::Sql(error) => write!(formatter, "{error:?}"),
        }
    }
}

impl std::error::Error for Error {}
