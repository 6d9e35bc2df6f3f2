//! The count that goes with each unit of a tenant that has a quota.
//!
//! Counts change in the transaction that changes the rows, so that they are exact. Whoever has no count yet, such as SQLite's
//! writer after a start, looks at all rows of the tenant once.

use crate::error::WriteError;
use crate::quota::{ExceededQuota, Quota, Usage};

/// The count of one unit, as its changes are made.
pub(crate) struct Meter {
    quota: Quota,
    before: Usage,
    /// What the tenant holds with the changes so far.
    pub now: Usage,
}

impl Meter {
    /// The count of a unit of a tenant that holds this much.
    pub fn new(quota: Quota, held: Usage) -> Meter {
        Meter { quota, before: held, now: held }
    }

    /// Adds a change.
    pub fn add(&mut self, change: Usage) {
        self.now = self.now.plus(change);
    }

    /// Refuses what exceeds the quota and adds to it: a tenant that holds too much may still let go.
    pub fn check(&self) -> Result<(), WriteError> {
        let Quota { records, bytes, counted } = self.quota;
        let (before, now) = (self.before, self.now);
        let exceeds = |limit: &u64, before: i64, now: i64| {
            now > before && u64::try_from(now).is_ok_and(|now| now > *limit)
        };
        let exceeded = (counted.filter(|limit| exceeds(limit, before.counted, now.counted)))
            .map(ExceededQuota::Counted)
            .or_else(|| {
                let limit = records.filter(|limit| exceeds(limit, before.records, now.records));
                limit.map(ExceededQuota::Records)
            })
            .or_else(|| {
                let limit = bytes.filter(|limit| exceeds(limit, before.bytes, now.bytes));
                limit.map(ExceededQuota::Bytes)
            });
        exceeded.map_or(Ok(()), |exceeded| Err(WriteError::QuotaExceeded(exceeded)))
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;
    use crate::error::WriteError;
    use crate::quota::{ExceededQuota, Quota, Usage};

    #[test]
    fn only_what_adds_to_an_exceeded_quota_is_refused() {
        let quota = Quota { records: Some(10), bytes: Some(100), counted: Some(2) };
        let usage = |records, bytes, counted| Usage { records, bytes, counted };
        let cases = [
            ("up to it", usage(9, 90, 1), usage(1, 10, 1), None),
            ("records", usage(10, 0, 0), usage(1, 0, 0), Some(ExceededQuota::Records(10))),
            ("bytes", usage(0, 100, 0), usage(0, 1, 0), Some(ExceededQuota::Bytes(100))),
            ("the one set", usage(0, 0, 2), usage(1, 1, 1), Some(ExceededQuota::Counted(2))),
            ("the narrowest first", usage(10, 100, 2), usage(1, 1, 1), Some(ExceededQuota::Counted(2))),
            ("less", usage(20, 200, 4), usage(-1, -10, -1), None),
            ("as much", usage(20, 200, 4), usage(0, 0, 0), None),
            ("fewer, and larger", usage(20, 200, 4), usage(-1, 1, 0), Some(ExceededQuota::Bytes(100))),
        ];
        for (case, held, change, expected) in cases {
            let mut meter = Meter::new(quota, held);
            meter.add(change);
            match (meter.check(), expected) {
                (Ok(()), None) => {}
                (Err(WriteError::QuotaExceeded(exceeded)), Some(expected)) => {
                    assert_eq!(exceeded, expected, "{case}")
                }
                (other, expected) => panic!("{case}: {other:?} in place of {expected:?}"),
            }
        }
    }
}
