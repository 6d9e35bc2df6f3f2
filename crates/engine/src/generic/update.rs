//! Updating an entity: absent keeps, null clears, a value replaces; and only the state that was looked at is replaced.

use odata::edm::{SetId, SetKind};
use odata::payload::{Draft, Valid};
use odata::prefer::Return;
use odata::query::Selection;
use odata::value::Sealed;
use odata::{Json, Record, Value};
use store::{Change, Row, WriteError};

use super::binding::{self, BoundReferences};
use super::create::{create_at, version_of_first};
use super::page::new_record;
use super::present::Presenter;
use super::row::{etag, row_of, secrets_of};
use crate::audit::{look, on_record};
use crate::authorize::Permit;
use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::retry::{CommitError, retry};
use crate::{Answer, Error, Status};

/// PATCH of one entity. It creates one only if the client says that it wants nothing else (`If-None-Match: *`): Graph's
/// clients take the 404 of one that is gone for just that.
pub(crate) async fn update(
    context: &Context<'_>,
    permit: Permit,
    address: EntityAddress,
) -> Result<Answer, Error> {
    let is_collection = context.model().set(address.collection.set).kind == SetKind::Collection;
    if context.preconditions.only_creates() && is_collection && context.row(&address).await?.is_none() {
        return create_at(context, permit, address).await;
    }
    let selection = Selection::default();
    let returned = context.preferences.returned;
    let minimal = returned == Some(Return::Minimal);
    let preference_applied = returned.map(|returned| returned.applied().to_owned());
    let presenter = Presenter::new(context, permit, &address.collection, &selection);
    let mut json = Json::parse(&context.call.body)?;
    let declared = context.model().set(address.collection.set).entity_type;
    let bindings = binding::taken(context, declared, &mut json)?;
    let behaviour = context.handlers.of(address.collection.set);
    let change = |record: &Record| {
        let Draft(mut sent) = context.reader().entity(&json, declared, Some(record))?;
        behaviour.before_merge(record, &mut sent);
        Ok(Draft(sent).merge_over(record.clone()).0)
    };
    let changed = changed_with(context, &address, presenter.reveals() && !minimal, &bindings, change).await?;
    let tag = etag(&changed.row);
    if minimal {
        return Ok(Answer { etag: tag, preference_applied, ..Answer::no_content() });
    }
    let body = presenter.written_body(changed.before.as_ref(), &changed.row, &changed.secrets).await?;
    Ok(Answer { etag: tag, preference_applied, ..Answer::new(Status::Ok, body) })
}

/// The new state of an entity that was changed.
pub struct Changed {
    /// The row that it was, if it was stored.
    pub before: Option<Row>,
    /// The row that the entity became.
    pub row: Row,
    /// Its secrets in plain, if it was asked to reveal them.
    pub secrets: Vec<(u16, Value)>,
}

/// Changes an entity by a function from its record to the next. `reveals` says that what is sealed will be shown, so that
/// the look is recorded in the same commit.
pub async fn changed(
    context: &Context<'_>,
    address: &EntityAddress,
    reveals: bool,
    change: impl Fn(&Record) -> Result<Record, Error>,
) -> Result<Changed, Error> {
    changed_with(context, address, reveals, &[], change).await
}

/// The same, with entities that enter its collections.
async fn changed_with(
    context: &Context<'_>,
    address: &EntityAddress,
    reveals: bool,
    bindings: &[BoundReferences],
    change: impl Fn(&Record) -> Result<Record, Error>,
) -> Result<Changed, Error> {
    retry(|| async {
        let stored = context.row(address).await?;
        context.preconditions.check(context.model(), address, stored.as_ref())?;
        let before = record_of(context, address, stored.as_ref())?;
        let after = change(before.record())?;
        if context.handlers.derive_entity(address.collection.set).is_some() {
            return Ok(shown_only(context, address, stored, after)?);
        }
        let mut next = state_after(context, address, stored.as_ref(), &before, after).await?;
        next.changes.extend(binding::changes(context, bindings, &address.key, None).await?);
        commit(context, address, stored, next, reveals).await
    })
    .await
}

/// The changes that give a stored entity its next state, as a client's PATCH makes them: its set completes and admits it,
/// and adds what belongs to it. The first is the update itself.
pub async fn next_state(
    context: &Context<'_>,
    collection: &Collection,
    stored: &Row,
    after: Record,
) -> Result<Vec<Change>, Error> {
    let address = EntityAddress { collection: collection.clone(), key: stored.key.clone() };
    let before = record_of(context, &address, Some(stored))?;
    let next = state_after(context, &address, Some(stored), &before, after).await;
    next.map(|next| next.changes).map_err(CommitError::into_error)
}

