//! The bounds of the operator that may change while the engine runs. Whoever asks for one twice in a call may see two: none of
//! them has to agree with another.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The bounds of the operator that may change while the engine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The number of entities on a page if the client does not say, and at most.
    pub page_size: u64,
    /// The days that a delta token holds.
    pub delta_token_days: u32,
    /// The days that the journal's entries about changes are kept; 0 is for ever.
    pub journal_retention_days: u32,
    /// The hours that a create with an `Idempotency-Key` is remembered.
    pub idempotency_hours: u32,
    /// The entities whose secrets one caller is shown in an hour at most; 0 is any number.
    pub reveals_per_hour: u32,
}

impl Default for Bounds {
    fn default() -> Bounds {
        Bounds {
            page_size: 1_000,
            delta_token_days: 30,
            journal_retention_days: 30,
            idempotency_hours: 24,
            reveals_per_hour: 0,
        }
    }
}

/// The bounds that hold now.
#[derive(Debug)]
pub struct LiveBounds {
    page_size: AtomicU64,
    delta_token_days: AtomicU32,
    journal_retention_days: AtomicU32,
    idempotency_hours: AtomicU32,
    reveals_per_hour: AtomicU32,
}

impl LiveBounds {
    /// These bounds, to begin with.
    pub fn new(bounds: Bounds) -> LiveBounds {
        LiveBounds {
            page_size: bounds.page_size.into(),
            delta_token_days: bounds.delta_token_days.into(),
            journal_retention_days: bounds.journal_retention_days.into(),
            idempotency_hours: bounds.idempotency_hours.into(),
            reveals_per_hour: bounds.reveals_per_hour.into(),
        }
    }

    /// Has others hold from now on.
    pub fn replace(&self, bounds: Bounds) {
        self.page_size.store(bounds.page_size, Ordering::Relaxed);
        self.delta_token_days.store(bounds.delta_token_days, Ordering::Relaxed);
        self.journal_retention_days.store(bounds.journal_retention_days, Ordering::Relaxed);
        self.idempotency_hours.store(bounds.idempotency_hours, Ordering::Relaxed);
        self.reveals_per_hour.store(bounds.reveals_per_hour, Ordering::Relaxed);
    }

    /// The bounds now.
    pub fn now(&self) -> Bounds {
        Bounds {
            page_size: self.page_size.load(Ordering::Relaxed),
            delta_token_days: self.delta_token_days.load(Ordering::Relaxed),
            journal_retention_days: self.journal_retention_days.load(Ordering::Relaxed),
            idempotency_hours: self.idempotency_hours.load(Ordering::Relaxed),
            reveals_per_hour: self.reveals_per_hour.load(Ordering::Relaxed),
        }
    }
}
