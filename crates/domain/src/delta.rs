//! `delta`: the changes of a collection since a client last asked, read from the journal.
//!
//! The first round tells everything that is there, page by page in the order of keys, and remembers how long the
//! journal was when it began. Each further round tells what the journal has about the collection since then, every
//! entity in its present state. So an entity may be told twice, and none is ever missed: the journal's entries appear
//! in the order of their numbers.

use std::collections::HashSet;

use bytes::Bytes;
use odata::date_time::Ticks;
use odata::delta::{DELTA_TOKEN, SKIP_TOKEN, Start, Token, split};
use odata::payload::MetadataLevel;
use odata::payload::write::write_string;
use odata::query::options::parse_options;
use odata::query::{Cursor, Expression, Path, QueryOptions, Selection};
use odata::uri::Shape;
use odata::{Key, Value};
use store::{ChangeKind, Query, Row};

use crate::context::Context;
use crate::generic::Presenter;
use crate::handlers::{Handlers, Invocation, Names, Operate, Operating, StartError};
use crate::resolve::{Place, Resolved};
use crate::{Answer, Body, Error, ErrorKind, Status};

/// The name of the function.
const NAME: &str = "delta";

/// Hooks in what is special: every collection that the model gives the function has it.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    for operation in names.model.operations.iter().filter(|operation| &*operation.name == NAME) {
        let odata::edm::Kind::Entity(entity_type) = operation.binding.kind else { continue };
        let id = names.id_of(entity_type)?;
        handlers.operation(operation.id, Delta { id });
    }
    Ok(())
}

struct Delta {
    /// The path of `id`.
    id: Path,
}

/// What one answer tells.
struct Page {
    present: Vec<Row>,
    removed: Vec<(Key, Reason)>,
    next: Next,
}

/// Where to go on.
enum Next {
    /// There is more now.
    Page(Token),
    /// There may be more later.
    Round(Token),
}

/// Why an entity is no longer part of what the client follows.
#[derive(Clone, Copy)]
enum Reason {
    Deleted,
    /// The filter does not keep it.
    Changed,
}

impl Operate for Delta {
    fn takes_collection_options(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> Operating<'a> {
        Box::pin(async move {
            let Invocation { context, permit, at, options, .. } = invocation;
            let Resolved::Place(place) = at else { return Err(Error::not_found(&context.call.path)) };
            if place.parent.is_some() || place.referring.is_some() || place.of_type.is_some() {
                return Err(Error::not_implemented("The delta of a part of a collection"));
            }
            let follower = Follower { context, place: &place, id: &self.id };
            let (page, asked) = follower.page(options).await?;
            let selection = Selection { properties: self.selected(asked), ..Selection::default() };
            let presenter = Presenter::new(context, permit, &place, &selection);
            let body = body(context, &presenter, &page).await?;
            Ok(Answer::new(Status::Ok, Body::Json { text: body, metadata: context.level }))
        })
    }
}

impl Delta {
    /// What is selected, and `id`: without it nobody could tell what changed.
    fn selected(&self, options: QueryOptions) -> Option<Vec<odata::edm::PropertyId>> {
        let mut selected = options.selection.properties?;
        selected.extend(
            self.id
                .steps
                .iter()
                .map(|step| step.property)
                .filter(|id| !selected.contains(id))
                .collect::<Vec<_>>(),
        );
        Some(selected)
    }
}

/// A client that follows a collection.
struct Follower<'a> {
    context: &'a Context<'a>,
    place: &'a Place,
    id: &'a Path,
}

/// How many entries of the journal are read at once, and how many times in one request.
const ENTRIES: u32 = 1_000;
const READS_MAX: usize = 100;

