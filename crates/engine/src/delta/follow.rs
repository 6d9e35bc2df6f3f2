//! A client that follows a collection: what it is told next, and how far it has come then.

use std::collections::HashSet;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use odata::date_time::Ticks;
use odata::delta::{DeltaOrigin, DeltaToken};
use odata::query::options::parse_options;
use odata::query::{Cursor, Expression, Path, QueryOptions};
use odata::uri::Shape;
use odata::{Key, Value};
use store::{ChangeKind, Query, Row};

use super::page::{DeltaPage, NextRequest, RemovalReason};
use crate::collection::{Collection, both};
use crate::context::{Context, DeltaStart};
use crate::{Error, ErrorKind};

/// The name of the function.
pub(super) const NAME: &str = "delta";

/// A client that follows a collection.
pub(super) struct Follower<'a> {
    pub(super) context: &'a Context<'a>,
    pub(super) collection: &'a Collection,
    pub(super) id: &'a Path,
}

/// A place in the journal: behind the entry of a number, and so many entities of the next one.
#[derive(Clone, Copy)]
struct JournalPlace {
    since: i64,
    told: u64,
}

/// An entity that the journal names.
struct ChangedKey {
    key: Key,
    /// Whether the first that the journal says of it is that it was created.
    is_new: bool,
}

impl JournalPlace {
    /// The place between two entries.
    fn after(since: i64) -> JournalPlace {
        JournalPlace { since, told: 0 }
    }
}

/// The entries of the journal that are read at once, and the times that one request reads.
const ENTRIES_MAX: u32 = 1_000;
const READS_MAX: usize = 100;

