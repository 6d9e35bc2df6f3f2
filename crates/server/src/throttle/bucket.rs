//! A token bucket: it holds as many requests as a rate allows in its time, and fills steadily.
//!
//! It counts in whole numbers, so that a request is let in exactly when the bucket said it would be. What was taken is kept
//! as a multiple of the rate's ticks, and what flows back as a multiple of its requests.

use std::time::Duration;

use odata::date_time::Ticks;

const TICKS_PER_SECOND: u64 = 10_000_000;
const NANOSECONDS_PER_TICK: u64 = 100;

/// So many requests in so many ticks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BucketRate {
    requests: u64,
    ticks: u64,
}

/// A bucket as it was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bucket {
    taken: u64,
    at: Ticks,
}

impl BucketRate {
    /// A published rate, times a factor; at least one request.
    pub(super) fn scaled(rate: domain::RequestRate, factor: f64) -> BucketRate {
        // Rounding to a whole number is what is wanted, and a float that is too large becomes the largest integer.
        let requests = (f64::from(rate.requests) * factor).round() as u64;
        let ticks = u64::from(rate.seconds) * TICKS_PER_SECOND;
        BucketRate { requests: requests.clamp(1, u64::MAX / (2 * ticks)), ticks }
    }

    /// The requests of a full bucket.
    pub(super) fn requests(self) -> u64 {
        self.requests
    }

    /// The seconds in which an empty bucket fills.
    pub(super) fn seconds(self) -> u64 {
        self.ticks / TICKS_PER_SECOND
    }
}

impl Bucket {
    /// A full bucket.
    pub(super) fn full(at: Ticks) -> Bucket {
        Bucket { taken: 0, at }
    }

    /// The bucket as it is now. If the system's clock was set back, nothing flows until it goes on, and nobody waits longer.
    pub(super) fn now(self, rate: BucketRate, now: Ticks) -> Bucket {
        let passed = u64::try_from(now.0.saturating_sub(self.at.0)).unwrap_or(0).min(rate.ticks);
        Bucket { taken: self.taken.saturating_sub(passed * rate.requests), at: now }
    }

    /// Whether nothing is missing: then a new bucket is the same.
    pub(super) fn is_full(self) -> bool {
        self.taken == 0
    }

    /// The time until the bucket has a request; none if it has one now.
    pub(super) fn wait(self, rate: BucketRate) -> Option<Duration> {
        let missing = (self.taken + rate.ticks).saturating_sub(rate.ticks * rate.requests);
        (missing > 0).then(|| {
            Duration::from_nanos(missing.div_ceil(rate.requests).saturating_mul(NANOSECONDS_PER_TICK))
        })
    }

    /// The bucket with one request less.
    pub(super) fn taken(self, rate: BucketRate) -> Bucket {
        Bucket { taken: self.taken + rate.ticks, ..self }
    }
}

#[cfg(test)]
mod tests {
    use odata::date_time::Ticks;
    use proptest::prelude::*;

    use super::{Bucket, BucketRate};

    fn rate(requests: u32, seconds: u32) -> BucketRate {
        BucketRate::scaled(domain::RequestRate { requests, seconds }, 1.0)
    }

    #[test]
    fn a_factor_makes_whole_requests() {
        for (requests, factor, expected) in [(100, 0.5, 50), (100, 0.001, 1), (100, 2.0, 200), (7, 0.5, 4)] {
            let rate = BucketRate::scaled(domain::RequestRate { requests, seconds: 20 }, factor);
            assert_eq!((rate.requests(), rate.seconds()), (expected, 20), "{requests} times {factor}");
        }
    }

    proptest! {
        /// Who comes as fast as is allowed gets a full bucket, and from then on what flows back; and who waits as long as
        /// it was told gets in then, and not a tick before.
        #[test]
        fn a_rate_is_kept(requests in 1..200_000_u32, seconds in 1..60_u32, steps in prop::collection::vec(0..50_000_000_i64, 1..200)) {
            let rate = rate(requests, seconds);
            let (mut now, mut admitted) = (Ticks(1_000), 0_u128);
            let mut bucket = Bucket::full(now);
            for step in steps {
                now = Ticks(now.0 + step);
                bucket = bucket.now(rate, now);
                match bucket.wait(rate) {
                    None => {
                        bucket = bucket.taken(rate);
                        admitted += 1;
                    }
                    Some(wait) => {
                        let then = Ticks(now.0 + (wait.as_nanos() / 100) as i64);
                        prop_assert!(bucket.now(rate, Ticks(then.0 - 1)).wait(rate).is_some());
                        prop_assert!(bucket.now(rate, then).wait(rate).is_none());
                        prop_assert!(wait.as_secs() <= u64::from(seconds));
                    }
                }
                let passed = (now.0 - 1_000) as u128;
                let allowed = u128::from(requests) + passed * u128::from(requests) / (u128::from(seconds) * 10_000_000);
                prop_assert!(admitted <= allowed, "{admitted} of {allowed}");
            }
        }
    }

    #[test]
    fn a_bucket_that_was_left_alone_is_full() {
        let rate = rate(3, 20);
        let mut bucket = Bucket::full(Ticks(0));
        for _ in 0..3 {
            assert_eq!(bucket.wait(rate), None);
            bucket = bucket.taken(rate);
        }
        assert!(bucket.wait(rate).is_some());
        assert!(bucket.now(rate, Ticks(200_000_000)).is_full());
        assert!(bucket.now(rate, Ticks(i64::MAX)).is_full(), "the clock was turned far");
        assert!(!bucket.now(rate, Ticks(-200_000_000)).is_full(), "the clock was set back");
    }
}
