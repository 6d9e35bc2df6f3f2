//! How often a server is asked again when it does not answer.

use std::time::Duration;

use super::stopped::Stopped;

/// How long a client goes on asking.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// The most times that a request is sent that gets no answer, or one that says later.
    attempts_max: u32,
    /// The longest wait; the first one doubles up to it.
    pause_max: Duration,
    /// The longest wait that a server may ask for.
    retry_after_max: Duration,
}

/// The first wait.
const PAUSE_FIRST: Duration = Duration::from_millis(200);

impl Patience {
    /// For somebody who waits for the end: all waits together take most of a minute.
    pub const SHORT: Patience = Patience {
        attempts_max: 10,
        pause_max: Duration::from_secs(10),
        retry_after_max: Duration::from_secs(60),
    };
    /// For what has the night, and a server that is asked by others, too: about a quarter of an hour.
    pub const LONG: Patience = Patience {
        attempts_max: 24,
        pause_max: Duration::from_secs(60),
        retry_after_max: Duration::from_secs(600),
    };
}

/// The attempts at one request.
pub struct Retries {
    patience: Patience,
    attempts: u32,
}

impl Retries {
    /// No attempt yet.
    pub fn new(patience: Patience) -> Retries {
        Retries { patience, attempts: 0 }
    }

    /// Waits before the next attempt, unless there were too many.
    pub async fn wait(&mut self, reason: String, retry_after: Option<Duration>) -> Result<(), Stopped> {
        self.attempts += 1;
        if self.attempts >= self.patience.attempts_max {
            return Err(Stopped(reason));
        }
        let Patience { pause_max, retry_after_max, .. } = self.patience;
        let pause = PAUSE_FIRST.saturating_mul(2_u32.saturating_pow(self.attempts - 1)).min(pause_max);
        tokio::time::sleep(retry_after.map_or(pause, |asked| asked.min(retry_after_max))).await;
        Ok(())
    }
}

impl Default for Retries {
    fn default() -> Retries {
        Retries::new(Patience::SHORT)
    }
}
