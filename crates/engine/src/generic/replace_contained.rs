//! `assign`: an action that replaces all entities of a contained collection by those that it is given.

use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Draft;
use odata::{Key, Value};
use store::{Change, Query};

use crate::collection::Collection;
use crate::context::Context;
use crate::handlers::{Invocation, Operate};
use crate::resolve::load;
use crate::{Answer, Error, Status, code, generic};

/// `assign`: the given assignments replace all that the entity had.
pub struct ReplaceContained {
    /// The contained set whose entities are replaced.
    pub set: SetId,
}

/// How many assignments one entity can have: more than any portal lets one make.
const ASSIGNMENTS_MAX: u64 = 1_000;

impl Operate for ReplaceContained {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let address = invocation.address()?;
            if load(context, address).await?.is_none() {
                return Err(Error::not_found(&address.key.to_string()));
            }
            let items = invocation.items(0)?;
            if items.len() as u64 > ASSIGNMENTS_MAX {
                return Err(Error::bad_request(format!(
                    "At most {ASSIGNMENTS_MAX} assignments can be made."
                ))
                .coded(code::TOO_MANY_ITEMS)
                .about(invocation.parameter(0)));
            }
            let collection = Collection { parent: Some(address.key.clone()), ..Collection::of(self.set) };
            let mut changes = self.removals(context, &collection).await?;
            let removed = changes.len();
            for item in items {
                changes.push(insertion(context, &collection, item).await?);
            }
            let added: Vec<_> = changes[removed..].iter().filter_map(inserted_key).collect();
            context.commit(changes).await?;
            let mut rows = Vec::with_capacity(added.len());
            for key in &added {
                rows.extend(
                    context.store.get(context.tenant(), self.set, collection.parent.as_ref(), key).await?,
                );
            }
            let body = generic::entities(context, invocation.permit, &collection, &rows).await?;
            Ok(Answer::new(Status::Ok, body))
        })
    }
}

impl ReplaceContained {
    async fn removals(&self, context: &Context<'_>, collection: &Collection) -> Result<Vec<Change>, Error> {
        let parent = collection.parent.clone();
        let query =
            Query { parent: parent.clone(), ..Query::all(context.tenant(), self.set, ASSIGNMENTS_MAX * 2) };
        let rows = context.store.list(&query).await?;
        let removal = |row: store::Row| Change::Delete {
            set: self.set,
            parent: parent.clone(),
            key: row.key,
            expected: row.version,
        };
        Ok(rows.into_iter().map(removal).collect())
    }
}

/// The insertion of an entity that came as a parameter.
pub(crate) async fn insertion(
    context: &Context<'_>,
    collection: &Collection,
    item: &Value,
) -> Result<Change, Error> {
    let Value::Complex(record) = item else {
        return Err(Error::bad_request("An assignment must be an object."));
    };
    let mut record = (**record).clone();
    let behaviour = context.handlers.of(collection.set);
    let key = behaviour.key(context, collection, &record).await?;
    record.set(0, Value::String(key.to_string().into()));
    behaviour.before_create(context, &mut record)?;
    let entity = Draft(record).complete(context.model())?;
    Ok(Change::Insert { set: collection.set, parent: collection.parent.clone(), key, entity })
}

fn inserted_key(change: &Change) -> Option<Key> {
    match change {
        Change::Insert { key, .. } => Some(key.clone()),
        _ => None,
    }
}
