//! Updating an entity: absent keeps, null clears, a value replaces; and only the state that was looked at is replaced.

use odata::edm::SetKind;
use odata::payload::{Draft, Valid};
use odata::prefer::Return;
use odata::query::Selection;
use odata::{Json, Record, Value};
use store::{Change, Row, WriteError};

use super::create::{create_at, secrets_of};
use super::present::{Presenter, etag, row_of};
use super::read::new_record;
use crate::authorize::{Permit, may_reveal};
use crate::collection::EntityAddress;
use crate::context::{ATTEMPTS_MAX, Context};
use crate::resolve::load;
use crate::{Answer, Error, Status};

/// PATCH of one entity. It creates one only if the client says that it wants nothing else (`If-None-Match: *`): Graph's
/// clients take the 404 of one that is gone for just that.
pub(crate) async fn update(
    context: &Context<'_>,
    permit: Permit,
    address: EntityAddress,
) -> Result<Answer, Error> {
    let is_collection = context.model().set(address.collection.set).kind == SetKind::Collection;
    if context.preconditions.only_creates() && is_collection && load(context, &address).await?.is_none() {
        return create_at(context, permit, address).await;
    }
    let selection = Selection::default();
    let returned = context.preferences.returned;
    let minimal = returned == Some(Return::Minimal);
    let preference_applied = returned.map(|returned| returned.applied().to_owned());
    let presenter = Presenter::new(context, permit, &address.collection, &selection);
    let json = Json::parse(&context.call.body)?;
    let change = |record: &Record| {
        let declared = context.model().set(address.collection.set).entity_type;
        Ok(context.reader().entity(&json, declared, Some(record))?.merge_over(record.clone()).0)
    };
    let changed = changed(context, &address, presenter.reveals() && !minimal, change).await?;
    let tag = etag(&changed.row);
    if minimal {
        return Ok(Answer { etag: tag, preference_applied, ..Answer::no_content() });
    }
    let body = presenter.body(&changed.row, &changed.secrets).await?;
    Ok(Answer { etag: tag, preference_applied, ..Answer::new(Status::Ok, body) })
}

/// The new state of an entity that was changed.
pub struct Changed {
    /// The row that the entity became.
    pub row: Row,
    /// Its secrets in plain, if it was asked to reveal them.
    pub secrets: Vec<(u16, Value)>,
}

/// Changes an entity by a function from its record to the next, as often as others get in between. `reveals` says
/// that what is sealed will be shown, so the look is recorded in the same commit.
pub async fn changed(
    context: &Context<'_>,
    address: &EntityAddress,
    reveals: bool,
    change: impl Fn(&Record) -> Result<Record, Error>,
) -> Result<Changed, Error> {
    let preconditions = &context.preconditions;
    let behaviour = context.handlers.of(address.collection.set);
    for _ in 0..ATTEMPTS_MAX {
        let stored = load(context, address).await?;
        preconditions.check(context.model(), address, stored.as_ref())?;
        let before = record_of(context, address, stored.as_ref())?;
        let mut after = change(before.record())?;
        behaviour.before_update(context, before.record(), &mut after)?;
        let unchanged = behaviour.admit(context, &address.collection, Some(&address.key), &after).await?;
        let entity = Draft(after).complete(context.model())?;
        let mut beside = behaviour.beside_update(context, address, before.record(), &entity)?;
        beside.extend(unchanged);
        match commit(context, address, stored, Next { entity, beside }, reveals).await {
            Err(Failed::Changed) => continue,
            Err(Failed::Error(error)) => return Err(error),
            Ok(changed) => return Ok(changed),
        }
    }
    Err(Error::contended())
}

/// An entity's next state, and what is committed with it.
struct Next {
    entity: Valid,
    beside: Vec<Change>,
}

enum Failed {
    /// Another request was faster.
    Changed,
    Error(Error),
}

impl<E: Into<Error>> From<E> for Failed {
    fn from(error: E) -> Failed {
        Failed::Error(error.into())
    }
}

async fn commit(
    context: &Context<'_>,
    address: &EntityAddress,
    stored: Option<Row>,
    Next { entity, beside }: Next,
    reveals: bool,
) -> Result<Changed, Failed> {
    let (model, set) = (context.model(), address.collection.set);
    let shown = entity.clone();
    let sealed =
        stored.as_ref().filter(|row| row.sealed.is_some() && reveals && carries_sealed(entity.record()));
    if sealed.is_some() {
        may_reveal(model, context.settings, &context.call.caller)?;
    }
    let (parent, key) = (address.collection.parent.clone(), address.key.clone());
    let mut changes = vec![match &stored {
        Some(row) => Change::Update { set, parent, key: key.clone(), expected: row.version, entity },
        None => Change::Insert { set, parent, key: key.clone(), entity },
    }];
    if sealed.is_some() {
        changes.push(Change::Reveal { set, keys: vec![key.clone()] });
    }
    changes.extend(beside);
    let committed = match context.commit(changes).await {
        Err(WriteError::Changed { .. } | WriteError::Exists { .. } | WriteError::Overtaken) => {
            return Err(Failed::Changed);
        }
        other => other?,
    };
    let version = committed.versions.first().copied().unwrap_or_default();
    let mut secrets = secrets_of(model, set, shown.record());
    if let (Some(row), Some(receipt)) = (sealed, &committed.receipt) {
        let opened = context.store.open_secrets(context.tenant(), set, row, receipt).await?;
        secrets.extend(
            opened
                .into_iter()
                .filter(|(slot, _)| matches!(shown.record().get(*slot), Some(Value::Sealed(_)))),
        );
    }
    Ok(Changed { row: row_of(model, key, version, &shown), secrets })
}

/// Whether something sealed is carried over from the stored row.
fn carries_sealed(record: &Record) -> bool {
    record.slots.iter().any(|value| matches!(value, Some(Value::Sealed(_))))
}

/// The whole stored record, or a new one for a singleton that was never written.
fn record_of(context: &Context<'_>, address: &EntityAddress, stored: Option<&Row>) -> Result<Valid, Error> {
    let draft = match stored {
        Some(row) => Draft(context.store.record(address.collection.set, row)?),
        None => new_record(context, &address.collection, &address.key),
    };
    Ok(draft.complete(context.model())?)
}