impl Follower<'_> {
    /// What the request asks for, and the options that the client started with.
    async fn page(&self, given: &QueryOptions) -> Result<(Page, QueryOptions), Error> {
        let context = self.context;
        let newest = context.store.journal_newest(context.tenant()).await?;
        let (start, query) = split(&context.call.query)?;
        let Start::Token(text) = start else {
            refuse_unfit(given)?;
            let token = self.token(newest, None, query);
            let page = match start {
                Start::Latest => Page { present: Vec::new(), removed: Vec::new(), next: Next::Round(token) },
                _ => self.everything(token, given).await?,
            };
            return Ok((page, given.clone()));
        };
        let token = self.read(&text, newest)?;
        let shape = Shape::Entities(context.model().set(self.place.set).entity_type);
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
    async fn everything(&self, token: Token, options: &QueryOptions) -> Result<Page, Error> {
        let size = self.size(options);
        let after = token.after.clone().map(|key| Cursor { values: Vec::new(), key });
        let filter = options.filter.clone();
        let query = Query { filter, after, ..Query::all(self.context.tenant(), self.place.set, size + 1) };
        let mut present = self.context.store.list(&query).await?;
        let is_last = present.len() as u64 <= size;
        present.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        let next = match present.last().filter(|_| !is_last) {
            Some(row) => Next::Page(Token { after: Some(row.key.clone()), ..token }),
            None => Next::Round(Token { after: None, ..token }),
        };
        Ok(Page { present, removed: Vec::new(), next })
    }

    /// A page of what has changed.
    async fn changes(&self, token: Token, newest: i64, options: &QueryOptions) -> Result<Page, Error> {
        let (keys, since) = self.changed(token.since, newest, self.size(options)).await?;
        let there = self.rows(&keys, None).await?;
        let present = match &options.filter {
            None => there.clone(),
            Some(filter) => self.rows(&keys, Some(filter)).await?,
        };
        let has = |rows: &[Row]| -> HashSet<Key> { rows.iter().map(|row| row.key.clone()).collect() };
        let (is_there, is_present) = (has(&there), has(&present));
        let mut removed = Vec::new();
        for key in keys.into_iter().filter(|key| !is_present.contains(key)) {
            let reason = if is_there.contains(&key) { Reason::Changed } else { Reason::Deleted };
            removed.push((key, reason));
        }
        let token = self.token(since, None, token.query);
        let next = if since < newest { Next::Page(token) } else { Next::Round(token) };
        Ok(Page { present, removed, next })
    }

    /// The keys that the journal names after a number, up to as many as a page holds; and how far it was read.
    async fn changed(&self, since: i64, newest: i64, size: u64) -> Result<(Vec<Key>, i64), Error> {
        let (mut keys, mut seen, mut read) = (Vec::new(), HashSet::new(), since);
        for _ in 0..READS_MAX {
            let entries = self.context.store.journal_since(self.context.tenant(), read, ENTRIES).await?;
            if entries.is_empty() {
                return Ok((keys, read.max(newest)));
            }
            for entry in entries {
                // What is newer than that, another read need not see yet.
                if entry.sequence > newest {
                    return Ok((keys, newest));
                }
                let is_change = entry.set == self.place.set && entry.kind != ChangeKind::Revealed;
                for key in entry.keys.into_iter().filter(|_| is_change) {
                    if seen.contains(&key) {
                        continue;
                    }
                    if keys.len() as u64 == size {
                        return Ok((keys, read));
                    }
                    seen.insert(key.clone());
                    keys.push(key);
                }
                read = entry.sequence;
            }
            if read >= newest {
                break;
            }
        }
        Ok((keys, read))
    }

    /// Those of the keys that are there and kept by the filter.
    async fn rows(&self, keys: &[Key], filter: Option<&Expression>) -> Result<Vec<Row>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let items = keys.iter().map(|key| Value::String(key.to_string().into())).collect();
        let among = Expression::In(Box::new(Expression::Path(self.id.clone())), items);
        let filter = match filter {
            None => among,
            Some(filter) => Expression::And(Box::new(among), Box::new(filter.clone())),
        };
        let most = keys.len() as u64;
        let query = Query { filter: Some(filter), ..Query::all(self.context.tenant(), self.place.set, most) };
        Ok(self.context.store.list(&query).await?)
    }

    fn size(&self, options: &QueryOptions) -> u64 {
        let most = self.context.settings.page_size;
        options.top.unwrap_or(most).clamp(1, most)
    }

    fn token(&self, since: i64, after: Option<Key>, query: String) -> Token {
        let set = self.context.model().set(self.place.set).path.to_string();
        Token { set, at: self.context.now, since, after, query }
    }

    /// A token of ours, for this collection of this tenant, that the journal still reaches.
    fn read(&self, text: &str, newest: i64) -> Result<Token, Error> {
        let context = self.context;
        let token = Token::decode(text, |content| context.store.seal_of(context.tenant(), content))?;
        if token.set != *context.model().set(self.place.set).path {
            return Err(Error::bad_request("The token was given for another collection."));
        }
        let days = context.settings.delta_token_days;
        let Ticks(age) = Ticks(context.now.0 - token.at.0);
        if age > i64::from(days) * TICKS_PER_DAY {
            let message = format!("The token is older than {days} days; start again without one.");
            return Err(Error::new(ErrorKind::SyncStateNotFound, message));
        }
        // The database is an older one than it was, brought back from a backup.
        if token.since > newest {
            let message = "The token is about changes that are no longer known; start again without one.";
            return Err(Error::new(ErrorKind::SyncStateNotFound, message));
        }
        Ok(token)
    }
}

