//! What navigation properties lead to from all entities of a page: one statement for a property, whatever the number
//! of entities.

use std::collections::HashMap;
use std::ops::Range;

use odata::Key;
use odata::edm::{Navigation, SetId};
use odata::query::{Cursor, Expand};
use store::{Owned, Owners, Query, Row};

use super::page::{cursor_at, default_row, page_within, query};
use crate::Error;
use crate::collection::Collection;
use crate::context::Context;
use crate::handlers::DeriveCollection;
use crate::resolve::{actual_type, reference};

/// The entities that all lists of one expansion show together, if that leaves [`LIST_MIN`] for each.
const SHOWN_MAX: u64 = 10_000;
/// The entities that each list shows in any case, if it has them.
const LIST_MIN: u64 = 10;

/// Entities that a navigation property is expanded in, and the collection of each.
pub(super) struct SourceEntities<'s> {
    pub(super) rows: &'s [Row],
    pub(super) collections: Vec<&'s Collection>,
}

/// The entities that a navigation property leads to from all its sources.
pub(super) struct RelatedEntities {
    pub(super) lists: Vec<RelatedList>,
    /// The entities of all lists.
    pub(super) rows: Vec<Row>,
    /// The list of each source; none if the property leads nowhere from it.
    pub(super) list_of: Vec<Option<usize>>,
}

/// The entities that a navigation property leads to from one source.
pub(super) struct RelatedList {
    pub(super) collection: Collection,
    /// The list's entities among those of all lists.
    pub(super) range: Range<usize>,
    /// The number of entities, those that are not shown included.
    pub(super) total: u64,
    /// The place where the list goes on.
    pub(super) next: Option<Cursor>,
}

/// The reader of what a navigation property leads to.
pub(super) struct RelatedReader<'e> {
    pub(super) context: &'e Context<'e>,
    pub(super) expand: &'e Expand,
    pub(super) sources: &'e SourceEntities<'e>,
}

/// How the targets of a navigation property are found.
#[derive(Clone, Copy)]
enum RelationKind {
    /// The targets refer to the entity, in this slot.
    Inverse(u16),
    /// The entity refers to its target, in this slot.
    Reference(u16),
    /// The entity contains the targets.
    Contained,
    /// The targets are the same for every entity.
    Shared,
}

