//! The buckets of all who call: made when somebody is counted for the first time, and forgotten once they are full. Those
//! that nobody is counted in for as long as it takes to fill them are no different from new ones.

use std::collections::HashMap;
use std::time::Duration;

use odata::date_time::Ticks;
use uuid::Uuid;

use super::bucket::{Bucket, BucketRate};

/// The most buckets: some 4 MB. With more at once, those who come last share theirs.
const BUCKETS_MAX: usize = 50_000;
/// The time that must pass before full buckets are looked for again.
const SWEEP_INTERVAL: Ticks = Ticks(10_000_000);

/// Whose requests of which kind a bucket counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct BucketKey {
    /// The application, unless all of a tenant are counted together.
    pub application: Option<Uuid>,
    /// The tenant, unless an application is counted in all of them.
    pub tenant: Option<Uuid>,
    /// The position of the service, unless the whole of Graph is counted.
    pub service: Option<usize>,
    /// Whether only changes are counted.
    pub writes_only: bool,
}

/// A bucket that has to let a request in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub key: BucketKey,
    pub rate: BucketRate,
}

impl BucketKey {
    /// The key of the bucket that those share who come when there is no room for more.
    fn shared(self) -> BucketKey {
        let nobody = |id: Option<Uuid>| id.map(|_| Uuid::nil());
        BucketKey { application: nobody(self.application), tenant: nobody(self.tenant), ..self }
    }
}

/// The buckets by whom they count.
#[derive(Debug)]
pub(super) struct Buckets {
    buckets: HashMap<BucketKey, (BucketRate, Bucket)>,
    swept: Ticks,
}

impl Buckets {
    pub(super) fn new() -> Buckets {
        Buckets { buckets: HashMap::new(), swept: Ticks(i64::MIN) }
    }

    /// Takes a request from each of these buckets if all of them have one, and otherwise from none. The error is the one that
    /// it takes the longest to fill, and how long.
    pub(super) fn take(&mut self, counted: &[Counted], now: Ticks) -> Result<(), (Counted, Duration)> {
        if self.buckets.len() + counted.len() > BUCKETS_MAX {
            self.sweep(now);
        }
        let has_room = self.buckets.len() + counted.len() <= BUCKETS_MAX;
        let mut next = Vec::with_capacity(counted.len());
        let mut longest: Option<(Counted, Duration)> = None;
        for one in counted {
            let has_place = has_room || self.buckets.contains_key(&one.key);
            let key = if has_place { one.key } else { one.key.shared() };
            let left =
                self.buckets.get(&key).map_or(Bucket::full(now), |(_, bucket)| bucket.now(one.rate, now));
            match left.wait(one.rate) {
                None => next.push((key, (one.rate, left.taken(one.rate)))),
                Some(wait) if longest.is_none_or(|(_, known)| known < wait) => longest = Some((*one, wait)),
                Some(_) => {}
            }
        }
        match longest {
            Some(refusal) => Err(refusal),
            None => {
                self.buckets.extend(next);
                Ok(())
            }
        }
    }

    /// Forgets the buckets that are full.
    fn sweep(&mut self, now: Ticks) {
        // A clock that was set back does not keep the buckets.
        if now.0.abs_diff(self.swept.0) < SWEEP_INTERVAL.0.unsigned_abs() {
            return;
        }
        self.swept = now;
        self.buckets.retain(|_, (rate, bucket)| !bucket.now(*rate, now).is_full());
    }
}

#[cfg(test)]
mod tests {
    use odata::date_time::Ticks;
    use uuid::Uuid;

    use super::{BUCKETS_MAX, BucketKey, BucketRate, Buckets, Counted};

    fn counted(application: u128, requests: u32) -> Counted {
        let rate = BucketRate::scaled(domain::RequestRate { requests, seconds: 20 }, 1.0);
        let application = Some(Uuid::from_u128(application));
        let key = BucketKey { application, tenant: None, service: None, writes_only: false };
        Counted { key, rate }
    }

    #[test]
    fn a_refused_request_takes_nothing() {
        let (mut buckets, now) = (Buckets::new(), Ticks(0));
        let (wide, narrow) = (counted(1, 2), counted(2, 1));
        buckets.take(&[wide, narrow], now).unwrap();
        for _ in 0..10 {
            let (refused_by, wait) = buckets.take(&[wide, narrow], now).unwrap_err();
            assert_eq!((refused_by.key, wait.as_secs()), (narrow.key, 20));
        }
        buckets.take(&[wide], now).expect("one of two is left");
    }

    #[test]
    fn buckets_are_bounded_and_full_ones_make_room() {
        let (mut buckets, now) = (Buckets::new(), Ticks(0));
        for application in 1..=2 * BUCKETS_MAX as u128 {
            let _ = buckets.take(&[counted(application, 2)], now);
            assert!(buckets.buckets.len() <= BUCKETS_MAX + 1, "{application}");
        }
        let known = counted(1, 2);
        buckets.take(&[known], now).expect("who was counted before keeps its bucket");
        let stranger = counted(u128::MAX, 2);
        buckets.take(&[stranger], now).expect_err("those without room share what others have taken");
        let later = Ticks(200_000_000);
        buckets.take(&[stranger], later).expect("there is room again");
        assert_eq!(buckets.buckets.len(), 1);
    }
}
