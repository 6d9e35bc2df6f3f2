//! The newest change of each set, as the only writer knows it: what [`crate::unit::Change::Unchanged`] is compared with
//! costs no statement.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use odata::edm::SetId;

/// The number of sets of tenants beyond which the writer forgets when each of them changed.
const SETS_MAX: usize = 65_536;

/// The numbers of the newest changes, as the writer sees them.
#[derive(Debug)]
pub(in crate::sqlite) struct NewestChanges {
    committed: Arc<CommittedChanges>,
    /// Those of the transaction that is open.
    pending: HashMap<(i64, SetId), i64>,
}

/// The numbers of the newest changes that are committed, for whoever asks.
#[derive(Debug)]
pub(in crate::sqlite) struct CommittedChanges(Mutex<KnownChanges>);

#[derive(Debug)]
struct KnownChanges {
    /// What is not known changed no later than this.
    floor: i64,
    known: HashMap<(i64, SetId), i64>,
}

impl CommittedChanges {
    /// Nothing is known of what is in the journal, which ends with this number.
    pub fn new(newest: i64) -> CommittedChanges {
        CommittedChanges(Mutex::new(KnownChanges { floor: newest, known: HashMap::new() }))
    }

    /// Whether something of a tenant's set may be newer than a number.
    pub fn is_newer(&self, tenant: i64, set: SetId, since: i64) -> bool {
        let changes = self.lock();
        changes.known.get(&(tenant, set)).copied().unwrap_or(changes.floor) > since
    }

    fn lock(&self) -> MutexGuard<'_, KnownChanges> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NewestChanges {
    /// The writer's view, which tells others what it has committed.
    pub fn new(committed: Arc<CommittedChanges>) -> NewestChanges {
        NewestChanges { committed, pending: HashMap::new() }
    }

    /// Whether something of a tenant's set may be newer than a number.
    pub fn is_newer(&self, tenant: i64, set: SetId, since: i64) -> bool {
        match self.pending.get(&(tenant, set)) {
            Some(newest) => *newest > since,
            None => self.committed.is_newer(tenant, set, since),
        }
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
        let mut changes = self.committed.lock();
        changes.known.extend(self.pending.drain());
        if changes.known.len() > SETS_MAX {
            *changes = KnownChanges { floor: last, known: HashMap::new() };
        }
    }

    /// Nothing is known any more but the last number of what was committed.
    pub fn forget(&mut self, last: i64) {
        self.pending.clear();
        *self.committed.lock() = KnownChanges { floor: last, known: HashMap::new() };
    }
}

#[cfg(test)]
mod tests {
    use odata::edm::SetId;

    use std::sync::Arc;

    use super::{CommittedChanges, NewestChanges, SETS_MAX};

    fn changes(newest: i64) -> NewestChanges {
        NewestChanges::new(Arc::new(CommittedChanges::new(newest)))
    }

    const A: SetId = SetId(1);
    const B: SetId = SetId(2);

    #[test]
    fn what_is_not_known_may_be_as_new_as_the_journal_was() {
        let newest = changes(7);
        assert_eq!([6, 7, 8].map(|since| newest.is_newer(1, A, since)), [true, false, false]);
    }

    #[test]
    fn each_set_of_each_tenant_has_its_own() {
        let mut newest = changes(0);
        newest.note(1, A, 3);
        assert!(newest.is_newer(1, A, 2) && !newest.is_newer(1, A, 3));
        assert!(!newest.is_newer(1, B, 0) && !newest.is_newer(2, A, 0));
        newest.undo();
        assert!(!newest.is_newer(1, A, 0));
        newest.note(1, A, 4);
        assert!(!newest.committed.is_newer(1, A, 3));
        newest.commit(4);
        newest.undo();
        assert!(newest.is_newer(1, A, 3) && newest.committed.is_newer(1, A, 3));
    }

    #[test]
    fn what_is_forgotten_counts_as_new() {
        let mut newest = changes(0);
        for tenant in 0..=SETS_MAX as i64 {
            newest.note(tenant, A, tenant + 1);
        }
        let last = SETS_MAX as i64 + 1;
        newest.commit(last);
        assert!(newest.committed.lock().known.is_empty());
        assert!(newest.is_newer(0, B, last - 1) && !newest.is_newer(0, B, last));
    }
}
