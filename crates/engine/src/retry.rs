//! Changes that others may be faster than: decided by what is stored, and decided again if that has changed meanwhile.

use store::{ReadError, WriteError};

use crate::Error;

/// How often a change is decided at most before its caller is told that too many others change the same.
const ATTEMPTS_MAX: usize = 16;

/// Why an attempt at a change was not committed.
pub(crate) enum CommitError {
    /// Others changed what it was decided by. Decided again, it may succeed.
    Overtaken,
    /// Others created what was missing. Decided again, it is found; if it cannot be, this is the error.
    Exists(Error),
    /// It failed, and would fail again.
    Failed(Error),
}

impl CommitError {
    /// The error of whoever does not make another attempt.
    pub(crate) fn into_error(self) -> Error {
        match self {
            CommitError::Failed(error) | CommitError::Exists(error) => error,
            CommitError::Overtaken => Error::contended(),
        }
    }
}

/// Makes an attempt until one is not overtaken, up to [`ATTEMPTS_MAX`] times.
pub(crate) async fn retry<T, A>(attempt: impl Fn() -> A) -> Result<T, Error>
where
    A: Future<Output = Result<T, CommitError>>,
{
    let mut last = None;
    for _ in 0..ATTEMPTS_MAX {
        match attempt().await {
            Ok(done) => return Ok(done),
            Err(CommitError::Failed(error)) => return Err(error),
            Err(CommitError::Overtaken) => last = None,
            Err(CommitError::Exists(error)) => {
                // The same twice in a row: it is not looked for.
                if last.as_ref().is_some_and(|last: &Error| last.message == error.message) {
                    return Err(error);
                }
                last = Some(error);
            }
        }
    }
    Err(last.unwrap_or_else(Error::contended))
}

impl From<WriteError> for CommitError {
    fn from(error: WriteError) -> CommitError {
        match error {
            WriteError::Changed { .. } | WriteError::Overtaken => CommitError::Overtaken,
            error => CommitError::Failed(error.into()),
        }
    }
}

impl From<Error> for CommitError {
    fn from(error: Error) -> CommitError {
        CommitError::Failed(error)
    }
}

impl From<ReadError> for CommitError {
    fn from(error: ReadError) -> CommitError {
        CommitError::Failed(error.into())
    }
}

impl From<odata::Error> for CommitError {
    fn from(error: odata::Error) -> CommitError {
        CommitError::Failed(error.into())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::{ATTEMPTS_MAX, CommitError, retry};
    use crate::Error;

    #[tokio::test]
    async fn an_attempt_is_made_again_while_others_are_faster_and_no_longer_than_the_bound() {
        let broken = || Error::defect("broken");
        for (overtaken, last, attempts, expected) in [
            (0, Ok(7), 1, Ok(7)),
            (3, Ok(7), 4, Ok(7)),
            (2, Err(broken()), 3, Err(broken())),
            (ATTEMPTS_MAX - 1, Ok(7), ATTEMPTS_MAX, Ok(7)),
            (ATTEMPTS_MAX, Ok(7), ATTEMPTS_MAX, Err(Error::contended())),
        ] {
            let made = Cell::new(0);
            let attempt = || async {
                made.set(made.get() + 1);
                if made.get() <= overtaken {
                    return Err(CommitError::Overtaken);
                }
                last.clone().map_err(CommitError::Failed)
            };
            assert_eq!(retry(attempt).await, expected, "overtaken {overtaken} times");
            assert_eq!(made.get(), attempts, "overtaken {overtaken} times");
        }
    }
}
