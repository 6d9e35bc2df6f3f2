//! An action that replaces all entities of a contained collection by those that it is given. One that is there and given again
//! stays as it is.

use futures_util::future::BoxFuture;
use odata::edm::{OperationId, SetId};
use odata::payload::{Document, Draft};
use odata::{Key, Record, Value};
use store::{Change, Query, Row};

use super::create::insertion;
use super::delete::deletion;
use crate::collection::{Collection, EntityAddress};
use crate::context::Context;
use crate::handlers::{Invocation, ItemList, NamedParameter, Names, Operate, StartError};
use crate::retry::CommitError;
use crate::{Answer, Error, Status, code, generic};

/// The handler of such an action. Of two calls at once, the later finds what the other has put there, and replaces it.
pub struct ReplaceContained {
    set: SetId,
    items: NamedParameter<ItemList>,
}

/// The entities of one collection at most: more than any portal lets one make.
const ITEMS_MAX: u64 = 1_000;

impl ReplaceContained {
    /// Looks up the parameter that holds the new entities of the contained set.
    pub fn new(
        names: &Names<'_>,
        operation: OperationId,
        set: SetId,
        parameter: &str,
    ) -> Result<ReplaceContained, StartError> {
        Ok(ReplaceContained { set, items: names.parameter(operation, parameter)? })
    }

    /// The new entities, each under the key that its set gives it.
    async fn entities(
        &self,
        invocation: &Invocation<'_>,
        collection: &Collection,
    ) -> Result<Vec<(Key, Record)>, Error> {
        let (context, name) = (invocation.context, self.items.name());
        let items = invocation.required(&self.items)?;
        if items.len() as u64 > ITEMS_MAX {
            let message = format!("The parameter '{name}' has at most {ITEMS_MAX} items.");
            return Err(Error::bad_request(message).coded(code::TOO_MANY_ITEMS).about(name));
        }
        let mut entities = Vec::with_capacity(items.len());
        for item in items {
            let Value::Complex(record) = item else {
                let message = format!("Each item of the parameter '{name}' is an object.");
                return Err(Error::bad_request(message).about(name));
            };
            let key = context.handlers.of(self.set).key(context, collection, record).await?;
            let record = Draft((**record).clone()).complete(context.model())?.into_draft().0;
            entities.push((key, record));
        }
        Ok(entities)
    }

    /// The end of what is there and not wanted, what is wanted and not there, and that nobody else has changed the set
    /// meanwhile. What is as it is wanted stays.
    async fn changes(
        &self,
        context: &Context<'_>,
        collection: &Collection,
        entities: &[(Key, Record)],
    ) -> Result<Vec<Change>, Error> {
        let set = self.set;
        let since = context.store.journal_newest(context.tenant()).await?;
        let (mut there, mut changes) = (self.there(context, collection).await?, Vec::new());
        for (key, record) in entities {
            match there.iter().position(|(_, known)| *known == content(context, record)) {
                Some(at) => drop(there.swap_remove(at)),
                None => changes.extend(insertion(context, collection, key, record.clone()).await?),
            }
        }
        for (row, _) in there {
            let address = EntityAddress { collection: collection.clone(), key: row.key.clone() };
            // The key of one that goes may be wanted by one that comes.
            let removed = deletion(context, &address, &row).await.map_err(CommitError::into_error)?;
            changes.splice(0..0, removed);
        }
        if !changes.is_empty() {
            changes.push(Change::Unchanged { set, since });
        }
        Ok(changes)
    }

    /// The entities that are there, each with what it says.
    async fn there(
        &self,
        context: &Context<'_>,
        collection: &Collection,
    ) -> Result<Vec<(Row, Document)>, Error> {
        let query = Query {
            parent: collection.parent.clone(),
            ..Query::all(context.tenant(), self.set, ITEMS_MAX * 2)
        };
        let mut there = Vec::new();
        for row in context.list(&query).await? {
            let record = Draft(context.store.record(self.set, &row)?).stored(context.model());
            there.push((row, content(context, record.record())));
        }
        Ok(there)
    }

    /// The rows of the entities, in their order.
    async fn rows(
        &self,
        context: &Context<'_>,
        collection: &Collection,
        entities: &[(Key, Record)],
    ) -> Result<Vec<Row>, Error> {
        let (mut there, mut rows) = (self.there(context, collection).await?, Vec::new());
        for (key, record) in entities {
            // One that was there before has its own key, and one that is new was completed since.
            let made = there.iter().position(|(row, _)| row.key == *key);
            let kept = || there.iter().position(|(_, known)| *known == content(context, record));
            if let Some(at) = made.or_else(kept) {
                rows.push(there.swap_remove(at).0);
            }
        }
        Ok(rows)
    }
}

/// What an entity says, but for its key, in the form in which it rests.
fn content(context: &Context<'_>, record: &Record) -> Document {
    let mut record = record.clone();
    record.set(0, Value::Null);
    Document::encode(&record, &[], context.model())
}

impl Operate for ReplaceContained {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let (owner, _) = context.load(invocation.address()?).await?;
            let collection = Collection { parent: Some(owner.key), ..Collection::of(self.set) };
            let entities = self.entities(&invocation, &collection).await?;
            context.change(|| self.changes(context, &collection, &entities)).await?;
            let rows = self.rows(context, &collection, &entities).await?;
            let body = generic::entities(context, invocation.permit, &collection, &rows).await?;
            Ok(Answer::new(Status::Ok, body))
        })
    }
}
