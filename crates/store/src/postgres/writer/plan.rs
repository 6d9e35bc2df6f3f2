//! The plan of a batch: which units may be written together, and which number each change gets.

use std::collections::{BTreeMap, HashSet};

use odata::edm::SetId;
use uuid::Uuid;

use crate::layout::Layout;
use crate::ledger::LedgerKey;
use crate::sql::{JobKey, PreparedChange, PreparedUnit, SideWrite};

/// The order of a batch in its transaction. Its units are concurrent, nobody having been answered yet, so any order
/// is a right one: first come those that can be written together, then the others one by one.
#[derive(Debug, Default)]
pub(super) struct WritePlan {
    /// The units written by statements of many rows, all at once: either every one takes effect or the transaction is
    /// undone.
    pub grouped: Vec<usize>,
    /// The units written one by one, each in a savepoint if need be.
    pub single: Vec<usize>,
    /// The largest number of sequence numbers that each tenant needs; in the order in which the tenants are locked, the
    /// same everywhere.
    pub changes: BTreeMap<Uuid, i64>,
}

impl WritePlan {
    /// Plans a batch. Suspects are written one by one.
    pub fn new(layout: &Layout, units: &[&PreparedUnit], suspects: &HashSet<usize>) -> WritePlan {
        let mut plan = WritePlan::default();
        let mut touched = TouchedKeys::default();
        for (index, unit) in units.iter().enumerate() {
            *plan.changes.entry(unit.tenant).or_default() += length(unit);
            let grouped = !suspects.contains(&index)
                && unit.idempotency_records.is_empty()
                && touched.admit(layout, unit);
            if grouped { &mut plan.grouped } else { &mut plan.single }.push(index);
        }
        plan
    }
}

/// The number of sequence numbers that a unit takes.
fn length(unit: &PreparedUnit) -> i64 {
    let numbered = unit.changes.iter().filter(|change| change.is_journaled());
    i64::try_from(numbered.count()).unwrap_or(i64::MAX)
}

/// The number of each change of a unit, given its first; 0 for one that takes none.
pub(super) fn versions(unit: &PreparedUnit, first: i64) -> Vec<i64> {
    let mut next = first;
    let version = |change: &PreparedChange| {
        let version = if change.is_journaled() { next } else { 0 };
        next += i64::from(change.is_journaled());
        version
    };
    unit.changes.iter().map(version).collect()
}

/// The key of an entity in its set and tenant.
type EntityKey<'a> = (Uuid, SetId, &'a [u8]);

/// The keys of all that the grouped units touch. Statements of many rows run in an order of their own, which must not
/// matter.
#[derive(Default)]
struct TouchedKeys<'a> {
    changed: HashSet<EntityKey<'a>>,
    parents: HashSet<EntityKey<'a>>,
    side_keys: HashSet<SideKey<'a>>,
}

/// The key of what rests beside the entities.
#[derive(PartialEq, Eq, Hash)]
enum SideKey<'a> {
    Job(Uuid, &'a JobKey),
    Entry(&'a LedgerKey),
}

impl<'a> SideKey<'a> {
    fn of(tenant: Uuid, change: &'a SideWrite) -> SideKey<'a> {
        match change {
            SideWrite::Enqueue { job, .. }
            | SideWrite::Finish { job, .. }
            | SideWrite::PutOff { job, .. } => SideKey::Job(tenant, job),
            SideWrite::Ledger(change) => SideKey::Entry(&change.key),
        }
    }
}

impl<'a> TouchedKeys<'a> {
    /// Admits a unit if its changes neither meet each other nor those of the units before it.
    fn admit(&mut self, layout: &Layout, unit: &'a PreparedUnit) -> bool {
        let mut changed = HashSet::new();
        let mut parents = HashSet::new();
        let mut side_keys = HashSet::new();
        for change in &unit.changes {
            match change {
                PreparedChange::Insert { set, parent, key, .. } => {
                    let holder = parent.as_deref().zip(layout.table(*set).parent);
                    parents.extend(holder.map(|(parent, set)| (unit.tenant, set, parent)));
                    if !changed.insert((unit.tenant, *set, key.as_slice())) {
                        return false;
                    }
                }
                PreparedChange::Update { set, key, .. } => {
                    if !changed.insert((unit.tenant, *set, key.as_slice())) {
                        return false;
                    }
                }
                // A delete reaches what the entity contains, of which nothing is known here.
                PreparedChange::Delete { .. } => return false,
                // It is looked at after all that is grouped, and before the unit.
                PreparedChange::Unchanged { .. } => return false,
                PreparedChange::Note { .. } => {}
                PreparedChange::SideWrite(change) => {
                    if !side_keys.insert(SideKey::of(unit.tenant, change)) {
                        return false;
                    }
                }
            }
        }
        let meets = changed.iter().any(|key| self.changed.contains(key) || self.parents.contains(key))
            || parents.iter().any(|key| self.changed.contains(key))
            || side_keys.iter().any(|key| self.side_keys.contains(key));
        if !meets {
            self.changed.extend(changed);
            self.parents.extend(parents);
            self.side_keys.extend(side_keys);
        }
        !meets
    }
}
