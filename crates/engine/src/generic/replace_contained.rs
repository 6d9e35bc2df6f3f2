//! An action that replaces all entities of a contained collection by those that it is given.

use futures_util::future::BoxFuture;
use odata::edm::{OperationId, SetId};
use odata::{Key, Record, Value};
use store::{Change, Query, Row};

use super::create::insertion;
use crate::collection::Collection;
use crate::context::Context;
use crate::handlers::{Invocation, ItemList, NamedParameter, Names, Operate, StartError};
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
    async fn entities<'i>(
        &self,
        invocation: &'i Invocation<'_>,
        collection: &Collection,
    ) -> Result<Vec<(Key, &'i Record)>, Error> {
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
            entities.push((context.handlers.of(self.set).key(context, collection, record).await?, &**record));
        }
        Ok(entities)
    }

    /// The end of what is there, the new entities, and that nobody else has changed the set meanwhile.
    async fn changes(
        &self,
        context: &Context<'_>,
        collection: &Collection,
        entities: &[(Key, &Record)],
    ) -> Result<Vec<Change>, Error> {
        let (tenant, set, parent) = (context.tenant(), self.set, &collection.parent);
        let since = context.store.journal_newest(tenant).await?;
        let query = Query { parent: parent.clone(), ..Query::all(tenant, set, ITEMS_MAX * 2) };
        let removal =
            |row: Row| Change::Delete { set, parent: parent.clone(), key: row.key, expected: row.version };
        let mut changes: Vec<Change> = context.list(&query).await?.into_iter().map(removal).collect();
        for (key, record) in entities {
            changes.extend(insertion(context, collection, key, (*record).clone()).await?);
        }
        if !changes.is_empty() {
            changes.push(Change::Unchanged { set, since });
        }
        Ok(changes)
    }
}

impl Operate for ReplaceContained {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let context = invocation.context;
            let (owner, _) = context.load(invocation.address()?).await?;
            let collection = Collection { parent: Some(owner.key), ..Collection::of(self.set) };
            let entities = self.entities(&invocation, &collection).await?;
            context.change(|| self.changes(context, &collection, &entities)).await?;
            let mut rows = Vec::with_capacity(entities.len());
            for (key, _) in &entities {
                let row = context.get(self.set, collection.parent.as_ref(), key).await?;
                rows.extend(row);
            }
            let body = generic::entities(context, invocation.permit, &collection, &rows).await?;
            Ok(Answer::new(Status::Ok, body))
        })
    }
}
