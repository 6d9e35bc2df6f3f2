//! Creating an entity: read the body, complete it, commit it, show it.

use odata::edm::PropertyId;
use odata::payload::{Draft, Valid};
use odata::prefer::Return;
use odata::query::Selection;
use odata::{Json, Key, Record, Value};
use store::idempotency::{IdempotencyRecord, IdempotentRequest};
use store::{Change, Committed, Row, WriteError};

use super::binding::{self, BoundReferences};
use super::once;
use super::present::Presenter;
use super::row::{etag, row_of, secrets_of};
use crate::authorize::Permit;
use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::retry::{CommitError, retry};
use crate::{Answer, Error, ErrorKind, Status, code};

/// Bytes of an id that a client chooses, at most.
const KEY_BYTES_MAX: usize = 256;

/// POST to a collection.
pub(crate) async fn create(
    context: &Context<'_>,
    permit: Permit,
    collection: Collection,
) -> Result<Answer, Error> {
    created(context, permit, &collection, None).await
}

/// PATCH of an entity that is not there, by a client that wants to create it under this key.
pub(super) async fn create_at(
    context: &Context<'_>,
    permit: Permit,
    address: EntityAddress,
) -> Result<Answer, Error> {
    if context.model().set(address.collection.set).restrictions.insert.is_none() {
        return Err(Error::not_found(&address.key.to_string()));
    }
    if address.key.to_string().len() > KEY_BYTES_MAX {
        return Err(Error::bad_request(format!("An 'id' has at most {KEY_BYTES_MAX} bytes.")).about("id"));
    }
    let answer = created(context, permit, &address.collection, Some(address.key)).await;
    answer.map_err(|error| match error.kind {
        // Another request created it first.
        ErrorKind::Conflict => Error { kind: ErrorKind::PreconditionFailed, ..error },
        _ => error,
    })
}

async fn created(
    context: &Context<'_>,
    permit: Permit,
    collection: &Collection,
    key: Option<Key>,
) -> Result<Answer, Error> {
    let model = context.model();
    let set = model.set(collection.set);
    let mut body = Json::parse(&context.call.body)?;
    let bindings = binding::taken(context, set.entity_type, &mut body)?;
    let Draft(mut record) = context.reader().entity(&body, set.entity_type, None)?;
    require(context, &record, &set.restrictions.required_on_insert)?;

    let behaviour = context.handlers.of(collection.set);
    let location = location(context, key.is_none());
    let key = match key {
        Some(key) => key,
        None => {
            if let Some(id) = sent_id(&body) {
                record.set(0, Value::String(id.into()));
            }
            behaviour.key(context, collection, &record).await?
        }
    };
    record.set(0, Value::String(key.to_string().into()));
    if let Some((slot, target)) = &collection.referring {
        record.set(*slot, Value::String(target.to_string().into()));
    }
    let request = once::idempotent_request(context)?;
    let row = match once::recalled(context, request.as_ref()).await? {
        Some(row) => row,
        None => match insert(context, collection, key, &record, &bindings, request.as_ref()).await? {
            Some(row) => row,
            // The same request, sent twice at once, was faster.
            None => {
                let row = once::recalled(context, request.as_ref()).await?;
                row.ok_or(WriteError::Repeated)?
            }
        },
    };

    let etag = etag(&row);
    let location = location(&row.key);
    let returned = context.preferences.returned;
    let preference_applied = returned.map(|returned| returned.applied().to_owned());
    if returned == Some(Return::Minimal) {
        let (entity_id, location) = (Some(location.clone()), Some(location));
        return Ok(Answer { etag, location, entity_id, preference_applied, ..Answer::no_content() });
    }
    let selection = Selection::default();
    let presenter = Presenter::new(context, permit, collection, &selection);
    // The caller has just sent them: it need not be recorded that it is shown them.
    let secrets = secrets_of(model, collection.set, &record);
    let body = presenter.written_body(None, &row, &secrets).await?;
    Ok(Answer { etag, location: Some(location), preference_applied, ..Answer::new(Status::Created, body) })
}

/// The id that a client has sent: most sets give their entities one of their own.
fn sent_id<'b>(body: &'b Json<'_>) -> Option<&'b str> {
    let Json::Object(members) = body else { return None };
    match members.iter().find(|(name, _)| name == "id") {
        Some((_, Json::String(id))) => Some(id),
        _ => None,
    }
}

