//! What the database undid in favour of others is done again, so often and after such waits as is said here.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;
use uuid::Uuid;

use super::connection_figures::ConnectionFigures;
use super::error::PostgresError;

/// The largest number of times that a transaction is tried again.
const RETRIES_MAX: u32 = 10;
/// The longest wait before the next try; the first is a hundredth of it, each further one twice the last.
const WAIT_MAX: Duration = Duration::from_millis(300);

/// The conflicts that a transaction has had so far.
pub(super) struct Conflicts {
    figures: Arc<ConnectionFigures>,
    count: u32,
}

impl Conflicts {
    /// None so far.
    pub fn new(figures: &Arc<ConnectionFigures>) -> Conflicts {
        Conflicts { figures: Arc::clone(figures), count: 0 }
    }

    /// Waits before another try; false if there have been enough.
    pub async fn wait(&mut self) -> bool {
        if self.count == RETRIES_MAX {
            return false;
        }
        self.count += 1;
        self.figures.note_retry();
        sleep(wait(self.count)).await;
        true
    }
}

/// Runs what is a transaction, or several, until none is undone in favour of others.
pub(super) async fn retry<T, A>(
    figures: &Arc<ConnectionFigures>,
    attempt: impl Fn() -> A,
) -> Result<T, PostgresError>
where
    A: Future<Output = Result<T, PostgresError>>,
{
    let mut conflicts = Conflicts::new(figures);
    loop {
        match attempt().await {
            Err(PostgresError::Conflict(_)) if conflicts.wait().await => {}
            end => return end,
        }
    }
}

/// The wait before a try: between half and all of a doubling span, so that those who collided do not collide again.
fn wait(retries: u32) -> Duration {
    let span = (WAIT_MAX / 100 * 2_u32.saturating_pow(retries - 1)).min(WAIT_MAX);
    let [dice, ..] = *Uuid::new_v4().as_bytes();
    span / 2 + span / 2 * u32::from(dice) / 255
}
