//! The units that are written together: everything is sent at once, in one flight, before the first answer is read.

use std::collections::{BTreeMap, HashMap};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::Poll;

use odata::edm::SetId;
use tokio_postgres::Row;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::beside::{self, Beside};
use super::journal::{self, Entries};
use super::plan::Plan;
use super::rows::{OneRow, Rows};
use super::{Stop, Tables};
use crate::postgres::connection::Connection;
use crate::postgres::failure::Failure;
use crate::postgres::value::column;
use crate::sql::{PreparedChange, PreparedUnit};

/// Takes numbers for many tenants and locks them until the end of the transaction, in the order given: that is what
/// puts the commits of a tenant in order, whichever process they come from.
static TAKE_NUMBERS: LazyLock<Arc<str>> = LazyLock::new(|| {
    "insert into tenant (id, sequence) select * from unnest($1::uuid[], $2::bigint[]) \
     on conflict (id) do update set sequence = tenant.sequence + excluded.sequence returning id, sequence"
        .into()
});

/// Inserts come before updates, and parents before what they contain, as sets are ordered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Verb {
    Insert,
    Update,
}

/// The rows of one statement, and which unit each comes from.
#[derive(Default)]
struct Group<'a> {
    rows: Rows<'a>,
    origins: Vec<Origin>,
}

struct Origin {
    unit: usize,
    tenant: Uuid,
    back: i64,
}

/// Everything that goes out in one flight.
pub(super) struct Grouped<'a> {
    groups: BTreeMap<(Verb, SetId), Group<'a>>,
    entries: Entries,
    beside: Beside<'a>,
    /// How many of each tenant's numbers are used.
    pub used: HashMap<Uuid, i64>,
    /// For each unit, how far back its first number lies.
    pub first_back: HashMap<usize, i64>,
}