impl RelatedReader<'_> {
    /// The navigation property.
    pub(super) fn navigation(&self) -> &Navigation {
        self.context.model().navigation(self.expand.navigation)
    }

    /// Whether the type of a source has the navigation property.
    pub(super) fn has_navigation(&self, source: usize) -> bool {
        let model = self.context.model();
        let (Some(row), Some(collection)) =
            (self.sources.rows.get(source), self.sources.collections.get(source))
        else {
            return false;
        };
        let actual = model.structured(actual_type(model, collection.set, row));
        actual.navigations.contains(&self.expand.navigation)
    }

    fn relation(&self, set: SetId) -> RelationKind {
        let (model, navigation) = (self.context.model(), self.navigation());
        match (navigation.partner.and_then(|id| model.navigation(id).slot), navigation.slot) {
            (Some(slot), _) => RelationKind::Inverse(slot),
            (None, Some(slot)) => RelationKind::Reference(slot),
            (None, None) if navigation.contained && model.set(set).parent.is_some() => {
                RelationKind::Contained
            }
            (None, None) => RelationKind::Shared,
        }
    }

    /// Reads the targets of all sources whose type has the navigation property.
    pub(super) async fn read(&self, set: SetId) -> Result<RelatedEntities, Error> {
        if let Some(derive) = self.context.handlers.derive(self.expand.navigation) {
            return self.derived(derive).await;
        }
        let relation = self.relation(set);
        let sources = self.sources.rows.iter().enumerate();
        let key = |(at, row): (usize, &Row)| match relation {
            _ if !self.has_navigation(at) => None,
            RelationKind::Reference(slot) => reference(row, slot),
            RelationKind::Inverse(_) | RelationKind::Contained | RelationKind::Shared => {
                Some(row.key.clone())
            }
        };
        let keys: Vec<Option<Key>> = sources.map(key).collect();
        let mut distinct: Vec<Key> = keys.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let owners = match relation {
            RelationKind::Inverse(slot) => Owners::Referring(slot, distinct.clone()),
            RelationKind::Reference(_) => Owners::Keys(distinct.clone()),
            RelationKind::Contained => Owners::Parents(distinct.clone()),
            RelationKind::Shared => return self.shared(set).await,
        };
        let (lists, rows) = self.lists(set, relation, &owners, &distinct).await?;
        let index: HashMap<&Key, usize> = distinct.iter().enumerate().map(|(at, key)| (key, at)).collect();
        let list_of = keys.iter().map(|key| index.get(key.as_ref()?).copied()).collect();
        Ok(RelatedEntities { lists, rows, list_of })
    }

    /// One list for each key, read by one statement.
    async fn lists(
        &self,
        set: SetId,
        relation: RelationKind,
        owners: &Owners,
        keys: &[Key],
    ) -> Result<(Vec<RelatedList>, Vec<Row>), Error> {
        let (options, context) = (&self.expand.options, self.context);
        let most = list_max(keys.len(), context.settings.bounds.now().page_size);
        let size = options.top.map_or(most, |top| top.min(most));
        let anywhere = context.entered(set).await?;
        let query = Query { skip: options.skip, ..query(context, &anywhere, options, Some(size)) };
        let mut by_owner: HashMap<Key, Vec<Owned>> = HashMap::with_capacity(keys.len());
        if !keys.is_empty() {
            for owned in context.list_each(&query, owners).await? {
                by_owner.entry(owned.owner.clone()).or_default().push(owned);
            }
        }
        let (mut lists, mut rows) = (Vec::with_capacity(keys.len()), Vec::new());
        for key in keys {
            let collection = collection_of(relation, &anywhere, key);
            let owned = by_owner.remove(key).unwrap_or_default();
            let total = owned.first().map_or(0, |first| first.total);
            let start = rows.len();
            // The first is there to say how many there are, even if it is skipped.
            let on_page = owned.into_iter().filter(|owned| owned.place > options.skip && size > 0);
            rows.extend(on_page.map(|owned| owned.row));
            if !self.navigation().collection && rows.len() == start {
                rows.extend(default_row(context, &collection, key)?);
            }
            let goes_on = size > 0 && total > options.skip.saturating_add(size);
            let last = rows.get(start..).and_then(<[Row]>::last).filter(|_| goes_on);
            let next = last.map(|row| cursor_at(context, set, &options.order_by, row)).transpose()?;
            lists.push(RelatedList { collection, range: start..rows.len(), total, next });
        }
        Ok((lists, rows))
    }

    /// One list for each source, worked out one after the other.
    async fn derived(&self, derive: &dyn DeriveCollection) -> Result<RelatedEntities, Error> {
        let (options, context) = (&self.expand.options, self.context);
        let most = list_max(self.sources.rows.len(), context.settings.bounds.now().page_size);
        let (mut lists, mut rows, mut list_of) = (Vec::new(), Vec::new(), Vec::new());
        for (source, row) in self.sources.rows.iter().enumerate() {
            if !self.has_navigation(source) {
                list_of.push(None);
                continue;
            }
            let collection = derive.collection(context, &row.key).await?;
            let (found, next) = page_within(context, &collection, options, most).await?;
            let total = match options.count {
                true => context.count(&query(context, &collection, options, None)).await?,
                false => 0,
            };
            let start = rows.len();
            rows.extend(found);
            list_of.push(Some(lists.len()));
            lists.push(RelatedList { collection, range: start..rows.len(), total, next });
        }
        Ok(RelatedEntities { lists, rows, list_of })
    }

    /// The one list of a navigation property that does not depend on the source. It is shown with every source.
    async fn shared(&self, set: SetId) -> Result<RelatedEntities, Error> {
        let (context, options) = (self.context, &self.expand.options);
        let collection = context.entered(set).await?;
        let sources = 0..self.sources.rows.len();
        let list_of: Vec<Option<usize>> =
            sources.map(|source| self.has_navigation(source).then_some(0)).collect();
        let (rows, next, total) = if self.navigation().collection {
            let most = list_max(list_of.iter().flatten().count(), context.settings.bounds.now().page_size);
            let (rows, next) = page_within(context, &collection, options, most).await?;
            let total = match options.count {
                true => context.count(&query(context, &collection, options, None)).await?,
                false => 0,
            };
            (rows, next, total)
        } else {
            // There is one in each tenant, and its key is the tenant's.
            let key = Key::from(context.tenant());
            let row = context.get(set, None, &key).await?;
            let row = row.map_or_else(|| default_row(context, &collection, &key), |row| Ok(Some(row)))?;
            (row.into_iter().collect(), None, 0)
        };
        let lists = vec![RelatedList { collection, range: 0..rows.len(), total, next }];
        Ok(RelatedEntities { lists, rows, list_of })
    }
}

/// The entities that each of so many lists shows at most.
fn list_max(lists: usize, page_size: u64) -> u64 {
    (SHOWN_MAX / (lists as u64).max(1)).max(LIST_MIN).min(page_size)
}

/// The collection of the list that belongs to a key.
fn collection_of(relation: RelationKind, anywhere: &Collection, key: &Key) -> Collection {
    match relation {
        RelationKind::Inverse(slot) => {
            Collection { referring: Some((slot, key.clone())), ..anywhere.clone() }
        }
        RelationKind::Contained => Collection { parent: Some(key.clone()), ..anywhere.clone() },
        RelationKind::Reference(_) | RelationKind::Shared => anywhere.clone(),
    }
}
