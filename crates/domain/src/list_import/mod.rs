//! `/_/import`: some rows of a list, registered by one call of the action `import`, and what became of each.
//!
//! The same rows under the same id are sent once, however often they are asked for: who was cut off asks again. The
//! call is the caller's own, so it is authorized, validated and journaled like any other.

mod calls;

use std::io::Cursor;

use bytes::Bytes;
use engine::{Engine, Error, ErrorKind};
use serde_json::{Value, json};

use crate::bulk::Bulk;
use crate::device_list::exchange::{self, Known};
use crate::device_list::{Finding, Identity, ListReader, ListRow, REPORT_COLUMNS, RowOutcome, import_body};

use calls::{list, send};

/// The most rows that are imported at once.
pub const IMPORT_ROWS_MAX: usize = 500;

/// Rows to import: a list with a header.
#[derive(Clone, Debug)]
pub struct ListImport {
    /// The id of these rows, the same whenever they are sent.
    pub import_id: String,
    /// The tag that they get in place of their own.
    pub group_tag: Option<String>,
    /// The text of the list.
    pub list: Bytes,
}

/// Imports rows, or in a rehearsal says what would become of them: a JSON document.
pub(crate) async fn import(engine: &Engine, request: &Bulk, import: &ListImport) -> Result<Bytes, Error> {
    let rows = read(import)?;
    let identities: Vec<&Identity> = rows.iter().filter_map(|row| row.identity.as_ref().ok()).collect();
    let outcomes = match request.is_rehearsal {
        true => {
            let known = registered(engine, request, &identities).await?;
            let mut outcomes: Vec<_> = identities.iter().map(|row| exchange::foretold(row, &known)).collect();
            exchange::complete(&identities, &mut outcomes, &known);
            Some(outcomes)
        }
        false => match registration(engine, request, import, &identities).await? {
            Some(mut outcomes) => {
                let nameless: Vec<&Identity> = std::iter::zip(&identities, &outcomes)
                    .filter(|(_, outcome)| exchange::is_nameless(outcome))
                    .map(|(identity, _)| *identity)
                    .collect();
                let known = registered(engine, request, &nameless).await?;
                exchange::complete(&identities, &mut outcomes, &known);
                Some(outcomes)
            }
            None => None,
        },
    };
    Ok(told(&rows, outcomes).to_string().into())
}

fn read(import: &ListImport) -> Result<Vec<ListRow>, Error> {
    let unread = |error: std::io::Error| Error::bad_request(format!("The list cannot be read: {error}."));
    let list = ListReader::csv(Box::new(Cursor::new(import.list.clone()))).map_err(unread)?;
    let mut list = list.map_err(|findings| {
        let first = findings.first().map_or_else(String::new, Finding::to_string);
        Error::bad_request(format!("This is no list: {first}"))
    })?;
    let mut rows = Vec::new();
    while let Some(row) = list.next_row(import.group_tag.as_deref()).map_err(unread)? {
        if rows.len() == IMPORT_ROWS_MAX {
            let message = format!(
                "At most {IMPORT_ROWS_MAX} rows are imported at once; send the rest in another request."
            );
            return Err(Error::bad_request(message));
        }
        rows.push(row);
    }
    Ok(rows)
}

/// Registers identities, in halves if they are refused because of some; none while some are under way.
async fn registration(
    engine: &Engine,
    request: &Bulk,
    import: &ListImport,
    identities: &[&Identity],
) -> Result<Option<Vec<RowOutcome>>, Error> {
    let mut outcomes: Vec<RowOutcome> = identities.iter().map(|_| RowOutcome::lost()).collect();
    let mut is_under_way = false;
    let mut parts: Vec<_> = std::iter::once(0..identities.len()).collect();
    while let Some(part) = parts.pop() {
        if part.is_empty() {
            continue;
        }
        let import_id = format!("{}.{}-{}", import.import_id, part.start, part.len());
        let path = exchange::records_path(&import_id);
        let mut records = list(engine, request, &path).await?;
        if records.is_empty() {
            let rows = identities[part.clone()].iter().map(|row| &*row.json);
            match send(engine, request, import_body(rows, &import_id), &import_id).await {
                Ok(()) => records = list(engine, request, &path).await?,
                Err(error) if error.kind != ErrorKind::BadRequest => return Err(error),
                Err(error) if part.len() == 1 => {
                    outcomes[part.start] = refusal(&error);
                    continue;
                }
                Err(_) => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                    continue;
                }
            }
        }
        is_under_way |= records.iter().any(exchange::is_under_way);
        // If one is missing, nobody knows whose it was.
        if records.len() == part.len() {
            for (outcome, record) in std::iter::zip(&mut outcomes[part], &records) {
                *outcome = exchange::end_of(record);
            }
        }
    }
    Ok((!is_under_way).then_some(outcomes))
}

fn refusal(error: &Error) -> RowOutcome {
    exchange::refusal(
        0,
        &json!({"error": {"message": error.message, "innerError": {"number": error.code.0}}}),
    )
}

/// The devices with the serial numbers of rows.
async fn registered(engine: &Engine, request: &Bulk, identities: &[&Identity]) -> Result<Known, Error> {
    let mut known = Known::new();
    for path in exchange::registered_paths(identities.iter().copied()) {
        list(engine, request, &path).await?.iter().for_each(|device| exchange::note(&mut known, device));
    }
    Ok(known)
}

/// The document about all rows: in the columns of a report, or that they are under way.
fn told(rows: &[ListRow], outcomes: Option<Vec<RowOutcome>>) -> Value {
    let Some(outcomes) = outcomes else { return json!({"isUnderWay": true, "rows": []}) };
    let mut outcomes = outcomes.into_iter();
    let told: Vec<Value> = rows
        .iter()
        .map(|row| {
            let (serial_number, outcome) = match &row.identity {
                Ok(identity) => (&identity.serial_number, outcomes.next().unwrap_or_else(RowOutcome::lost)),
                Err(failure) => (&row.serial_number, RowOutcome::Failed(failure.clone())),
            };
            let line = row.line.to_string();
            let values = [&*line, serial_number].into_iter().chain(outcome.reported());
            let members =
                std::iter::zip(REPORT_COLUMNS, values).map(|(name, value)| (name.to_owned(), value.into()));
            Value::Object(members.collect())
        })
        .collect();
    json!({"isUnderWay": false, "rows": told})
}
