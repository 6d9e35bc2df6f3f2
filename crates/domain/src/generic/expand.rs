//! `$expand`: related entities inside the entity they belong to. One statement for a navigation property and all
//! entities of a page, whatever their number.

use std::collections::HashMap;
use std::ops::Range;
use std::pin::Pin;

use odata::Key;
use odata::edm::{Navigation, SetId};
use odata::payload::MetadataLevel;
use odata::payload::write::write_string;
use odata::query::paging::{nested_query, next_link_query};
use odata::query::{Cursor, Expand, Selection};
use store::{Owned, Owners, Query, Row};

use super::present::{Presenter, canonical_entity};
use super::read::{default_row, page, query, sort_values};
use crate::Error;
use crate::authorize::Permit;
use crate::context::Context;
use crate::resolve::{Place, actual_type, reference};

/// Entities that all lists of one expansion show together, if that leaves [`LIST_MIN`] for each.
const SHOWN_MAX: u64 = 10_000;
/// Entities that each list shows if it has them.
const LIST_MIN: u64 = 10;

/// The entities around the expansions, and where each of them rests.
pub(super) struct Holders<'h> {
    pub(super) rows: &'h [Row],
    pub(super) places: Vec<&'h Place>,
}

/// What one navigation property leads to from one entity.
struct List {
    place: Place,
    /// Its entities, among all that the expansion found.
    range: Range<usize>,
    total: u64,
    next: Option<Cursor>,
}

/// What the expansions add to the members of each entity.
pub(super) fn expanded<'f>(
    context: &'f Context<'_>,
    permit: Permit,
    selection: &'f Selection,
    holders: Holders<'f>,
) -> Pin<Box<dyn Future<Output = Result<Vec<Vec<u8>>, Error>> + Send + 'f>> {
    Box::pin(async move {
        let mut texts = vec![Vec::new(); holders.rows.len()];
        for expand in &selection.expand {
            let expansion = Expansion { context, permit, expand, holders: &holders };
            expansion.append(&mut texts).await?;
        }
        Ok(texts)
    })
}

struct Expansion<'e> {
    context: &'e Context<'e>,
    permit: Permit,
    expand: &'e Expand,
    holders: &'e Holders<'e>,
}

