//! The context's clock: the only place that asks what time it is. In dev mode it can be turned on.

use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use odata::date_time::Ticks;

/// Keeps the ticks that a clock was turned on by; an error says why it could not.
pub type Keep = Box<dyn Fn(i64) -> Result<(), String> + Send>;

/// A clock that tells the time of the system, and can be turned on.
pub struct Clock {
    /// The ticks that the clock was turned on by.
    ahead: AtomicI64,
    /// One turn after the other, so that what is kept is never less than what is told.
    keep: Mutex<Keep>,
}

/// The latest time there is: well before the year 9999, in which times end.
pub(crate) const LATEST: Ticks = Ticks(9_000 * 366 * TICKS_PER_DAY);
const TICKS_PER_SECOND: i64 = 10_000_000;
const TICKS_PER_DAY: i64 = 86_400 * TICKS_PER_SECOND;

impl Clock {
    /// A clock that was turned on by so many ticks before, if there is a time so late; `keep` keeps how far it is turned.
    pub fn turned(ahead: i64, keep: Keep) -> Option<Clock> {
        let clock = Clock { keep: Mutex::new(keep), ..Clock::default() };
        let is_time = ahead >= 0 && clock.now().0.checked_add(ahead)? <= LATEST.0;
        clock.ahead.store(ahead, Ordering::Relaxed);
        is_time.then_some(clock)
    }

    /// The present time, as far on as the clock was turned.
    pub fn now(&self) -> Ticks {
        let Ticks(now) = Ticks::from_timestamp(Timestamp::now());
        Ticks(now + self.ahead.load(Ordering::Relaxed))
    }

    /// Turns the clock on by so many ticks, if that can be kept; the error says why not. A clock never goes back, because what
    /// was done was done then.
    pub(crate) fn advance(&self, ticks: i64) -> Result<(), String> {
        let keep = self.keep.lock().unwrap_or_else(PoisonError::into_inner);
        if ticks <= 0 {
            return Ok(());
        }
        let ahead = self.ahead.load(Ordering::Relaxed) + ticks;
        keep(ahead)?;
        self.ahead.store(ahead, Ordering::Relaxed);
        Ok(())
    }
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { ahead: AtomicI64::new(0), keep: Mutex::new(Box::new(|_| Ok(()))) }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Clock").field("ahead", &self.ahead).finish_non_exhaustive()
    }
}

/// The time so many seconds later.
pub fn later(Ticks(from): Ticks, seconds: i64) -> Ticks {
    Ticks(from.saturating_add(seconds.saturating_mul(TICKS_PER_SECOND)))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::{Clock, TICKS_PER_DAY};

    #[test]
    fn what_is_kept_is_how_far_it_was_turned() {
        let kept = Arc::new(Mutex::new(0));
        let keeper = Arc::clone(&kept);
        let keep = move |ahead| {
            *keeper.lock().unwrap() = ahead;
            Ok(())
        };
        let clock = Clock::turned(3 * TICKS_PER_DAY, Box::new(keep)).unwrap();
        clock.advance(2 * TICKS_PER_DAY).unwrap();
        assert_eq!(*kept.lock().unwrap(), 5 * TICKS_PER_DAY);
        let begin = Clock::default().now().0;
        assert!(clock.now().0 - begin >= 5 * TICKS_PER_DAY);
    }

    #[test]
    fn what_cannot_be_kept_turns_nothing() {
        let clock = Clock::turned(0, Box::new(|_| Err("full".to_owned()))).unwrap();
        assert_eq!(clock.advance(TICKS_PER_DAY), Err("full".to_owned()));
        assert!(clock.now().0 - Clock::default().now().0 < TICKS_PER_DAY);
    }

    #[test]
    fn there_is_no_time_before_now_or_at_the_end_of_days() {
        for ahead in [-1, i64::MIN, i64::MAX, 9_000 * 366 * TICKS_PER_DAY] {
            assert!(Clock::turned(ahead, Box::new(|_| Ok(()))).is_none(), "{ahead}");
        }
    }
}