impl Follower<'_> {
    /// The page that the request asks for, and the options that the client started with.
    pub(super) async fn page(&self, given: &QueryOptions) -> Result<(DeltaPage, QueryOptions), Error> {
        let context = self.context;
        let newest = context.store.journal_newest(context.tenant()).await?;
        let Some(DeltaStart { start, query }) = &context.delta else {
            return Err(Error::not_found(&context.call.path));
        };
        let DeltaOrigin::Token(text) = start else {
            refuse_unfit(given)?;
            let token = self.token(JournalPlace::after(newest), query.clone());
            let page = match start {
                DeltaOrigin::Latest => DeltaPage {
                    present: Vec::new(),
                    removed: Vec::new(),
                    next: NextRequest::Round(token),
                    of_changes: false,
                },
                _ => self.everything(token, given).await?,
            };
            return Ok((page, given.clone()));
        };
        let token = self.read(text, newest)?;
        let shape = Shape::Entities(context.model().set(self.collection.set).entity_type);
        let mut options = parse_options(context.model(), context.version, context.now, &token.query, &shape)?;
        refuse_frozen(given)?;
        options.top = given.top.or(options.top);
        let page = match token.after {
            Some(_) => self.everything(token, &options).await?,
            None => self.changes(token, newest, &options).await?,
        };
        Ok((page, options))
    }

    /// A page of what is there.
    async fn everything(&self, token: DeltaToken, options: &QueryOptions) -> Result<DeltaPage, Error> {
        let size = self.size(options);
        let after = token.after.clone().map(|key| Cursor { values: Vec::new(), key });
        let filter = both(self.collection.condition().as_ref(), options.filter.as_ref());
        let query =
            Query { filter, after, ..Query::all(self.context.tenant(), self.collection.set, size + 1) };
        let mut present = self.context.list(&query).await?;
        let is_last = present.len() as u64 <= size;
        present.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let next = match present.last().filter(|_| !is_last) {
            Some(row) => NextRequest::Page(DeltaToken { after: Some(row.key.clone()), ..token }),
            None => NextRequest::Round(DeltaToken { after: None, ..token }),
        };
        Ok(DeltaPage { present, removed: Vec::new(), next, of_changes: false })
    }

    /// A page of what has changed.
    async fn changes(
        &self,
        token: DeltaToken,
        newest: i64,
        options: &QueryOptions,
    ) -> Result<DeltaPage, Error> {
        let from = JournalPlace { since: token.since, told: token.told };
        let (changed, place) = self.changed(from, newest, self.size(options)).await?;
        // Asked after the journal was read, so that nothing can have been pruned unnoticed.
        if self.context.store.journal_pruned(self.context.tenant()).await? > from.since {
            return Err(gone(UNKNOWN));
        }
        let is_new: HashSet<&Key> = changed.iter().filter(|key| key.is_new).map(|key| &key.key).collect();
        let keys: Vec<Key> = changed.iter().map(|key| key.key.clone()).collect();
        let there = self.rows(&keys, None).await?;
        let present = match &options.filter {
            None => there.clone(),
            Some(filter) => self.rows(&keys, Some(filter)).await?,
        };
        let has = |rows: &[Row]| -> HashSet<Key> { rows.iter().map(|row| row.key.clone()).collect() };
        let (is_there, is_present) = (has(&there), has(&present));
        let mut removed = Vec::new();
        for key in keys.iter().filter(|key| !is_present.contains(*key)) {
            // A client that does not see all is not told of the end of what it cannot have been told of.
            if self.collection.visible.is_some() && is_new.contains(key) && !is_there.contains(key) {
                continue;
            }
            let reason = if is_there.contains(key) { RemovalReason::Changed } else { RemovalReason::Deleted };
            removed.push((key.clone(), reason));
        }
        let token = self.token(place, token.query);
        let next = if place.since < newest { NextRequest::Page(token) } else { NextRequest::Round(token) };
        Ok(DeltaPage { present, removed, next, of_changes: true })
    }

    /// The keys that the journal names from a place on, up to as many as a page holds; and how far it was read, which may
    /// be to within an entry.
    async fn changed(
        &self,
        from: JournalPlace,
        newest: i64,
        size: u64,
    ) -> Result<(Vec<ChangedKey>, JournalPlace), Error> {
        let (mut keys, mut seen, mut place) = (Vec::new(), HashSet::new(), from);
        for _ in 0..READS_MAX {
            let (store, tenant) = (self.context.store, self.context.tenant());
            let entries = store.journal_since(tenant, place.since, ENTRIES_MAX).await?;
            if entries.is_empty() {
                return Ok((keys, JournalPlace::after(place.since.max(newest))));
            }
            for entry in entries {
                // What is newer than that, another read need not see yet.
                if entry.sequence > newest {
                    return Ok((keys, JournalPlace::after(newest)));
                }
                let is_change = entry.set == self.collection.set && entry.kind.is_change();
                let told = usize::try_from(place.told).unwrap_or(usize::MAX);
                for key in entry.keys.into_iter().filter(|_| is_change).skip(told) {
                    if !seen.contains(&key) {
                        if keys.len() as u64 == size {
                            return Ok((keys, place));
                        }
                        seen.insert(key.clone());
                        keys.push(ChangedKey { key, is_new: entry.kind == ChangeKind::Created });
                    }
                    place.told += 1;
                }
                place = JournalPlace::after(entry.sequence);
            }
            if place.since >= newest {
                break;
            }
        }
        Ok((keys, place))
    }

    /// Those of the keys that are there and kept by the filter.
    async fn rows(&self, keys: &[Key], filter: Option<&Expression>) -> Result<Vec<Row>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = keys.iter().map(|key| Value::String(key.to_string().into())).collect();
        let among = Expression::In(Box::new(Expression::Path(self.id.clone())), items);
        let filter = both(Some(&among), both(self.collection.condition().as_ref(), filter).as_ref());
        let most = keys.len() as u64;
        let query = Query { filter, ..Query::all(self.context.tenant(), self.collection.set, most) };
        self.context.list(&query).await
    }

    fn size(&self, options: &QueryOptions) -> u64 {
        let most = self.context.settings.bounds.now().page_size;
        options.top.unwrap_or(most).clamp(1, most)
    }

    fn token(&self, JournalPlace { since, told }: JournalPlace, query: String) -> DeltaToken {
        let set = self.context.model().set(self.collection.set).path.to_string();
        DeltaToken { set, at: self.context.now, since, told, after: None, query }
    }

    /// A token of ours, for this collection of this tenant, that the journal still reaches.
    fn read(&self, text: &str, newest: i64) -> Result<DeltaToken, Error> {
        let context = self.context;
        let token = DeltaToken::decode(text, |content, seal| {
            verify_slices_are_equal(&context.store.seal_of(context.tenant(), content), seal).is_ok()
        })?;
        if token.set != *context.model().set(self.collection.set).path {
            let error = Error::bad_request("The token was given for another collection.");
            return Err(error.coded(odata::code::MALFORMED_OPTION).about("$deltatoken"));
        }
        check_reach(&token, context.now, context.settings.bounds.now().delta_token_days, newest)?;
        Ok(token)
    }
}