impl Expansion<'_> {
    fn navigation(&self) -> &Navigation {
        self.context.model().navigation(self.expand.navigation)
    }

    /// Appends the navigation property to the entities whose type has it.
    async fn append(&self, texts: &mut [Vec<u8>]) -> Result<(), Error> {
        let navigation = self.navigation();
        let Some(set) = navigation.set else {
            return Err(Error::not_implemented(&format!("Expanding '{}'", navigation.name)));
        };
        let (lists, rows, of_holder) = self.lists(set).await?;
        let shown = self.shown(&lists, &rows).await?;
        for (at, out) in texts.iter_mut().enumerate() {
            if !self.has_navigation(at) {
                continue;
            }
            match of_holder.get(at).copied().flatten().and_then(|list| lists.get(list)) {
                Some(list) if navigation.collection => self.write_list(out, at, list, &shown),
                Some(list) => self.write_single(out, list, &shown),
                None if navigation.collection => {
                    member(out, &navigation.name);
                    out.extend_from_slice(b"[]");
                }
                None => {
                    member(out, &navigation.name);
                    out.extend_from_slice(b"null");
                }
            }
        }
        Ok(())
    }

    fn has_navigation(&self, at: usize) -> bool {
        let model = self.context.model();
        let (Some(row), Some(place)) = (self.holders.rows.get(at), self.holders.places.get(at)) else {
            return false;
        };
        model.structured(actual_type(model, place.set, row)).navigations.contains(&self.expand.navigation)
    }

    /// All lists, their entities, and which list each holder has.
    async fn lists(&self, set: SetId) -> Result<(Vec<List>, Vec<Row>, Vec<Option<usize>>), Error> {
        let (model, navigation) = (self.context.model(), self.navigation());
        let inverse = navigation.partner.and_then(|id| model.navigation(id).slot);
        let contained = navigation.contained && model.set(set).parent.is_some();
        let place = Place { set, parent: None, referring: None, of_type: None };
        let has = |(at, row): (usize, &Row)| self.has_navigation(at).then(|| row.key.clone());
        let own_keys = || self.holders.rows.iter().enumerate().map(has).collect::<Vec<_>>();
        let (keys, place_of): (Vec<Option<Key>>, Box<dyn Fn(&Key) -> Place + Send + Sync>) =
            match (inverse, navigation.slot) {
                (Some(slot), _) => (
                    own_keys(),
                    Box::new(move |key| Place { referring: Some((slot, key.clone())), ..place.clone() }),
                ),
                (None, Some(slot)) => {
                    let target = |(at, row)| self.has_navigation(at).then(|| reference(row, slot)).flatten();
                    let keys = self.holders.rows.iter().enumerate().map(target).collect();
                    (keys, Box::new(move |_| place.clone()))
                }
                (None, None) if contained => {
                    (own_keys(), Box::new(move |key| Place { parent: Some(key.clone()), ..place.clone() }))
                }
                (None, None) => return self.shared(place).await,
            };
        let mut distinct: Vec<Key> = keys.iter().flatten().cloned().collect();
        distinct.sort_unstable();
        distinct.dedup();
        let owners = match (inverse, navigation.slot) {
            (Some(slot), _) => Owners::Referring(slot, distinct.clone()),
            (None, Some(_)) => Owners::Keys(distinct.clone()),
            (None, None) => Owners::Parents(distinct.clone()),
        };
        let (lists, rows) = self.read(set, owners, &distinct, &*place_of).await?;
        let index: HashMap<&Key, usize> = distinct.iter().enumerate().map(|(at, key)| (key, at)).collect();
        let of_holder = keys.iter().map(|key| index.get(key.as_ref()?).copied()).collect();
        Ok((lists, rows, of_holder))
    }

    /// One list for each key, read by one statement.
    async fn read(
        &self,
        set: SetId,
        owners: Owners,
        keys: &[Key],
        place_of: &(dyn Fn(&Key) -> Place + Send + Sync),
    ) -> Result<(Vec<List>, Vec<Row>), Error> {
        let (options, context) = (&self.expand.options, self.context);
        let most = (SHOWN_MAX / (keys.len() as u64).max(1)).max(LIST_MIN).min(context.settings.page_size);
        let size = options.top.map_or(most, |top| top.min(most));
        let any = Place { set, parent: None, referring: None, of_type: None };
        let query = Query { skip: options.skip, ..query(context, &any, options, Some(size)) };
        let found =
            if keys.is_empty() { Vec::new() } else { context.store.list_each(&query, &owners).await? };
        let mut by_owner: HashMap<Key, Vec<Owned>> = HashMap::with_capacity(keys.len());
        for owned in found {
            by_owner.entry(owned.owner.clone()).or_default().push(owned);
        }
        let (mut lists, mut rows) = (Vec::with_capacity(keys.len()), Vec::new());
        for key in keys {
            let place = place_of(key);
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
            let next = rows.get(start..).and_then(<[Row]>::last).filter(|_| goes_on).map(|row| Cursor {
                values: sort_values(context.model(), set, &options.order_by, row),
                key: row.key.clone(),
            });
            lists.push(List { place, range: start..rows.len(), total, next });
        }
        Ok((lists, rows))
    }

    /// The one list of a navigation property that does not depend on the entity.
    async fn shared(&self, place: Place) -> Result<(Vec<List>, Vec<Row>, Vec<Option<usize>>), Error> {
        let (context, options) = (self.context, &self.expand.options);
        let of_holder = (0..self.holders.rows.len()).map(|at| self.has_navigation(at).then_some(0)).collect();
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
            let row = context.store.get(context.tenant(), place.set, None, &key).await?;
            let row = row.map_or_else(|| default_row(context, &place, &key), |row| Ok(Some(row)))?;
            (row.into_iter().collect(), None, 0)
        };
        Ok((vec![List { place, range: 0..rows.len(), total, next }], rows, of_holder))
    }

    /// The text of each entity, without the braces of anything around it.
    async fn shown(&self, lists: &[List], rows: &[Row]) -> Result<Vec<Vec<u8>>, Error> {
        let selection = &self.expand.options.selection;
        let Some(first) = lists.first() else { return Ok(Vec::new()) };
        let presenter = Presenter::new(self.context, self.permit, &first.place, selection);
        let secrets = presenter.secrets(rows).await?;
        let places = lists.iter().flat_map(|list| list.range.clone().map(|_| &list.place)).collect();
        let further = expanded(self.context, self.permit, selection, Holders { rows, places }).await?;
        let mut shown = Vec::with_capacity(rows.len());
        for list in lists {
            let presenter = Presenter::new(self.context, self.permit, &list.place, selection);
            for at in list.range.clone() {
                let (Some(row), Some(secrets), Some(further)) =
                    (rows.get(at), secrets.get(at), further.get(at))
                else {
                    continue;
                };
                let mut out = vec![b'{'];
                presenter.members(&mut out, row, secrets);
                out.extend_from_slice(further);
                out.push(b'}');
                shown.push(out);
            }
        }
        Ok(shown)
    }

    fn write_single(&self, out: &mut Vec<u8>, list: &List, shown: &[Vec<u8>]) {
        member(out, &self.navigation().name);
        match shown.get(list.range.clone()).and_then(<[_]>::first) {
            Some(text) => out.extend_from_slice(text),
            None => out.extend_from_slice(b"null"),
        }
    }

    fn write_list(&self, out: &mut Vec<u8>, holder: usize, list: &List, shown: &[Vec<u8>]) {
        let (context, name) = (self.context, &self.navigation().name);
        if context.level != MetadataLevel::None {
            let selection = &self.expand.options.selection;
            let presenter = Presenter::new(context, self.permit, &list.place, selection);
            member(out, &format!("{name}@odata.context"));
            write_string(out, &presenter.context_url(false));
        }
        if self.expand.options.count {
            member(out, &format!("{name}@odata.count"));
            out.extend_from_slice(list.total.to_string().as_bytes());
        }
        member(out, name);
        out.push(b'[');
        out.extend_from_slice(&shown.get(list.range.clone()).unwrap_or_default().join(&b','));
        out.push(b']');
        if let (Some(cursor), Some(row), Some(place)) =
            (&list.next, self.holders.rows.get(holder), self.holders.places.get(holder))
        {
            let owner = canonical_entity(context.model(), place, &row.key);
            let query = next_link_query(&self.own_query(), cursor);
            member(out, &format!("{name}@odata.nextLink"));
            write_string(out, &format!("{}/{owner}/{name}?{query}", context.service_root()));
        }
    }

    /// The options in parentheses as a query string of their own, with the aliases that they may use.
    fn own_query(&self) -> String {
        let options = nested_query(&self.expand.text);
        let aliases = self
            .context
            .call
            .query
            .split('&')
            .filter(|piece| piece.starts_with('@') || piece.starts_with("%40"));
        let pieces: Vec<&str> = options.iter().map(String::as_str).chain(aliases).collect();
        pieces.join("&")
    }
}

fn member(out: &mut Vec<u8>, name: &str) {
    out.push(b',');
    write_string(out, name);
    out.push(b':');
}
