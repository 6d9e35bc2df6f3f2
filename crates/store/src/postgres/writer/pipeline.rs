//! A pipeline: statements that are all sent before the first answer is read.

use std::future::poll_fn;
use std::task::Poll;

use futures_util::future::BoxFuture;
use tokio_postgres::Row;

use crate::postgres::error::PostgresError;

/// The rows that answer a statement of a pipeline.
pub(super) type StatementResult = Result<Vec<Row>, PostgresError>;

/// Sends statements in the order given and waits for all answers. A statement is sent when its future is first
/// polled; here, unlike in the libraries' joins, the order of polling is promised.
pub(super) async fn in_order(pipeline: Vec<BoxFuture<'_, StatementResult>>) -> Vec<StatementResult> {
    let mut waiting: Vec<_> = pipeline.into_iter().map(Some).collect();
    let mut answers: Vec<_> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, answer) in waiting.iter_mut().zip(&mut answers) {
            if let Some(Poll::Ready(output)) = future.as_mut().map(|future| future.as_mut().poll(context)) {
                (*future, *answer) = (None, Some(output));
            }
        }
        if waiting.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}

/// Whether a pipeline that ends with a commit leaves open if it was committed. If the server ended it before the commit,
/// it was not.
pub(super) fn unknown(answers: &[StatementResult]) -> Option<&str> {
    let (commit, before) = answers.split_last()?;
    match before.iter().find(|answer| answer.is_err()).unwrap_or(commit) {
        Err(PostgresError::Lost(message)) => Some(message),
        Err(PostgresError::Ended(message)) if before.iter().all(Result::is_ok) => Some(message),
        _ => None,
    }
}
