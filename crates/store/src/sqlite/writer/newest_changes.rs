//! The newest change of each set, as the only writer knows it: what [`crate::unit::Change::Unchanged`] is compared with
//! costs no statement.

use std::collections::HashMap;

use odata::edm::SetId;

/// The number of sets of tenants beyond which the writer forgets when each of them changed.
const SETS_MAX: usize = 65_536;

/// The numbers of the newest changes.
#[derive(Debug)]
pub(in crate::sqlite) struct NewestChanges {
    /// What is not known changed no later than this.
    floor: i64,
    committed: HashMap<(i64, SetId), i64>,
    /// Those of the transaction that is open.
    pending: HashMap<(i64, SetId), i64>,
}

impl NewestChanges {
    /// Nothing is known of what is in the journal, which ends with this number.
    pub fn new(newest: i64) -> NewestChanges {
        NewestChanges { floor: newest, committed: HashMap::new(), pending: HashMap::new() }
    }

    /// Whether something of a tenant's set may be newer than a number.
    pub fn is_newer(&self, tenant: i64, set: SetId, since: i64) -> bool {
        let place = (tenant, set);
        let newest = self.pending.get(&place).or_else(|| self.committed.get(&place));
        newest.copied().unwrap_or(self.floor) > since
    }

    /// Notes a change in the open transaction.
    pub fn note(&mut self, tenant: i64, set: SetId, number: i64) {
        self.pending.insert((tenant, set), number);
    }

    /// The transaction has been undone.
    pub fn undo(&mut self) {
        self.pending.clear();
    }

    /// The transaction has been committed; the last number given so far is this.
    pub fn commit(&mut self, last: i64) {
        self.committed.extend(self.pending.drain());
        if self.committed.len() > SETS_MAX {
            self.forget(last);
        }
    }

    /// Nothing is known any more but the last number that may have been given.
    pub fn forget(&mut self, last: i64) {
        *self = NewestChanges::new(last);
    }
}

#[cfg(test)]
mod tests {
    use odata::edm::SetId;

    use super::{NewestChanges, SETS_MAX};

    const A: SetId = SetId(1);
    const B: SetId = SetId(2);

    #[test]
    fn what_is_not_known_may_be_as_new_as_the_journal_was() {
        let newest = NewestChanges::new(7);
        assert_eq!([6, 7, 8].map(|since| newest.is_newer(1, A, since)), [true, false, false]);
    }

    #[test]
    fn each_set_of_each_tenant_has_its_own() {
        let mut newest = NewestChanges::new(0);
        newest.note(1, A, 3);
        assert!(newest.is_newer(1, A, 2) && !newest.is_newer(1, A, 3));
        assert!(!newest.is_newer(1, B, 0) && !newest.is_newer(2, A, 0));
        newest.undo();
        assert!(!newest.is_newer(1, A, 0));
        newest.note(1, A, 4);
        newest.commit(4);
        newest.undo();
        assert!(newest.is_newer(1, A, 3));
    }

    #[test]
    fn what_is_forgotten_counts_as_new() {
        let mut newest = NewestChanges::new(0);
        for tenant in 0..=SETS_MAX as i64 {
            newest.note(tenant, A, tenant + 1);
        }
        let last = SETS_MAX as i64 + 1;
        newest.commit(last);
        assert!(
            newest.committed.is_empty() && newest.is_newer(0, B, last - 1) && !newest.is_newer(0, B, last)
        );
    }
}
