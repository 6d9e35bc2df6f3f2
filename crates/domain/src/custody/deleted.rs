//! Deleted records: they are listed, and restored as they were.

use std::sync::Arc;

use engine::generic::complex_values;
use engine::handlers::{Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Context, Error, Handlers, note};
use futures_util::future::BoxFuture;
use odata::edm::TypeId;
use odata::query::Cursor;
use odata::{Key, Record, Value};
use store::{NoteKind, Query, Row};

use super::vault::Vault;

const TYPE: &str = "muster.deletedPasswords";
/// The records that one call lists at most.
const LISTED_MAX: u64 = 1_000;

engine::slots! {
    /// Where a listed record says what.
    struct ListedSlots of TYPE { id, serial_number, deleted_date_time, restorable_until_date_time }
}

/// Registers both operations.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    vault: &Arc<Vault>,
    entity_type: &str,
) -> Result<(), StartError> {
    let id = names.operation("deleted", entity_type)?;
    let listing = ListDeleted {
        vault: Arc::clone(vault),
        after: names.parameter(id, "after")?,
        listed: names.structured(TYPE)?,
        slots: ListedSlots::new(names)?,
    };
    handlers.operation(id, listing);
    let id = names.operation("restore", entity_type)?;
    let record_id = names.parameter(id, "id")?;
    handlers.operation(id, Restore { vault: Arc::clone(vault), id: record_id });
    Ok(())
}

/// The handler of `muster.deleted(after='…')`.
struct ListDeleted {
    vault: Arc<Vault>,
    after: NamedParameter<TextValue>,
    listed: TypeId,
    slots: ListedSlots,
}

impl ListDeleted {
    fn listed(&self, context: &Context<'_>, row: &Row) -> Result<Record, Error> {
        let record = context.store.record(self.vault.set, row)?;
        let deleted = self.vault.deleted_at(&record);
        let deleted = deleted.ok_or_else(|| Error::defect(format!("{} is listed as deleted", row.key)))?;
        let mut listed = Record::empty(self.listed, context.model().structured(self.listed).slots);
        let serial_number = record.get(self.vault.slots.serial_number).cloned().unwrap_or(Value::Null);
        listed.set(self.slots.id, Value::String(row.key.to_string().into()));
        listed.set(self.slots.serial_number, serial_number);
        listed.set(self.slots.deleted_date_time, Value::DateTimeOffset(deleted));
        let until = Value::DateTimeOffset(self.vault.kept_until(deleted));
        listed.set(self.slots.restorable_until_date_time, until);
        Ok(listed)
    }
}

impl Operate for ListDeleted {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let after = invocation.required(&self.after)?;
            let after = (!after.is_empty()).then(|| Cursor { values: Vec::new(), key: Key::parse(after) });
            let query = Query {
                filter: Some(self.vault.is_deleted.clone()),
                after,
                ..Query::all(context.tenant(), self.vault.set, LISTED_MAX)
            };
            let rows = context.store.list(&query).await?;
            let listed = rows.iter().map(|row| self.listed(context, row)).collect::<Result<_, _>>()?;
            complex_values(context, self.listed, listed)
        })
    }
}

/// The handler of `muster.restore`.
struct Restore {
    vault: Arc<Vault>,
    id: NamedParameter<TextValue>,
}

impl Operate for Restore {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, vault) = (invocation.context, &self.vault);
            let id = invocation.required(&self.id)?;
            let key = &Key::parse(id);
            let decide = || async {
                let stored = vault.stored(context, key).await?;
                let deleted = stored.filter(|(_, record)| vault.deleted_at(record).is_some());
                let (row, record) = deleted.ok_or_else(|| Error::not_found(id))?;
                let update =
                    vault.update(context, &row, &record, [(vault.slots.deleted_date_time, Value::Null)])?;
                Ok(vec![update, note(NoteKind::Restored, vault.set, key)])
            };
            context.change(decide).await?;
            Ok(Answer::no_content())
        })
    }
}
