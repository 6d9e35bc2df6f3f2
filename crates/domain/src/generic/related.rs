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
use crate::resolve::{Place, reference};

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
    pub(super) place: Place,
    /// Its entities, among all.
    pub(super) range: Range<usize>,
    /// How many there are, those that are not shown included.
    pub(super) total: u64,
    /// Where it goes on.
    pub(super) next: Option<Cursor>,
}

/// How the targets of a navigation property are found.
#[derive(Clone, Copy)]
enum Way {
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
    fn way(&self, set: SetId) -> Way {
        let (model, navigation) = (self.context.model(), self.navigation());
        match (navigation.partner.and_then(|id| model.navigation(id).slot), navigation.slot) {
            (Some(slot), _) => Way::Inverse(slot),
            (None, Some(slot)) => Way::Reference(slot),
            (None, None) if navigation.contained && model.set(set).parent.is_some() => Way::Contained,
            (None, None) => Way::Shared,
        }
    }

    /// Finds the targets of all holders whose type has the navigation property.
    pub(super) async fn find(&self, set: SetId) -> Result<Found, Error> {
        let way = self.way(set);
        let holders = self.holders.rows.iter().enumerate();
        let key = |(at, row): (usize, &Row)| match way {
            _ if !self.has_navigation(at) => None,
            Way::Reference(slot) => reference(row, slot),
            Way::Inverse(_) | Way::Contained | Way::Shared => Some(row.key.clone()),
        };
        let keys: Vec<Option<Key>> = holders.map(key).collect();
        let mut distinct: Vec<Key> = keys.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let owners = match way {
            Way::Inverse(slot) => Owners::Referring(slot, distinct.clone()),
            Way::Reference(_) => Owners::Keys(distinct.clone()),
            Way::Contained => Owners::Parents(distinct.clone()),
            Way::Shared => return self.shared(set).await,
        };
        let (lists, rows) = self.read(set, way, &owners, &distinct).await?;
        let index: HashMap<&Key, usize> = distinct.iter().enumerate().map(|(at, key)| (key, at)).collect();
        let of_holder = keys.iter().map(|key| index.get(key.as_ref()?).copied()).collect();
        Ok(Found { lists, rows, of_holder })
    }

    /// One list for each key, read by one statement.
    async fn read(
        &self,
        set: SetId,
        way: Way,
        owners: &Owners,
        keys: &[Key],
    ) -> Result<(Vec<List>, Vec<Row>), Error> {
        let (options, context) = (&self.expand.options, self.context);
        let most = (SHOWN_MAX / (keys.len() as u64).max(1)).max(LIST_MIN).min(context.settings.page_size);
        let size = options.top.map_or(most, |top| top.min(most));
        let anywhere = Place { set, parent: None, referring: None, of_type: None };
        let query = Query { skip: options.skip, ..query(context, &anywhere, options, Some(size)) };
        let mut by_owner: HashMap<Key, Vec<Owned>> = HashMap::with_capacity(keys.len());
        if !keys.is_empty() {
            for owned in context.store.list_each(&query, owners).await? {
                by_owner.entry(owned.owner.clone()).or_default().push(owned);
            }
        }
        let (mut lists, mut rows) = (Vec::with_capacity(keys.len()), Vec::new());
        for key in keys {
            let place = place_of(way, &anywhere, key);
            let owned = by_owner.remove(key).unwrap_or_default();
            let total = owned.first().map_or(0, |first| first.total);
            let start = rows.len();
            // The first is there to say how many there are, even if it is skipped.
            let on_page = owned.into_iter().filter(|owned| owned.place > options.skip && size > 0);
            rows.extend(on_page.map(|owned| owned.row));
            if !self.navigation().collection && rows.len() == start {
                rows.extend(default_row(context, &place, key)?);
            }
            let goes_on = size > 0 && total > options.skip.saturating_add(size);
            let last = rows.get(start..).and_then(<[Row]>::last).filter(|_| goes_on);
            let next = last.map(|row| Cursor {
                values: sort_values(context.model(), set, &options.order_by, row),
                key: row.key.clone(),
            });
            lists.push(List { place, range: start..rows.len(), total, next });
        }
        Ok((lists, rows))
    }

    /// The one list of a navigation property that does not depend on the entity.
    async fn shared(&self, set: SetId) -> Result<Found, Error> {
        let (context, options) = (self.context, &self.expand.options);
        let place = Place { set, parent: None, referring: None, of_type: None };
        let holders = 0..self.holders.rows.len();
        let of_holder = holders.map(|at| self.has_navigation(at).then_some(0)).collect();
        let (rows, next, total) = if self.navigation().collection {
            let (rows, next) = page(context, &place, options).await?;
            let total = match options.count {
                true => context.store.count(&query(context, &place, options, None)).await?,
                false => 0,
            };
            (rows, next, total)
        } else {
            // There is one in each tenant, and its key is the tenant's.
            let key = Key::from(context.tenant());
            let row = context.store.get(context.tenant(), set, None, &key).await?;
            let row = row.map_or_else(|| default_row(context, &place, &key), |row| Ok(Some(row)))?;
            (row.into_iter().collect(), None, 0)
        };
        Ok(Found { lists: vec![List { place, range: 0..rows.len(), total, next }], rows, of_holder })
    }
}

/// Where the list of a key rests.
fn place_of(way: Way, anywhere: &Place, key: &Key) -> Place {
    match way {
        Way::Inverse(slot) => Place { referring: Some((slot, key.clone())), ..anywhere.clone() },
        Way::Contained => Place { parent: Some(key.clone()), ..anywhere.clone() },
        Way::Reference(_) | Way::Shared => anywhere.clone(),
    }
}
