//! The calls that a tenant may make in a minute, counted by this process alone and in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The minute, in seconds.
const WINDOW_SECONDS: u64 = 60;
/// The bits of the counter that hold the number of calls; those above hold the number of the minute.
const COUNT_BITS: u32 = 32;

/// The count of a tenant's calls in the present minute.
#[derive(Debug)]
pub(super) struct RequestQuota {
    most: u32,
    /// The number of the minute and the calls in it, changed together.
    counted: AtomicU64,
}

impl RequestQuota {
    /// So many calls in a minute.
    pub(super) fn new(most: u32) -> RequestQuota {
        RequestQuota { most, counted: AtomicU64::new(0) }
    }

    /// The number of calls in a minute.
    pub(super) fn most(&self) -> u32 {
        self.most
    }

    /// Counts a call, so long after the first minute began. The error is the time until the next minute begins.
    pub(super) fn take(&self, since: Duration) -> Result<(), Duration> {
        let minute = since.as_secs() / WINDOW_SECONDS;
        let next = |counted: u64| {
            let calls = if counted >> COUNT_BITS == minute { counted & u64::from(u32::MAX) } else { 0 };
            (calls < u64::from(self.most)).then(|| minute << COUNT_BITS | (calls + 1))
        };
        match self.counted.fetch_update(Ordering::Relaxed, Ordering::Relaxed, next) {
            Ok(_) => Ok(()),
            Err(_) => Err(Duration::from_secs((minute + 1) * WINDOW_SECONDS).saturating_sub(since)),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    use super::RequestQuota;

    #[test]
    fn a_minute_has_so_many_calls_and_the_next_as_many_again() {
        let quota = RequestQuota::new(2);
        let at = |seconds: f64| quota.take(Duration::from_secs_f64(seconds));
        assert_eq!([at(0.0), at(59.0)], [Ok(()), Ok(())]);
        assert_eq!(at(59.5), Err(Duration::from_millis(500)));
        assert_eq!([at(60.0), at(61.0)], [Ok(()), Ok(())]);
        assert_eq!(at(61.0), Err(Duration::from_secs(59)));
        assert_eq!(at(600.0), Ok(()), "after a pause");
    }

    #[test]
    fn of_many_calls_at_once_exactly_so_many_are_admitted() {
        let (quota, admitted) = (RequestQuota::new(100), AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let taken = (0..50).filter(|_| quota.take(Duration::from_secs(7)).is_ok()).count();
                    admitted.fetch_add(u32::try_from(taken).unwrap(), Ordering::Relaxed);
                });
            }
        });
        assert_eq!(admitted.into_inner(), 100);
    }
}
