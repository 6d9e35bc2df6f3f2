//! The context's clock: the only place that asks what time it is. In dev mode it can be turned on.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;
use odata::date_time::Ticks;

/// Tells the time.
#[derive(Debug, Default)]
pub struct Clock {
    /// How far it was turned on, in ticks.
    ahead: AtomicI64,
}

impl Clock {
    /// Now.
    pub fn now(&self) -> Ticks {
        let Ticks(now) = Ticks::from_timestamp(Timestamp::now());
        Ticks(now + self.ahead.load(Ordering::Relaxed))
    }

    /// Turns it on by so many ticks. It never goes back: what was done was done then.
    pub fn advance(&self, ticks: i64) {
        self.ahead.fetch_add(ticks.max(0), Ordering::Relaxed);
    }
}

const TICKS_PER_SECOND: i64 = 10_000_000;

/// So many seconds later.
pub(crate) fn later(Ticks(from): Ticks, seconds: i64) -> Ticks {
    Ticks(from.saturating_add(seconds.saturating_mul(TICKS_PER_SECOND)))
}