const TICKS_PER_DAY: i64 = 24 * 60 * 60 * 10_000_000;

/// Changes come in no order of the client's, and none is left out.
fn refuse_unfit(options: &QueryOptions) -> Result<(), Error> {
    let given = [
        ("$orderby", !options.order_by.is_empty()),
        ("$skip", options.skip > 0),
        ("$count", options.count),
        ("$expand", !options.selection.expand.is_empty()),
    ];
    match given.into_iter().find(|(_, is_given)| *is_given) {
        Some((name, _)) => {
            Err(Error::bad_request(format!("The query option {name} does not apply to '{NAME}'.")))
        }
        None => Ok(()),
    }
}

/// What the client selected and filtered when it started is in the token.
fn refuse_frozen(options: &QueryOptions) -> Result<(), Error> {
    refuse_unfit(options)?;
    if options.filter.is_some() || options.selection.properties.is_some() {
        return Err(Error::bad_request(
            "The token holds the $select and $filter it was asked for with; to change them, start again without it.",
        ));
    }
    Ok(())
}

async fn body(context: &Context<'_>, presenter: &Presenter<'_>, page: &Page) -> Result<Bytes, Error> {
    let mut out = Vec::with_capacity(page.present.len() * 1_280 + page.removed.len() * 96 + 512);
    out.push(b'{');
    if context.level != MetadataLevel::None {
        out.extend_from_slice(b"\"@odata.context\":");
        write_string(&mut out, &presenter.context_url(false));
        out.push(b',');
    }
    let (member, option, token) = match &page.next {
        Next::Page(token) => ("@odata.nextLink", SKIP_TOKEN, token),
        Next::Round(token) => ("@odata.deltaLink", DELTA_TOKEN, token),
    };
    let text = token.encode(|content| context.store.seal_of(context.tenant(), content))?;
    write_string(&mut out, member);
    out.push(b':');
    write_string(&mut out, &format!("{}{}?{option}={text}", context.call.origin, context.call.path));
    out.extend_from_slice(b",\"value\":[");
    presenter.rows(&mut out, &page.present).await?;
    for (at, (key, reason)) in page.removed.iter().enumerate() {
        let is_first = at == 0 && page.present.is_empty();
        let reason = match reason {
            Reason::Deleted => "deleted",
            Reason::Changed => "changed",
        };
        out.extend_from_slice(if is_first { b"{\"id\":" } else { b",{\"id\":" });
        write_string(&mut out, &key.to_string());
        out.extend_from_slice(format!(",\"@removed\":{{\"reason\":\"{reason}\"}}}}").as_bytes());
    }
    out.extend_from_slice(b"]}");
    Ok(out.into())
}
