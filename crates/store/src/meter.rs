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
    /// The number of the changes so far.
    changes: usize,
    /// The change since which a quota is exceeded: a later one may take as much away again.
    exceeded_since: Option<usize>,
}

impl Meter {
    /// The count of a unit of a tenant that holds this much.
    pub fn new(quota: Quota, held: Usage) -> Meter {
        Meter { quota, before: held, now: held, changes: 0, exceeded_since: None }
    }

    /// Adds a change.
    pub fn add(&mut self, change: Usage) {
        self.now = self.now.plus(change);
        self.exceeded_since = self.exceeded().map(|_| self.exceeded_since.unwrap_or(self.changes));
        self.changes += 1;
    }

    /// Refuses what exceeds the quota and adds to it: a tenant that holds too much may still let go.
    pub fn check(&self) -> Result<(), WriteError> {
        match self.exceeded().zip(self.exceeded_since) {
            None => Ok(()),
            Some(((name, most), change)) => {
                Err(WriteError::QuotaExceeded(ExceededQuota { name, most, change }))
            }
        }
    }

    /// The name and the bound of the quota that is exceeded now; the narrowest goes first.
    fn exceeded(&self) -> Option<(&'static str, u64)> {
        let Quota { records, bytes, counted } = self.quota;
        let (before, now) = (self.before, self.now);
        let bounds = [
            (counted.map(|counted| (counted.name, counted.most)), before.counted, now.counted),
            (records.map(|most| ("records", most)), before.records, now.records),
            (bytes.map(|most| ("bytes", most)), before.bytes, now.bytes),
        ];
        bounds.into_iter().find_map(|(bound, before, now)| {
            bound.filter(|(_, most)| now > before && u64::try_from(now).is_ok_and(|now| now > *most))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Meter;
    use crate::error::WriteError;
    use crate::quota::{CountedQuota, ExceededQuota, Quota, Usage};

    const COUNTED: CountedQuota = CountedQuota { name: "copies", most: 2 };
    const QUOTA: Quota = Quota { records: Some(10), bytes: Some(100), counted: Some(COUNTED) };

    fn usage(records: i64, bytes: i64, counted: i64) -> Usage {
        Usage { records, bytes, counted }
    }

    /// The quota that changes exceed, and the change by which they do.
    fn exceeded(held: Usage, changes: &[Usage]) -> Option<ExceededQuota> {
        let mut meter = Meter::new(QUOTA, held);
        changes.iter().for_each(|change| meter.add(*change));
        match meter.check() {
            Ok(()) => None,
            Err(WriteError::QuotaExceeded(exceeded)) => Some(exceeded),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn only_what_adds_to_an_exceeded_quota_is_refused() {
        let cases = [
            ("up to it", usage(9, 90, 1), usage(1, 10, 1), None),
            ("records", usage(10, 0, 0), usage(1, 0, 0), Some(("records", 10))),
            ("bytes", usage(0, 100, 0), usage(0, 1, 0), Some(("bytes", 100))),
            ("the one set", usage(0, 0, 2), usage(1, 1, 1), Some(("copies", 2))),
            ("the narrowest first", usage(10, 100, 2), usage(1, 1, 1), Some(("copies", 2))),
            ("less", usage(20, 200, 4), usage(-1, -10, -1), None),
            ("as much", usage(20, 200, 4), usage(0, 0, 0), None),
            ("fewer, and larger", usage(20, 200, 4), usage(-1, 1, 0), Some(("bytes", 100))),
        ];
        for (case, held, change, expected) in cases {
            let told = exceeded(held, &[change]).map(|exceeded| (exceeded.name, exceeded.most));
            assert_eq!(told, expected, "{case}");
        }
    }

    #[test]
    fn the_change_is_told_since_which_it_is_too_much() {
        let (more, less, same) = (usage(1, 0, 0), usage(-1, 0, 0), usage(0, 0, 0));
        for (case, held, changes, expected) in [
            ("the first", 10, vec![more, same], Some(0)),
            ("a later one", 8, vec![more, more, same, more, more], Some(3)),
            ("one for another", 10, vec![more, less], None),
            ("one for another, and one more", 10, vec![more, less, more], Some(2)),
        ] {
            let told = exceeded(usage(held, 0, 0), &changes).map(|exceeded| exceeded.change);
            assert_eq!(told, expected, "{case}");
        }
    }
}
