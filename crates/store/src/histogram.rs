//! Counts of values by size, to be written by many at once: a note costs two additions, and no lock.

use std::sync::atomic::{AtomicU64, Ordering};

/// The bounds of durations, in microseconds: from a fast read to the time that a call may take.
pub const DURATION_BOUNDS_MICROS: [u64; 14] = [
    500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    10_000_000, 60_000_000,
];

/// The bounds of numbers of things.
pub const COUNT_BOUNDS: [u64; 8] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384];

/// Counts of values, each in the first class whose bound it does not exceed.
#[derive(Debug)]
pub struct Histogram {
    bounds: &'static [u64],
    /// One for each bound, and one for what exceeds all.
    classes: Box<[AtomicU64]>,
    sum: AtomicU64,
}

/// The counts of a histogram at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistogramCounts {
    /// Each bound with the number of values up to it.
    pub up_to: Vec<(u64, u64)>,
    /// The number of all values.
    pub count: u64,
    /// The sum of all values.
    pub sum: u64,
}

impl Histogram {
    /// Nothing was counted yet.
    pub fn new(bounds: &'static [u64]) -> Histogram {
        Histogram {
            bounds,
            classes: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0),
        }
    }

    /// Counts a value.
    pub fn note(&self, value: u64) {
        let class = self.bounds.iter().position(|bound| value <= *bound).unwrap_or(self.bounds.len());
        if let Some(class) = self.classes.get(class) {
            class.fetch_add(1, Ordering::Relaxed);
        }
        self.sum.fetch_add(value, Ordering::Relaxed);
    }

    /// Counts a duration, in microseconds.
    pub fn note_duration(&self, duration: std::time::Duration) {
        self.note(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX >> 20));
    }

    /// The counts now.
    pub fn counts(&self) -> HistogramCounts {
        let classes: Vec<u64> = self.classes.iter().map(|class| class.load(Ordering::Relaxed)).collect();
        let mut below = 0;
        let up_to = self.bounds.iter().zip(&classes).map(|(bound, class)| {
            below += class;
            (*bound, below)
        });
        let up_to = up_to.collect();
        HistogramCounts { up_to, count: classes.iter().sum(), sum: self.sum.load(Ordering::Relaxed) }
    }
}

#[cfg(test)]
mod tests {
    use super::Histogram;

    #[test]
    fn a_value_counts_for_every_bound_that_it_does_not_exceed() {
        let histogram = Histogram::new(&[1, 10, 100]);
        [0, 1, 2, 10, 11, 1_000].into_iter().for_each(|value| histogram.note(value));
        let counts = histogram.counts();
        assert_eq!(counts.up_to, [(1, 2), (10, 4), (100, 5)]);
        assert_eq!((counts.count, counts.sum), (6, 1_024));
    }
}
