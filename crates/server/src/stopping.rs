//! How a server comes to its end, so that whoever uses it knows: first it says that it leaves, then it takes no more
//! connections, and what it has taken is answered within a bound.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use engine::{Error, ErrorKind};
use tokio::sync::watch;

use crate::limits::Limits;
use crate::request_error::RequestError;

/// The time for which a connection may still ask when the server stops. What a client had sent by then may be on its way
/// through the system.
const LAST_CALL: Duration = Duration::from_millis(250);
/// The time after which a read is given up when the server stops: it may be asked of the next server, and those that wait for
/// something to happen would hold up the end.
const READ_TIME_MAX: Duration = Duration::from_secs(1);

/// How far the end has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// Nobody has told the server to stop.
    #[default]
    Serving,
    /// It is told, and takes connections until its neighbours know.
    Leaving,
    /// It takes none, and answers what it has taken.
    Draining,
}

/// The phase of a server, as all that serves sees it.
#[derive(Debug, Default)]
pub struct Stopping(watch::Sender<Phase>);

impl Stopping {
    /// Begins a phase.
    pub fn begin(&self, phase: Phase) {
        self.0.send_replace(phase);
    }

    /// Whether the server is told to stop: each connection is to be the last of its client.
    pub fn is_told(&self) -> bool {
        *self.0.borrow() > Phase::Serving
    }

    /// Whether no more is taken.
    pub fn is_draining(&self) -> bool {
        *self.0.borrow() == Phase::Draining
    }

    /// Waits until no more is taken.
    pub async fn draining(&self) {
        // The sender is ours, so it does not go while we wait.
        let _ = self.0.subscribe().wait_for(|phase| *phase == Phase::Draining).await;
    }

    /// Waits until no more is taken, and the time of a last request is over.
    pub async fn last_call(&self, limits: &Limits) {
        self.draining().await;
        tokio::time::sleep(LAST_CALL.min(limits.drain_time / 4)).await;
    }

    /// The outcome of a call, unless the server stops and cannot wait for it. It comes pinned, because a move copies the whole of it.
    pub async fn bound<T, E>(
        &self,
        is_read: bool,
        limits: &Limits,
        call: Pin<&mut impl Future<Output = Result<T, E>>>,
    ) -> Result<T, RequestError>
    where
        RequestError: From<E>,
    {
        // The answer has to be written as well.
        let whole = limits.drain_time / 10 * 9;
        let patience = if is_read { READ_TIME_MAX.min(whole) } else { whole };
        let over = async {
            self.draining().await;
            tokio::time::sleep(patience).await;
        };
        tokio::select! {
            biased;
            outcome = call => Ok(outcome?),
            () = over => Err(told()),
        }
    }
}

/// The answer to what the server cannot do any more.
pub fn told() -> RequestError {
    Error::new(ErrorKind::Unavailable, "The server stops. Try again: the next one answers.").into()
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::pin::pin;
    use std::time::Duration;

    use engine::Error;
    use tokio::time::Instant;

    use super::{LAST_CALL, Phase, READ_TIME_MAX, Stopping};
    use crate::limits::Limits;

    #[tokio::test(start_paused = true)]
    async fn a_read_is_given_up_soon_and_a_change_late() {
        let (stopping, limits) = (Stopping::default(), Limits::default());
        stopping.begin(Phase::Draining);
        for (is_read, expected) in [(true, READ_TIME_MAX), (false, limits.drain_time / 10 * 9)] {
            let begin = Instant::now();
            let given_up = stopping.bound(is_read, &limits, pin!(pending::<Result<(), Error>>())).await;
            assert!(given_up.is_err());
            assert_eq!(begin.elapsed().as_millis(), expected.as_millis(), "read: {is_read}");
        }
        assert_eq!(stopping.bound(true, &limits, pin!(async { Ok::<_, Error>(7) })).await.unwrap(), 7);
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_ends_before_the_server_drains() {
        let (stopping, limits) = (Stopping::default(), Limits::default());
        let begin = Instant::now();
        let waits = async { stopping.last_call(&limits).await };
        let phases = async {
            for phase in [Phase::Leaving, Phase::Draining] {
                tokio::time::sleep(Duration::from_secs(5)).await;
                stopping.begin(phase);
            }
        };
        tokio::join!(waits, phases);
        assert_eq!(begin.elapsed().as_millis(), (Duration::from_secs(10) + LAST_CALL).as_millis());
        assert!(stopping.is_told() && stopping.is_draining());
    }
}
