//! What navigation properties lead to from all entities of a page: one statement for a property, whatever the number
//! of entities.

use std::collections::HashMap;
use std::ops::Range;

use odata::Key;
use odata::edm::SetId;
use odata::query::Cursor;
use store::{Owned, Owners, Query, Row};

use super::expand::Expansion;
use super::read::{default_row, page, query, sort_values};
use crate::Error;
use crate::collection::Collection;
use crate::resolve::reference;

/// Entities that all lists of one expansion show together, if that leaves [`LIST_MIN`] for each.
const SHOWN_MAX: u64 = 10_000;
/// Entities that each list shows if it has them.
const LIST_MIN: u64 = 10;

/// All that a navigation property leads to.
pub(super) struct Found {
    pub(super) lists: Vec<List>,
    /// The entities of all lists.
    pub(super) rows: Vec<Row>,
    /// The list of each holder; none if it leads nowhere.
    pub(super) of_holder: Vec<Option<usize>>,
}

/// What it leads to from one entity.
pub(super) struct List {
    pub(super) collection: Collection,
    /// Its entities, among all.
    pub(super) range: Range<usize>,
    /// How many there are, those that are not shown included.
    pub(super) total: u64,
    /// Where it goes on.
    pub(super) next: Option<Cursor>,
}

/// How the targets of a navigation property are found.
#[derive(Clone, Copy)]
enum Relation {
    /// They refer to the entity, in this slot.
    Inverse(u16),
    /// The entity refers to its target, in this slot.
    Reference(u16),
    /// The entity contains them.
    Contained,
    /// They are the same for every entity.
    Shared,
}

impl Expansion<'_> {
    fn relation(&self, set: SetId) -> Relation {
        let (model, navigation) = (self.context.model(), self.navigation());
        match (navigation.partner.and_then(|id| model.navigation(id).slot), navigation.slot) {
            (Some(slot), _) => Relation::Inverse(slot),
            (None, Some(slot)) => Relation::Reference(slot),
            (None, None) if navigation.contained && model.set(set).parent.is_some() => Relation::Contained,
            (None, None) => Relation::Shared,
        }
    }

    /// Finds the targets of all holders whose type has the navigation property.
    pub(super) async fn find(&self, set: SetId) -> Result<Found, Error> {
        let relation = self.relation(set);
        let holders = self.holders.rows.iter().enumerate();
        let key = |(at, row): (usize, &Row)| match relation {
            _ if !self.has_navigation(at) => None,
            Relation::Reference(slot) => reference(row, slot),
            Relation::Inverse(_) | Relation::Contained | Relation::Shared => Some(row.key.clone()),
        };
        let keys: Vec<Option<Key>> = holders.map(key).collect();
        let mut distinct: Vec<Key> = keys.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let owners = match relation {
            Relation::Inverse(slot) => Owners::Referring(slot, distinct.clone()),
            Relation::Reference(_) => Owners::Keys(distinct.clone()),
            Relation::Contained => Owners::Parents(distinct.clone()),
            Relation::Shared => return self.shared(set).await,
        };
        let (lists, rows) = self.read(set, relation, &owners, &distinct).await?;
        let index: HashMap<&Key, usize> = distinct.iter().enumerate().map(|(at, key)| (key, at)).collect();
        let of_holder = keys.iter().map(|key| index.get(key.as_ref()?).copied()).collect();
        Ok(Found { lists, rows, of_holder })
    }

    /// One list for each key, read by one statement.
    async fn read(
        &self,
        set: SetId,
        relation: Relation,
        owners: &Owners,
        keys: &[Key],
    ) -> Result<(Vec<List>, Vec<Row>), Error> {
        let (options, context) = (&self.expand.options, self.context);
        let most = (SHOWN_MAX / (keys.len() as u64).max(1)).max(LIST_MIN).min(context.settings.page_size);
        let size = options.top.map_or(most, |top| top.min(most));
        let anywhere = Collection::of(set);
        let query = Query { skip: options.skip, ..query(context, &anywhere, options, Some(size)) };
        let mut by_owner: HashMap<Key, Vec<Owned>> = HashMap::with_capacity(keys.len());
        if !keys.is_empty() {
            for owned in context.store.list_each(&query, owners).await? {
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
            let next = last.map(|row| Cursor {
                values: sort_values(context.model(), set, &options.order_by, row),
                key: row.key.clone(),
            });
            lists.push(List { collection, range: start..rows.len(), total, next });
        }
        Ok((lists, rows))
    }

    /// The one list of a navigation property that does not depend on the entity.
    async fn shared(&self, set: SetId) -> Result<Found, Error> {
        let (context, options) = (self.context, &self.expand.options);
        let collection = Collection::of(set);
        let holders = 0..self.holders.rows.len();
        let of_holder = holders.map(|at| self.has_navigation(at).then_some(0)).collect();
        let (rows, next, total) = if self.navigation().collection {
            let (rows, next) = page(context, &collection, options).await?;
            let total = match options.count {
                true => context.store.count(&query(context, &collection, options, None)).await?,
                false => 0,
            };
            (rows, next, total)
        } else {
            // There is one in each tenant, and its key is the tenant's.
            let key = Key::from(context.tenant());
            let row = context.store.get(context.tenant(), set, None, &key).await?;
            let row = row.map_or_else(|| default_row(context, &collection, &key), |row| Ok(Some(row)))?;
            (row.into_iter().collect(), None, 0)
        };
        Ok(Found { lists: vec![List { collection, range: 0..rows.len(), total, next }], rows, of_holder })
    }
}

/// Where the list of a key rests.
fn collection_of(relation: Relation, anywhere: &Collection, key: &Key) -> Collection {
    match relation {
        Relation::Inverse(slot) => Collection { referring: Some((slot, key.clone())), ..anywhere.clone() },
        Relation::Contained => Collection { parent: Some(key.clone()), ..anywhere.clone() },
        Relation::Reference(_) | Relation::Shared => anywhere.clone(),
    }
}
