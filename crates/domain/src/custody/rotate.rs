//! `muster.rotate`, and what a look is followed by: the devices of records are to set new passwords, which they do with their next
//! check-ins.

use std::sync::Arc;

use engine::generic::complex_value;
use engine::handlers::{Invocation, JobWorker, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Context, Error, ErrorKind, Handlers, Permit, Resolved};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::query::{Cursor, Expression, Surroundings, parse_filter};
use odata::{Key, Record, Value};
use password_rotation::Custody;
use store::{Change, Job, Query, Row};

use super::jobs;
use super::vault::Vault;

const TYPE: &str = "muster.rotatedPasswords";
/// The records of one job, which are changed together.
const TOGETHER_MAX: usize = 1_000;
/// The records that one call selects at most.
const SELECTED_MAX: usize = 100_000;

engine::slots! {
    /// Where the answer says of how many.
    struct RotatedSlots of TYPE { count }
}

/// Registers the action on a record, and the one on all that a filter selects.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    vault: &Arc<Vault>,
    entity_type: &str,
) -> Result<(), StartError> {
    handlers.operation(names.operation("rotate", entity_type)?, RotateOne { vault: Arc::clone(vault) });
    let id = names.collection_operation("rotate", entity_type)?;
    let rotate = RotateSelected {
        filter: names.parameter(id, "filter")?,
        entity: names.structured(entity_type)?,
        is_there: vault.is_there(names, entity_type)?,
        rotated: names.structured(TYPE)?,
        slots: RotatedSlots::new(names)?,
    };
    handlers.operation(id, rotate);
    Ok(())
}

/// Registers the worker, once for both views.
pub(super) fn register_job(handlers: &mut Handlers, vault: Arc<Vault>) {
    handlers.job(jobs::ROTATE, RotateLater { vault });
}

/// What follows a look at the passwords of rows: those that a device has are replaced.
pub(super) fn after_look(
    vault: &Vault,
    context: &Context<'_>,
    set: SetId,
    rows: &[&Row],
) -> Result<Vec<Change>, Error> {
    if !vault.rotates_after_reveal {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for row in rows {
        let custody = vault.custody(&context.store.record(set, row)?);
        keys.extend(is_of_a_device(custody).then(|| row.key.clone()));
    }
    later(context, &keys)
}

/// Whether a device has one of the passwords.
fn is_of_a_device(custody: Custody) -> bool {
    custody.version > 0 && (custody.has_current || custody.has_staged)
}

/// The jobs that ask for rotations.
fn later(context: &Context<'_>, keys: &[Key]) -> Result<Vec<Change>, Error> {
    let job = |keys: &[Key]| {
        let content = serde_json::to_vec(keys);
        let content = content.map_err(|error| Error::defect(format!("keys cannot be written: {error}")))?;
        Ok(jobs::ROTATE.job(Key::new(), &content, context.now))
    };
    keys.chunks(TOGETHER_MAX).map(job).collect()
}

/// The handler of `muster.rotate` of a record.
struct RotateOne {
    vault: Arc<Vault>,
}

impl Operate for RotateOne {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, vault) = (invocation.context, &self.vault);
            let decide = || async {
                let (row, _) = context.load(invocation.address()?).await?;
                let record = context.store.record(vault.set, &row)?;
                let asked = (vault.slots.rotation_requested_date_time, Value::DateTimeOffset(context.now));
                Ok(vec![vault.update(context, &row, &record, [asked])?])
            };
            context.change(decide).await?;
            Ok(Answer::no_content())
        })
    }
}

/// The handler of `muster.rotate` of all records that a filter selects.
struct RotateSelected {
    filter: NamedParameter<TextValue>,
    entity: TypeId,
    is_there: Expression,
    rotated: TypeId,
    slots: RotatedSlots,
}

impl RotateSelected {
    /// The keys of the records that a filter selects.
    async fn selected(
        &self,
        context: &Context<'_>,
        set: SetId,
        filter: Expression,
    ) -> Result<Vec<Key>, Error> {
        let filter = Expression::And(Box::new(self.is_there.clone()), Box::new(filter));
        let mut keys: Vec<Key> = Vec::new();
        loop {
            let after = keys.last().map(|key| Cursor { values: Vec::new(), key: key.clone() });
            let all = Query::all(context.tenant(), set, TOGETHER_MAX as u64);
            let rows = context.store.list(&Query { filter: Some(filter.clone()), after, ..all }).await?;
            let is_end = rows.len() < TOGETHER_MAX;
            keys.extend(rows.into_iter().map(|row| row.key));
            if keys.len() > SELECTED_MAX {
                let message = format!("The filter selects more than {SELECTED_MAX} records.");
                return Err(Error::bad_request(message).about("filter"));
            }
            if is_end {
                return Ok(keys);
            }
        }
    }
}

impl Operate for RotateSelected {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let Resolved::Collection(collection) = &invocation.at else {
                return Err(Error::new(ErrorKind::NotFound, "There is no such collection."));
            };
            let text = invocation.required(&self.filter)?;
            let filter = {
                let around =
                    Surroundings { now: context.now, ..Surroundings::of(context.model(), context.version) };
                parse_filter(&around, self.entity, text)?
            };
            let keys = self.selected(context, collection.set, filter).await?;
            context.change(|| async { later(context, &keys) }).await?;
            let mut rotated = Record::empty(self.rotated, context.model().structured(self.rotated).slots);
            rotated.set(self.slots.count, Value::Int(keys.len() as i64));
            complex_value(context, self.rotated, rotated)
        })
    }
}

/// Asks for the rotation of the records of a job.
struct RotateLater {
    vault: Arc<Vault>,
}

impl JobWorker for RotateLater {
    fn set(&self) -> SetId {
        self.vault.set
    }

    fn work<'a>(
        &'a self,
        context: &'a Context<'a>,
        _permit: Permit,
        job: &'a Job,
    ) -> BoxFuture<'a, Result<(), Error>> {
        Box::pin(async move {
            let keys: Vec<Key> = serde_json::from_slice(&job.content)
                .map_err(|error| Error::defect(format!("a job is no list of keys: {error}")))?;
            let decide = || async {
                let mut changes = vec![Change::Finish(job.clone())];
                for key in &keys {
                    let Some((row, record)) = self.vault.stored(context, key).await? else { continue };
                    let slot = self.vault.slots.rotation_requested_date_time;
                    if !self.vault.custody(&record).is_due {
                        let asked = (slot, Value::DateTimeOffset(context.now));
                        changes.push(self.vault.update(context, &row, &record, [asked])?);
                    }
                }
                Ok(changes)
            };
            context.change(decide).await.map(|_| ())
        })
    }
}
