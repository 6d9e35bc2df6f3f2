//! `muster.merge`: takes in records from a copy. What is sealed is compared where it rests, and shown to nobody; no password
//! of either side gets lost, and what is taken in or does not fit is on record.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use engine::generic::complex_values;
use engine::handlers::{BooleanValue, Invocation, ItemList, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers, code};
use futures_util::future::BoxFuture;
use odata::edm::TypeId;
use odata::payload::Draft;
use odata::value::{Sealed, Succession};
use odata::{Key, Record, Value};
use store::{Change, NoteKind, Row};

use super::merge_decision::{CopyComparison, CurrentStanding, Merge};
use super::sets::STORED;
use super::vault::{Vault, instant};

const COPY: &str = "muster.passwordsCopy";
const MERGED: &str = "muster.mergedPasswords";
/// The records that one call takes in at most.
const RECORDS_MAX: usize = 1_000;
/// The former passwords of a record at most, as the model has it.
const PREVIOUS_PASSWORDS_MAX: usize = 1_000;

engine::slots! {
    /// Where a copy says what.
    struct CopySlots of COPY { id, serial_number, current_password, previous_passwords, current_password_date_time }
}

engine::slots! {
    /// Where the answer says what became of a record.
    struct MergedSlots of MERGED { id, outcome }
}

/// Registers the action.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    vault: &Arc<Vault>,
) -> Result<(), StartError> {
    let id = names.operation("merge", STORED.1)?;
    let merge = MergePasswords {
        vault: Arc::clone(vault),
        records: names.parameter(id, "records")?,
        take_conflicts: names.parameter(id, "takeConflicts")?,
        rehearse: names.parameter(id, "rehearse")?,
        entity_type: names.structured(STORED.1)?,
        copy: CopySlots::new(names)?,
        merged_type: names.structured(MERGED)?,
        merged: MergedSlots::new(names)?,
    };
    handlers.operation(id, merge);
    Ok(())
}

struct MergePasswords {
    vault: Arc<Vault>,
    records: NamedParameter<ItemList>,
    take_conflicts: NamedParameter<BooleanValue>,
    rehearse: NamedParameter<BooleanValue>,
    entity_type: TypeId,
    copy: CopySlots,
    merged_type: TypeId,
    merged: MergedSlots,
}

/// A record of a copy.
struct CopiedPasswords<'a> {
    key: Key,
    record: &'a Record,
    /// Null if it has none.
    current: Value,
    former: &'a [Value],
}

/// What becomes of a record, and the change that makes it so.
struct Merged {
    outcome: &'static str,
    change: Option<Change>,
}

/// What becomes of all records of a call.
#[derive(Default)]
struct MergePlan {
    outcomes: Vec<&'static str>,
    changes: Vec<Change>,
}

impl Operate for MergePasswords {
    fn operate<'a>(&'a self, mut invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let items = invocation.take_items(&self.records)?;
            let copies = self.copies(&items)?;
            let takes_conflicts = invocation.parameter(&self.take_conflicts).unwrap_or(false);
            let outcomes = Mutex::new(Vec::new());
            let decide = || async {
                let plan = self.plan(context, &copies, takes_conflicts).await?;
                *outcomes.lock().unwrap_or_else(PoisonError::into_inner) = plan.outcomes;
                Ok(plan.changes)
            };
            if invocation.parameter(&self.rehearse).unwrap_or(false) {
                decide().await?;
            } else {
                context.change(decide).await?;
            }
            let outcomes = outcomes.into_inner().unwrap_or_else(PoisonError::into_inner);
            let told = copies.iter().zip(outcomes).map(|(copy, outcome)| self.told(context, copy, outcome));
            complex_values(context, self.merged_type, told.collect())
        })
    }
}

