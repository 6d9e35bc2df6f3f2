//! Reading what is stored in a set, as far as it is there for whoever reads, together with its projections, and what is worked
//! out.

use std::borrow::Cow;

use odata::Key;
use odata::edm::SetId;
use odata::query::Expression;
use odata::query::evaluate::matches;
use store::{Owned, Owners, Query, Row};

use super::keys::source_key;
use super::merge;
use crate::Error;
use crate::context::Context;
use crate::derived_row::{derived_lists, derived_rows};
use crate::recorded;

impl Context<'_> {
    /// A query of those entities only that are there for whoever reads the set.
    fn of_those_there<'q>(&self, query: &'q Query) -> Cow<'q, Query> {
        let Some(condition) = self.handlers.condition_of(query.set) else { return Cow::Borrowed(query) };
        let filter = match query.filter.clone() {
            Some(filter) => Expression::And(Box::new(condition.clone()), Box::new(filter)),
            None => condition.clone(),
        };
        Cow::Owned(Query { filter: Some(filter), ..query.clone() })
    }

    /// An entity; `parent` is the containing entity's key where the set has a parent.
    pub async fn get(&self, set: SetId, parent: Option<&Key>, key: &Key) -> Result<Option<Row>, Error> {
        if let Some(derive) = self.handlers.derive_entity(set) {
            return Ok(Box::pin(derived_rows(self, derive, std::slice::from_ref(key))).await?.pop());
        }
        if let Some(tell) = self.handlers.tell_record(set) {
            return Box::pin(recorded::get(self, tell, key)).await;
        }
        let stored = self.store.get(self.tenant(), set, parent, key).await?;
        if let (Some(row), Some(condition)) = (&stored, self.handlers.condition_of(set))
            && !matches(condition, &self.store.record(set, row)?)
        {
            return Ok(None);
        }
        let (None, Some(projection)) = (&stored, self.handlers.projected(set)) else { return Ok(stored) };
        let Some(source) = source_key(key) else { return Ok(None) };
        let Some(row) = self.store.get(self.tenant(), projection.source, None, &source).await? else {
            return Ok(None);
        };
        Ok(projection.row(self.store, &row)?.map(|(row, _)| row))
    }

    /// The entities of a query, in its order.
    pub async fn list(&self, query: &Query) -> Result<Vec<Row>, Error> {
        if let Some(tell) = self.handlers.tell_record(query.set) {
            Box::pin(self.take_place()).await?;
            return Box::pin(recorded::list(self, tell, query)).await;
        }
        let query = &*self.of_those_there(query);
        if self.store.scans(query) {
            Box::pin(self.take_place()).await?;
        }
        let Some(projection) = self.handlers.projected(query.set) else {
            return Ok(self.store.list(query).await?);
        };
        match projection.sources_of(query, self.model())? {
            Some(sources) => Box::pin(merge::list(self.store, projection, query, sources)).await,
            None => Ok(self.store.list(query).await?),
        }
    }

    /// The entities of a query for each of several owners, as [`store::Store::list_each`] gives them.
    pub async fn list_each(&self, query: &Query, owners: &Owners) -> Result<Vec<Owned>, Error> {
        if let (Some(derive), Owners::Parents(keys)) = (self.handlers.derive_entity(query.set), owners) {
            return Box::pin(derived_lists(self, derive, keys)).await;
        }
        let query = &*self.of_those_there(query);
        let mut all = self.store.list_each(query, owners).await?;
        let (Some(projection), Owners::Keys(keys)) = (self.handlers.projected(query.set), owners) else {
            return Ok(all);
        };
        let sources: Vec<Key> = keys.iter().filter_map(source_key).collect();
        let Some(found) = projection.sources_of(query, self.model())?.filter(|_| !sources.is_empty()) else {
            return Ok(all);
        };
        for owned in self.store.list_each(&found.query, &Owners::Keys(sources)).await? {
            let Some((row, record)) = projection.row(self.store, &owned.row)? else { continue };
            if found.residual.as_ref().is_none_or(|residual| matches(residual, &record)) {
                all.push(Owned { owner: row.key.clone(), row, ..owned });
            }
        }
        all.sort_by(|one, other| (&one.owner, one.place).cmp(&(&other.owner, other.place)));
        Ok(all)
    }

    /// The number of entities that a query matches, whatever its order, cursor, skip and limit.
    pub async fn count(&self, query: &Query) -> Result<u64, Error> {
        Box::pin(self.take_place()).await?;
        if let Some(tell) = self.handlers.tell_record(query.set) {
            return Box::pin(recorded::count(self, tell, query)).await;
        }
        let query = &*self.of_those_there(query);
        let stored = self.store.count(query).await?;
        let Some(projection) = self.handlers.projected(query.set) else { return Ok(stored) };
        match projection.sources_of(query, self.model())? {
            Some(sources) => Ok(stored + merge::count(self.store, projection, sources).await?),
            None => Ok(stored),
        }
    }
}