impl<'a> Grouped<'a> {
    /// Gathers the plan's grouped units into statements.
    pub fn gather(tables: &Tables, units: &[&'a PreparedUnit], plan: &Plan) -> Grouped<'a> {
        let mut grouped = Grouped {
            groups: BTreeMap::new(),
            entries: Entries::default(),
            beside: Beside::default(),
            used: HashMap::new(),
            first_back: HashMap::new(),
        };
        for (index, unit) in plan.grouped.iter().filter_map(|index| Some((*index, *units.get(*index)?))) {
            let total = plan.changes.get(&unit.tenant).copied().unwrap_or_default();
            let used = grouped.used.entry(unit.tenant).or_default();
            grouped.first_back.insert(index, total - 1 - *used);
            for change in &unit.changes {
                if let PreparedChange::Beside(change) = change {
                    grouped.beside.push(index, unit, change);
                    continue;
                }
                let back = total - 1 - *used;
                *used += 1;
                grouped.entries.push(&tables.layout, unit, change, back);
                let Some((place, row)) = one_row(unit.tenant, change, back) else { continue };
                let group = grouped.groups.entry(place).or_default();
                group.rows.push(row);
                group.origins.push(Origin { unit: index, tenant: unit.tenant, back });
            }
        }
        grouped
    }

    /// Whether nothing is left to check before the commit, which can then go with the flight: a unit alone that only
    /// inserts either does so or fails. An update, or an insert into what may be gone, can quietly do nothing.
    pub fn ends(&self, tables: &Tables, plan: &Plan) -> bool {
        let certain =
            |(verb, set): &(Verb, SetId)| *verb == Verb::Insert && tables.layout.table(*set).parent.is_none();
        let alone = plan.single.is_empty() && plan.grouped.len() == 1;
        alone && self.groups.keys().all(certain) && self.beside.is_certain()
    }

    /// Begins the transaction, takes the numbers and writes; commits too, if that [`ends`](Grouped::ends) it. After a
    /// statement that failed the commit undoes everything. Returns each tenant's last number.
    pub async fn write(
        &self,
        connection: &Connection,
        tables: &Tables,
        plan: &Plan,
    ) -> Result<HashMap<Uuid, i64>, Stop> {
        let (tenants, changes): (Vec<Uuid>, Vec<i64>) = plan.changes.iter().unzip();
        let ends = self.ends(tables, plan);
        let take_numbers = connection.prepare(&TAKE_NUMBERS).await?;
        let numbers: [&(dyn ToSql + Sync); 2] = [&tenants, &changes];
        let mut statements = Vec::with_capacity(self.groups.len() + 1);
        for ((verb, set), group) in &self.groups {
            let texts = tables.texts(*set);
            let text = match verb {
                Verb::Insert if ends => &texts.lone_insert,
                Verb::Insert => &texts.insert,
                Verb::Update => &texts.update,
            };
            let statement = connection.prepare(text).await?;
            statements.push((statement, group.rows.parameters(tables.layout.table(*set))));
        }
        if self.entries.len() > 0 {
            let append = connection.prepare(&journal::APPEND).await?;
            statements.push((append, self.entries.parameters().to_vec()));
        }
        let beside = self.beside.statements();
        for statement in &beside {
            statements.push((connection.prepare(statement.text).await?, statement.parameters.clone()));
        }
        let mut flight: Vec<Answer<'_>> = vec![Box::pin(connection.begin())];
        flight.push(Box::pin(connection.send(&take_numbers, &numbers)));
        for (statement, parameters) in &statements {
            flight.push(Box::pin(connection.send(statement, parameters)));
        }
        if ends {
            flight.push(Box::pin(connection.commit()));
        }
        let answers = in_order(flight).await;
        if ends && let Some(message) = unknown(&answers) {
            return Err(Stop::unknown(message));
        }
        let mut answers = answers.into_iter();
        let (_, numbered) = (answers.next().transpose()?, answers.next().transpose()?);
        let last = last_numbers(&numbered.unwrap_or_default())?;
        self.check(&last, &beside, answers)?;
        Ok(last)
    }

    /// Every row must have been changed, and have got the number meant for it.
    fn check(
        &self,
        last: &HashMap<Uuid, i64>,
        beside: &[beside::Statement<'_>],
        answers: impl Iterator<Item = Result<Vec<Row>, Failure>>,
    ) -> Result<(), Stop> {
        let mut suspects = Vec::new();
        let answers = answers.collect::<Result<Vec<_>, Failure>>().map_err(|failure| match failure {
            // One of the rows is impossible; which one shows when they are written one by one.
            Failure::Refused(_) | Failure::Taken(_) => {
                Stop::Suspects(self.first_back.keys().copied().collect())
            }
            failure => Stop::Failed(failure),
        })?;
        let mut answers = answers.into_iter();
        for (group, answer) in self.groups.values().zip(answers.by_ref()) {
            if answer.len() == group.origins.len() && group.origins.len() == 1 {
                continue;
            }
            let changed: Vec<(Uuid, i64)> = answer
                .iter()
                .map(|row| Ok((column(row, 0)?, column(row, 1)?)))
                .collect::<Result<_, Failure>>()?;
            let changed: std::collections::HashSet<(Uuid, i64)> = changed.into_iter().collect();
            suspects.extend(group.origins.iter().filter_map(|origin| {
                let version = last.get(&origin.tenant)? - origin.back;
                (!changed.contains(&(origin.tenant, version))).then_some(origin.unit)
            }));
        }
        // Behind those of the groups stands the journal's.
        let answers = answers.skip(usize::from(self.entries.len() > 0));
        for (statement, answer) in beside.iter().zip(answers) {
            if answer.len() < statement.units.len() {
                suspects.extend(statement.units);
            }
        }
        if suspects.is_empty() { Ok(()) } else { Err(Stop::Suspects(suspects)) }
    }
}

/// Whether a flight that ends with a commit leaves open if it was committed. If the server ended it before the commit,
/// it was not.
fn unknown(answers: &[Result<Vec<Row>, Failure>]) -> Option<&str> {
    let (commit, before) = answers.split_last()?;
    match before.iter().find(|answer| answer.is_err()).unwrap_or(commit) {
        Err(Failure::Lost(message)) => Some(message),
        Err(Failure::Ended(message)) if before.iter().all(Result::is_ok) => Some(message),
        _ => None,
    }
}

fn one_row(tenant: Uuid, change: &PreparedChange, back: i64) -> Option<((Verb, SetId), OneRow<'_>)> {
    match change {
        PreparedChange::Insert { set, parent, key, columns, document, sealed } => Some((
            (Verb::Insert, *set),
            OneRow {
                tenant,
                parent: parent.as_deref(),
                key,
                expected: None,
                back,
                columns,
                document,
                sealed: sealed.as_deref(),
            },
        )),
        PreparedChange::Update { set, parent, key, expected, columns, document, sealed } => Some((
            (Verb::Update, *set),
            OneRow {
                tenant,
                parent: parent.as_deref(),
                key,
                expected: Some(*expected),
                back,
                columns,
                document,
                sealed: sealed.as_deref(),
            },
        )),
        PreparedChange::Delete { .. }
        | PreparedChange::Note { .. }
        | PreparedChange::Unchanged { .. }
        | PreparedChange::Beside(_) => None,
    }
}

fn last_numbers(rows: &[Row]) -> Result<HashMap<Uuid, i64>, Failure> {
    rows.iter().map(|row| Ok((column(row, 0)?, column(row, 1)?))).collect()
}

/// The answer to a statement of a flight.
type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<Row>, Failure>> + Send + 'a>>;

/// Sends statements in the order given and waits for all answers. A statement is sent when its future is first
/// polled; here, unlike in the libraries' joins, the order of polling is promised.
async fn in_order(flight: Vec<Answer<'_>>) -> Vec<Result<Vec<Row>, Failure>> {
    let mut waiting: Vec<_> = flight.into_iter().map(Some).collect();
    let mut answers: Vec<_> = waiting.iter().map(|_| None).collect();
    poll_fn(|context| {
        for (future, answer) in waiting.iter_mut().zip(&mut answers) {
            if let Some(Poll::Ready(output)) = future.as_mut().map(|future| future.as_mut().poll(context)) {
                (*future, *answer) = (None, Some(output));
            }
        }
        if waiting.iter().all(Option::is_none) { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
    answers.into_iter().flatten().collect()
}