impl MergePasswords {
    fn copies<'i>(&self, items: &'i [Value]) -> Result<Vec<CopiedPasswords<'i>>, Error> {
        let refused = |message: String| Error::bad_request(message).about(self.records.name());
        if items.len() > RECORDS_MAX {
            let message = format!("One call takes in at most {RECORDS_MAX} records, not {}.", items.len());
            return Err(refused(message).coded(code::TOO_MANY_ITEMS));
        }
        let mut seen = HashSet::new();
        let mut copies = Vec::with_capacity(items.len());
        for (at, item) in items.iter().enumerate() {
            let Value::Complex(record) = item else {
                return Err(refused(format!("The record at position {at} is null.")));
            };
            let id = record.text(self.copy.id).filter(|id| !id.is_empty());
            let key =
                Key::parse(id.ok_or_else(|| refused(format!("The record at position {at} has no id.")))?);
            if !seen.insert(key.clone()) {
                return Err(refused(format!("The id '{key}' at position {at} stands there before.")));
            }
            let former = match record.get(self.copy.previous_passwords) {
                Some(Value::Collection(items)) => items.as_slice(),
                _ => &[],
            };
            let current = record.get(self.copy.current_password).cloned().unwrap_or(Value::Null);
            copies.push(CopiedPasswords { key, record, current, former });
        }
        Ok(copies)
    }

    fn told(&self, context: &Context<'_>, copy: &CopiedPasswords<'_>, outcome: &str) -> Record {
        let slots = context.model().structured(self.merged_type).slots;
        let mut told = Record::empty(self.merged_type, slots);
        told.set(self.merged.id, Value::String(copy.key.to_string().into()));
        told.set(self.merged.outcome, Value::String(outcome.into()));
        told
    }

    async fn plan(
        &self,
        context: &Context<'_>,
        copies: &[CopiedPasswords<'_>],
        takes_conflicts: bool,
    ) -> Result<MergePlan, Error> {
        let mut plan = MergePlan::default();
        let (mut taken, mut conflicting) = (Vec::new(), Vec::new());
        for copy in copies {
            let Merged { outcome, change } = match self.vault.stored(context, &copy.key).await? {
                None => Merged { outcome: "new", change: Some(self.insertion(context, copy)?) },
                Some((_, record)) if self.vault.deleted_at(&record).is_some() => {
                    Merged { outcome: "deleted", change: None }
                }
                Some((row, record)) => self.merged(context, copy, (&row, &record), takes_conflicts).await?,
            };
            if change.is_some() {
                taken.push(copy.key.clone());
            }
            if matches!(outcome, "conflict" | "replaced") {
                conflicting.push(copy.key.clone());
            }
            plan.outcomes.push(outcome);
            plan.changes.extend(change);
        }
        let set = self.vault.set;
        for (kind, keys) in [(NoteKind::Merged, taken), (NoteKind::Conflicting, conflicting)] {
            plan.changes.extend((!keys.is_empty()).then_some(Change::Note { kind, set, keys }));
        }
        Ok(plan)
    }

    /// When a copy says that its current password was set.
    fn set_at(&self, context: &Context<'_>, copy: &CopiedPasswords<'_>) -> odata::date_time::Ticks {
        instant(copy.record, self.copy.current_password_date_time).unwrap_or(context.now)
    }

    fn insertion(&self, context: &Context<'_>, copy: &CopiedPasswords<'_>) -> Result<Change, Error> {
        let slots = &self.vault.slots;
        let mut record = Record::empty(self.entity_type, context.model().structured(self.entity_type).slots);
        record.set(0, Value::String(copy.key.to_string().into()));
        let serial_number = copy.record.get(self.copy.serial_number).cloned();
        record.set(slots.serial_number, serial_number.unwrap_or(Value::Null));
        record.set(slots.current_password, copy.current.clone());
        record.set(slots.previous_passwords, Value::Collection(copy.former.to_vec()));
        record.set(slots.previous_password_count, Value::Int(copy.former.len() as i64));
        self.vault.note_state(context, &mut record, self.set_at(context, copy));
        let entity = Draft(record).complete(context.model())?;
        Ok(Change::Insert { set: self.vault.set, parent: None, key: copy.key.clone(), entity })
    }

    async fn merged(
        &self,
        context: &Context<'_>,
        copy: &CopiedPasswords<'_>,
        (row, record): (&Row, &Record),
        takes_conflicts: bool,
    ) -> Result<Merged, Error> {
        let slots = &self.vault.slots;
        let known: Vec<Value> = std::iter::once(&copy.current).chain(copy.former).cloned().collect();
        let places = context.store.sealed_places(context.tenant(), self.vault.set, row, &known).await?;
        let (current, former) = places.split_first().ok_or_else(|| Error::defect("nothing was compared"))?;
        let ours = former.iter().position(|places| places.contains(&slots.current_password));
        let standing = match &copy.current {
            Value::Null => CurrentStanding::None,
            _ if current.contains(&slots.current_password) => CurrentStanding::Current,
            _ if current.contains(&slots.previous_passwords) => CurrentStanding::Former,
            _ => CurrentStanding::Unknown,
        };
        let mut unknown = Vec::new();
        let mut seen = HashSet::new();
        for (at, (value, places)) in copy.former.iter().zip(former).enumerate() {
            let is_current = *value == copy.current;
            if places.is_empty() && !is_current && seen.insert(value.as_text()) {
                unknown.push((at, value.clone()));
            }
        }
        let comparison = CopyComparison {
            standing,
            has_current: !matches!(record.get(slots.current_password), None | Some(Value::Null)),
            copy_knows_ours: ours.is_some(),
            has_more: !unknown.is_empty(),
        };
        let is_behind = |(at, _): &(usize, Value)| ours.is_some_and(|ours| *at > ours);
        let all = |items: Vec<(usize, Value)>| items.into_iter().map(|(_, value)| value).collect();
        let (behind, ahead): (Vec<_>, Vec<_>) = unknown.into_iter().partition(is_behind);
        let (next, outcome) = match comparison.merge() {
            Merge::Same => (None, "same"),
            Merge::Kept | Merge::Completed => {
                let outcome = if comparison.has_more { "completed" } else { "kept" };
                let behind = all(ahead.into_iter().chain(behind).collect());
                let next = self.joined(row, record, (None, Vec::new(), behind));
                (comparison.has_more.then_some(next), outcome)
            }
            Merge::Conflict if !takes_conflicts => (None, "conflict"),
            merge @ (Merge::Updated | Merge::Conflict) => {
                let from = Some(slots.current_password).filter(|_| comparison.has_current);
                let mut next = self.joined(row, record, (from, all(ahead), all(behind)));
                next.set(slots.current_password, copy.current.clone());
                self.vault.note_state(context, &mut next, self.set_at(context, copy));
                (Some(next), if merge == Merge::Updated { "updated" } else { "replaced" })
            }
        };
        let change =
            next.map(|next| engine::generic::bare_update(context, self.vault.set, row, record, next));
        Ok(Merged { outcome, change: change.transpose()? })
    }

    /// A record whose former passwords have more before and behind them: the former value of a slot, and others.
    fn joined(
        &self,
        row: &Row,
        record: &Record,
        (from, ahead, behind): (Option<u16>, Vec<Value>, Vec<Value>),
    ) -> Record {
        let slots = &self.vault.slots;
        let mut next = record.clone();
        let more = (ahead.len() + behind.len() + usize::from(from.is_some())) as i64;
        let count = match record.get(slots.previous_password_count) {
            Some(Value::Int(count)) => Value::Int((count + more).min(PREVIOUS_PASSWORDS_MAX as i64)),
            _ => Value::Null,
        };
        next.set(slots.previous_password_count, count);
        let previous = match &row.sealed {
            Some(bytes) => {
                let items_max = PREVIOUS_PASSWORDS_MAX;
                let succession = Some(Succession::Join { from, ahead, behind, items_max });
                Value::Sealed(Sealed { bytes: bytes.clone(), succession })
            }
            None => Value::Collection(ahead.into_iter().chain(behind).collect()),
        };
        next.set(slots.previous_passwords, previous);
        next
    }
}