/// Commits a new entity, and makes the row that the caller is shown: what was accepted. None if the request has been
/// answered before.
async fn insert(
    context: &Context<'_>,
    collection: &Collection,
    key: Key,
    sent: &Record,
    bindings: &[BoundReferences],
    request: Option<&IdempotentRequest>,
) -> Result<Option<Row>, Error> {
    let (model, behaviour) = (context.model(), context.handlers.of(collection.set));
    retry(|| async {
        let creation = Creation::admitted(context, collection, &key, sent.clone()).await?;
        let shown = match behaviour.answer_to_create(sent, &creation.entity) {
            Some(shown) => Draft(shown).complete(model)?,
            None => creation.entity.clone(),
        };
        let remembered = request.map(|request| {
            let (request, shown) = (request.clone(), shown.clone());
            IdempotencyRecord { request, change: 0, shown }
        });
        let linked = binding::changes(context, bindings, &key, Some(creation.entity.record())).await?;
        let mut changes = creation.changes(collection, &key);
        changes.extend(linked);
        match context.commit_remembering(changes, remembered).await {
            Err(WriteError::Repeated) => Ok(None),
            // Another request was the first to write what belongs to the entity.
            Err(WriteError::Exists { set, key: taken }) if set != collection.set || taken != key => {
                Err(CommitError::Overtaken)
            }
            committed => Ok(Some(row_of(model, key.clone(), version_of_first(&committed?)?, &shown))),
        }
    })
    .await
}

/// The changes that create an entity as a client's POST does: its set completes and admits it, and adds what belongs to it.
/// The first is the insertion itself.
pub async fn insertion(
    context: &Context<'_>,
    collection: &Collection,
    key: &Key,
    mut record: Record,
) -> Result<Vec<Change>, Error> {
    record.set(0, Value::String(key.to_string().into()));
    Ok(Creation::admitted(context, collection, key, record).await?.changes(collection, key))
}

/// A new entity, and what is committed together with it.
struct Creation {
    entity: Valid,
    beside: Vec<Change>,
}

impl Creation {
    async fn admitted(
        context: &Context<'_>,
        collection: &Collection,
        key: &Key,
        mut record: Record,
    ) -> Result<Creation, Error> {
        let behaviour = context.handlers.of(collection.set);
        behaviour.before_create(context, &mut record)?;
        let address = EntityAddress { collection: collection.clone(), key: key.clone() };
        let admitted = behaviour.admit(context, &address, None, &mut record).await?;
        let entity = Draft(record).complete(context.model())?;
        let mut beside = behaviour.beside_create(context, key, &entity)?;
        beside.extend(admitted);
        Ok(Creation { entity, beside })
    }

    fn changes(self, collection: &Collection, key: &Key) -> Vec<Change> {
        let (set, parent, key) = (collection.set, collection.parent.clone(), key.clone());
        let mut changes = vec![Change::Insert { set, parent, key, entity: self.entity }];
        changes.extend(self.beside);
        changes
    }
}

/// The version that a committed unit gave the entity of its first change.
pub(super) fn version_of_first(committed: &Committed) -> Result<i64, Error> {
    let version = committed.versions.first().copied();
    version.ok_or_else(|| Error::defect("the commit of an entity gave it no version"))
}

/// Refuses a record without the properties that an insert must give.
fn require(context: &Context<'_>, record: &Record, required: &[PropertyId]) -> Result<(), Error> {
    let missing = required
        .iter()
        .map(|id| context.model().property(*id))
        .find(|property| matches!(record.get(property.slot), None | Some(Value::Null)));
    match missing {
        Some(property) => {
            let message = format!("The property '{}' is required.", property.name);
            Err(Error::bad_request(message).coded(code::PROPERTY_REQUIRED).about(&property.name))
        }
        None => Ok(()),
    }
}

/// The URL of a new entity, by its key: below the collection that it was posted to, or just where it was sent.
fn location(context: &Context<'_>, is_posted: bool) -> impl Fn(&Key) -> String {
    let url = format!("{}{}", context.call.origin, context.call.path.trim_end_matches('/'));
    move |key| if is_posted { format!("{url}/{key}") } else { url.clone() }
}