/// The change that gives a stored entity its next state, without the behaviour of its set: for work on many entities at
/// once, which does itself, and together, what the behaviour does for each.
pub fn bare_update(
    context: &Context<'_>,
    set: SetId,
    stored: &Row,
    before: &Record,
    after: Record,
) -> Result<Change, Error> {
    let entity = Draft(after).complete_over(before, context.model())?;
    Ok(Change::Update { set, parent: None, key: stored.key.clone(), expected: stored.version, entity })
}

/// An entity's next state, and the changes that give it to the entity; the first is the entity's own.
struct NextState {
    entity: Valid,
    changes: Vec<Change>,
}

async fn state_after(
    context: &Context<'_>,
    address: &EntityAddress,
    stored: Option<&Row>,
    before: &Valid,
    mut after: Record,
) -> Result<NextState, CommitError> {
    let EntityAddress { collection, key } = address;
    let behaviour = context.handlers.of(collection.set);
    behaviour.before_update(context, before.record(), &mut after)?;
    let admitted = behaviour.admit(context, address, Some(before.record()), &mut after).await?;
    let entity = Draft(after).complete_over(before.record(), context.model())?;
    let beside = behaviour.beside_update(context, address, before.record(), &entity)?;
    let (set, parent, key) = (collection.set, collection.parent.clone(), key.clone());
    let own = entity.clone();
    let end_of_projection = match stored {
        Some(row) => context.end_of_projection(set, row).await?,
        None => None,
    };
    let mut changes = vec![match stored {
        Some(row) if end_of_projection.is_none() => {
            Change::Update { set, parent, key, expected: row.version, entity: own }
        }
        _ => Change::Insert { set, parent, key, entity: own },
    }];
    changes.extend(end_of_projection);
    changes.extend(beside);
    changes.extend(admitted);
    Ok(NextState { entity, changes })
}

async fn commit(
    context: &Context<'_>,
    address: &EntityAddress,
    stored: Option<Row>,
    NextState { entity, mut changes }: NextState,
    reveals: bool,
) -> Result<Changed, CommitError> {
    let (model, set) = (context.model(), address.collection.set);
    let sealed =
        stored.as_ref().filter(|row| row.sealed.is_some() && reveals && carries_sealed(entity.record()));
    if let Some(row) = sealed {
        changes.extend(look(context, set, std::slice::from_ref(row)).await?);
    }
    let committing = context.commit(changes);
    let committed = if sealed.is_some() { on_record(committing).await } else { committing.await };
    let committed = match committed {
        // Another request was the first to write the singleton, or what belongs to the entity.
        Err(WriteError::Exists { .. }) => return Err(CommitError::Overtaken),
        committed => committed?,
    };
    let mut secrets = secrets_of(model, set, entity.record());
    if let (Some(row), Some(receipt)) = (sealed, &committed.receipt) {
        let opened = context.store.open_secrets(context.tenant(), set, row, receipt).await?;
        secrets.extend(carried(entity.record(), &opened));
    }
    let version = version_of_first(&committed)?;
    let row = row_of(model, address.key.clone(), version, &entity);
    Ok(Changed { before: stored, row, secrets })
}

/// What is answered to a change of an entity that is worked out: what was sent of it. It has no effect.
fn shown_only(
    context: &Context<'_>,
    address: &EntityAddress,
    stored: Option<Row>,
    after: Record,
) -> Result<Changed, Error> {
    let entity = Draft(after).complete(context.model())?;
    let version = stored.as_ref().map_or(0, |row| row.version);
    let row = row_of(context.model(), address.key.clone(), version, &entity);
    Ok(Changed { before: stored, row, secrets: Vec::new() })
}

/// Whether something sealed is carried over from the stored row.
fn carries_sealed(record: &Record) -> bool {
    record.slots.iter().any(|value| matches!(value, Some(Value::Sealed(_))))
}

/// What the sealed values of a record stand for, by slot: all that was opened is that of the state before.
fn carried(record: &Record, opened: &[(u16, Value)]) -> Vec<(u16, Value)> {
    let before = |slot| opened.iter().find(|(of, _)| *of == slot).map(|(_, value)| value.clone());
    let value = |(slot, value): (u16, &Option<Value>)| match value {
        Some(Value::Sealed(Sealed { succession: None, .. })) => Some((slot, before(slot)?)),
        Some(Value::Sealed(Sealed { succession: Some(succession), .. })) => {
            Some((slot, succession.value(before, slot)))
        }
        _ => None,
    };
    (0..).zip(&record.slots).filter_map(value).collect()
}

/// The whole stored record, or a new one for a singleton that was never written.
fn record_of(context: &Context<'_>, address: &EntityAddress, stored: Option<&Row>) -> Result<Valid, Error> {
    match stored {
        Some(row) => Ok(Draft(context.store.record(address.collection.set, row)?).stored(context.model())),
        None => Ok(new_record(context, &address.collection, &address.key).complete(context.model())?),
    }
}
