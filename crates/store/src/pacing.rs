//! The rest that the writer takes between groups while callers read: readers come before writers.
//!
//! A group costs the machine more than the writer's own time, because each of its callers is answered and asks again. Units
//! that wait meanwhile go into the next group, which costs less than two.

use std::time::{Duration, Instant};

/// The time over which reads and writes are remembered.
const MEMORY: Duration = Duration::from_millis(100);
/// The number of reads in that time below which nobody counts as reading.
const READS_MIN: f64 = 4.0;
/// The length of the rest, as a multiple of the time that the group took, when there are hardly any writes among the
/// reads.
const REST_SHARE_MAX: f64 = 4.0;
/// The longest rest.
const REST_MAX: Duration = Duration::from_millis(10);

/// The recent reads and writes, of which each counts less as time goes by.
#[derive(Debug)]
pub(crate) struct Pacing {
    reads: f64,
    writes: f64,
    /// The number of all reads, as of the last group.
    reads_seen: u64,
    last: Instant,
}

impl Pacing {
    /// Nothing was read or written.
    pub fn new(now: Instant) -> Pacing {
        Pacing { reads: 0.0, writes: 0.0, reads_seen: 0, last: now }
    }

    /// The rest after a group of so many writes that took so long, when there were so many reads in all.
    pub fn rest(&mut self, now: Instant, all_reads: u64, writes: usize, took: Duration) -> Duration {
        let kept = (-now.duration_since(self.last).div_duration_f64(MEMORY)).exp();
        let new_reads = all_reads.saturating_sub(self.reads_seen);
        self.reads = self.reads * kept + new_reads as f64;
        self.writes = self.writes * kept + writes as f64;
        (self.last, self.reads_seen) = (now, all_reads);
        if self.reads < READS_MIN {
            return Duration::ZERO;
        }
        let share = self.reads / (self.reads + self.writes);
        took.mul_f64(REST_SHARE_MAX * share).min(REST_MAX)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Pacing, REST_MAX};

    /// The rest after a second of groups that come every so many milliseconds and take one.
    fn rest(interval_millis: u64, reads_each: u64, writes_each: usize) -> Duration {
        let begin = Instant::now();
        let (mut pacing, mut rest) = (Pacing::new(begin), Duration::MAX);
        for group in 1..=1_000 / interval_millis {
            let now = begin + Duration::from_millis(group * interval_millis);
            rest = pacing.rest(now, group * reads_each, writes_each, Duration::from_millis(1));
        }
        rest
    }

    #[test]
    fn writers_wait_only_for_readers_and_the_longer_the_more_they_are() {
        assert_eq!(rest(1, 0, 128), Duration::ZERO, "nobody reads");
        assert_eq!(rest(100, 1, 1), Duration::ZERO, "somebody reads now and then");
        let (few, many) = (rest(2, 2, 32), rest(2, 100, 32));
        assert!(Duration::ZERO < few && few < many, "{few:?} {many:?}");
        assert!(Duration::from_millis(2) < many && many < Duration::from_millis(4), "{many:?}");
    }

    #[test]
    fn a_rest_is_bounded_and_reads_are_forgotten() {
        let begin = Instant::now();
        let mut pacing = Pacing::new(begin);
        assert_eq!(pacing.rest(begin, 1_000, 1, Duration::from_secs(1)), REST_MAX);
        let later = begin + Duration::from_secs(1);
        assert_eq!(pacing.rest(later, 1_000, 1, Duration::from_millis(1)), Duration::ZERO);
    }
}