/// Whether what a token starts from is still known.
fn check_reach(token: &DeltaToken, now: Ticks, days: u32, newest: i64) -> Result<(), Error> {
    if now.0 - token.at.0 > i64::from(days) * TICKS_PER_DAY {
        return Err(gone(&format!("The token is older than {days} days; start again without one.")));
    }
    // The database is an older one than it was, brought back from a backup.
    if token.since > newest {
        return Err(gone(UNKNOWN));
    }
    Ok(())
}

const UNKNOWN: &str = "The token is about changes that are no longer known; start again without one.";

fn gone(message: &str) -> Error {
    Error::new(ErrorKind::SyncStateNotFound, message)
}

const TICKS_PER_DAY: i64 = 24 * 60 * 60 * 10_000_000;

/// Changes come in no order of the client's, and none is left out. The journal tells of the entity's own changes: what
/// else a filter may depend on, other entities or the time, it says nothing of.
fn refuse_unfit(options: &QueryOptions) -> Result<(), Error> {
    let given = [
        ("$search", options.search.is_some()),
        ("$orderby", !options.order_by.is_empty()),
        ("$skip", options.skip > 0),
        ("$count", options.count),
        ("$expand", !options.selection.expand.is_empty()),
    ];
    if let Some((name, _)) = given.into_iter().find(|(_, is_given)| *is_given) {
        let message = format!("The query option {name} does not apply to '{NAME}'.");
        return Err(Error::bad_request(message).coded(odata::code::UNFIT_OPTION).about(name));
    }
    if options.asks_the_time || !options.navigations().is_empty() {
        let message = format!("The $filter of '{NAME}' may depend on the entity's own properties only.");
        return Err(Error::bad_request(message).coded(odata::code::UNFIT_OPTION).about("$filter"));
    }
    Ok(())
}

/// What the client selected and filtered when it started is in the token.
fn refuse_frozen(options: &QueryOptions) -> Result<(), Error> {
    refuse_unfit(options)?;
    if options.filter.is_some() || options.selection.properties.is_some() {
        let error = Error::bad_request(
            "The token holds the $select and $filter it was asked for with; to change them, start again without it.",
        );
        return Err(error.coded(odata::code::UNFIT_OPTION).about("$deltatoken"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use odata::date_time::Ticks;
    use odata::delta::DeltaToken;

    use super::{TICKS_PER_DAY, check_reach};
    use crate::ErrorKind;

    #[test]
    fn a_token_reaches_as_far_as_the_settings_and_the_journal() {
        for (days_ago, since, holds) in
            [(0, 7, true), (30, 7, true), (31, 7, false), (-1, 7, true), (0, 8, false), (0, 0, true)]
        {
            let now = Ticks(700_000 * TICKS_PER_DAY);
            let at = Ticks(now.0 - days_ago * TICKS_PER_DAY);
            let token =
                DeltaToken { set: "a/b".into(), at, since, told: 0, after: None, query: String::new() };
            let reached = check_reach(&token, now, 30, 7).map_err(|error| error.kind);
            let expected = if holds { Ok(()) } else { Err(ErrorKind::SyncStateNotFound) };
            assert_eq!(reached, expected, "{days_ago} days ago, {since}");
        }
    }
}
