//! The context's clock: the only place that asks what time it is.

use jiff::Timestamp;
use odata::date_time::Ticks;

/// Tells the time.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clock;

impl Clock {
    /// Now.
    pub fn now(self) -> Ticks {
        Ticks::from_timestamp(Timestamp::now())
    }
}
