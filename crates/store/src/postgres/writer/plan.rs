//! Which units of a batch may be written together, and which number each change gets.

use std::collections::{BTreeMap, HashSet};

use odata::edm::SetId;
use uuid::Uuid;

use crate::LedgerKey;
use crate::layout::Layout;
use crate::sql::{Beside, JobPlace, PreparedChange, PreparedUnit};

/// The order of a batch in its transaction. Its units are concurrent, nobody having been answered yet, so any order
/// is a right one: first come those that can be written together, then the others one by one.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// Written by statements of many rows, all at once: either every one takes effect or the transaction is undone.
    pub grouped: Vec<usize>,
    /// Written one by one, each in a savepoint if need be.
    pub single: Vec<usize>,
    /// How many numbers each tenant needs at most; in the order in which the tenants are locked, the same everywhere.
    pub changes: BTreeMap<Uuid, i64>,
}

impl Plan {
    /// Plans a batch. Suspects are written one by one.
    pub fn new(layout: &Layout, units: &[&PreparedUnit], suspects: &HashSet<usize>) -> Plan {
        let mut plan = Plan::default();
        let mut touched = Touched::default();
        for (index, unit) in units.iter().enumerate() {
            *plan.changes.entry(unit.tenant).or_default() += length(unit);
            let grouped =
                !suspects.contains(&index) && unit.remembered.is_empty() && touched.admit(layout, unit);
            if grouped { &mut plan.grouped } else { &mut plan.single }.push(index);
        }
        plan
    }
}

/// How many numbers a unit takes.
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

/// An entity of a tenant.
type Place<'a> = (Uuid, SetId, &'a [u8]);

/// What the grouped units touch. Statements of many rows run in an order of their own, which must not matter.
#[derive(Default)]
struct Touched<'a> {
    changed: HashSet<Place<'a>>,
    parents: HashSet<Place<'a>>,
    beside: HashSet<PlaceBeside<'a>>,
}

/// What rests beside the entities.
#[derive(PartialEq, Eq, Hash)]
enum PlaceBeside<'a> {
    Job(Uuid, &'a JobPlace),
    Entry(&'a LedgerKey),
}

impl<'a> PlaceBeside<'a> {
    fn of(tenant: Uuid, change: &'a Beside) -> PlaceBeside<'a> {
        match change {
            Beside::Enqueue { place, .. } | Beside::Finish { place, .. } | Beside::PutOff { place, .. } => {
                PlaceBeside::Job(tenant, place)
            }
            Beside::Ledger(change) => PlaceBeside::Entry(&change.key),
        }
    }
}

impl<'a> Touched<'a> {
    /// Admits a unit if its changes neither meet each other nor those of the units before it.
    fn admit(&mut self, layout: &Layout, unit: &'a PreparedUnit) -> bool {
        let mut changed = HashSet::new();
        let mut parents = HashSet::new();
        let mut beside = HashSet::new();
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
                PreparedChange::Beside(change) => {
                    if !beside.insert(PlaceBeside::of(unit.tenant, change)) {
                        return false;
                    }
                }
            }
        }
        let meets = changed.iter().any(|place| self.changed.contains(place) || self.parents.contains(place))
            || parents.iter().any(|place| self.changed.contains(place))
            || beside.iter().any(|place| self.beside.contains(place));
        if !meets {
            self.changed.extend(changed);
            self.parents.extend(parents);
            self.beside.extend(beside);
        }
        !meets
    }
}
