//! The plan of a batch: which units may be written together, and how many numbers each tenant needs.

use std::collections::{BTreeMap, HashSet};

use odata::edm::SetId;
use uuid::Uuid;

use super::tables::WriterTables;
use super::tenant_numbers::NumbersToTake;
use crate::layout::Layout;
use crate::ledger::LedgerKey;
use crate::quota::{Quotas, Usage};
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
    /// The sequence numbers that each tenant needs at most; in the order in which the tenants are locked, the same
    /// everywhere.
    pub numbers: BTreeMap<Uuid, NumbersToTake>,
}

impl WritePlan {
    /// Plans a batch. Suspects are written one by one.
    pub fn new(tables: &WriterTables, units: &[&PreparedUnit], suspects: &HashSet<usize>) -> WritePlan {
        let layout = &tables.schema.layout;
        let mut plan = WritePlan::default();
        let mut touched = TouchedKeys::default();
        for (index, unit) in units.iter().enumerate() {
            plan.numbers.entry(unit.tenant).or_default().add(layout, unit);
            let grouped = !suspects.contains(&index)
                && unit.idempotency_records.is_empty()
                && may_be_metered_with_others(tables, unit)
                // A record is tied to the one before it, whose hash has to be known.
                && !unit.is_audited()
                && touched.admit(layout, unit);
            if tables.quotas.of(unit.tenant).is_some() {
                let numbers = plan.numbers.entry(unit.tenant).or_default();
                let growth = if grouped { growth(&tables.quotas, unit) } else { Usage::default() };
                numbers.growth = Some(numbers.growth.unwrap_or_default().plus(growth));
            }
            if grouped { &mut plan.grouped } else { &mut plan.single }.push(index);
        }
        plan
    }
}

/// Whether it is known beforehand what a unit adds to what its tenant holds, if that is counted, and it will hardly be too
/// much.
fn may_be_metered_with_others(tables: &WriterTables, unit: &PreparedUnit) -> bool {
    tables.quotas.of(unit.tenant).is_none()
        || !tables.is_full(unit.tenant)
            && !unit.changes.iter().any(|change| matches!(change, PreparedChange::Update { .. }))
}

/// What a unit adds that inserts and does not update.
fn growth(quotas: &Quotas, unit: &PreparedUnit) -> Usage {
    let of = |change: &PreparedChange| match change {
        PreparedChange::Insert { set, .. } => {
            let bytes = change.entity_bytes().unwrap_or(0);
            quotas.usage(*set, 1, i64::try_from(bytes).unwrap_or(i64::MAX))
        }
        _ => Usage::default(),
    };
    unit.changes.iter().fold(Usage::default(), |growth, change| growth.plus(of(change)))
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
    changed_sets: HashSet<(Uuid, SetId)>,
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
    /// Admits a unit if its changes neither meet each other nor those of the units before it, which change nothing in the
    /// sets that it was decided by either.
    fn admit(&mut self, layout: &Layout, unit: &'a PreparedUnit) -> bool {
        let mut changed = HashSet::new();
        let mut parents = HashSet::new();
        let mut side_keys = HashSet::new();
        let mut is_overtaken = false;
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
                PreparedChange::Unchanged { set, .. } => {
                    is_overtaken |= self.changed_sets.contains(&(unit.tenant, *set));
                }
                PreparedChange::Note { .. } => {}
                PreparedChange::SideWrite(change) => {
                    if !side_keys.insert(SideKey::of(unit.tenant, change)) {
                        return false;
                    }
                }
            }
        }
        let meets = is_overtaken
            || changed.iter().any(|key| self.changed.contains(key) || self.parents.contains(key))
            || parents.iter().any(|key| self.changed.contains(key))
            || side_keys.iter().any(|key| self.side_keys.contains(key));
        if !meets {
            self.changed.extend(changed);
            self.parents.extend(parents);
            self.side_keys.extend(side_keys);
            self.changed_sets.extend(unit.changed_sets().map(|set| (unit.tenant, set)));
        }
        !meets
    }
}
