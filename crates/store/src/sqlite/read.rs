//! The functions that read on a connection.

use std::ops::Range;

use odata::date_time::Ticks;
use odata::edm::Kind;
use odata::{Key, Value};
use rusqlite::types::{ToSql, ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, OptionalExtension, Statement as Prepared};
use uuid::Uuid;

use super::candidates::{Candidates, candidates};
use super::error::read_error;
use super::identities::Identities;
use super::trigrams::TrigramIndexes;
use crate::error::ReadError;
use crate::idempotency::StoredIdempotencyRecord;
use crate::journal::{ChangeKind, JournalEntry, PAGE_KEYS_BYTES_MAX, decode_keys};
use crate::layout::Layout;
use crate::query::{Owned, ValueCount};
use crate::row::{ROW_COLUMNS, Row, RowBuffer};
use crate::sql::{ReadStatement, SqlValue, idempotency, journal as entries};
use crate::unit::Actor;

impl ToSql for SqlValue {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            SqlValue::Null => ValueRef::Null,
            SqlValue::Integer(number) => ValueRef::Integer(*number),
            SqlValue::Real(number) => ValueRef::Real(*number),
            SqlValue::Text(text) => ValueRef::Text(text.as_bytes()),
            SqlValue::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Binds values to consecutive parameters.
pub(super) fn bind(statement: &mut Prepared<'_>, first: usize, values: &[SqlValue]) -> rusqlite::Result<()> {
    values.iter().enumerate().try_for_each(|(at, value)| statement.raw_bind_parameter(first + at, value))
}

/// The rows that a statement yields.
pub(super) fn rows(
    connection: &Connection,
    identities: &Identities,
    trigrams: Option<&TrigramIndexes>,
    statement: &ReadStatement,
) -> Result<Vec<Row>, ReadError> {
    // A tenant that the file has never heard of has no rows.
    let Some(tenant) = identities.number(connection, statement.tenant).map_err(read_error)? else {
        return Ok(Vec::new());
    };
    let candidates = candidates(connection, tenant, trigrams, statement)?;
    let mut prepared = prepare(connection, tenant, statement, candidates.as_ref())?;
    let mut found = prepared.raw_query();
    let mut buffer = RowBuffer::default();
    while let Some(row) = found.next().map_err(read_error)? {
        read_row(row, &mut buffer)?;
        buffer.sorted_by(sorted_by(row, ROW_COLUMNS, &statement.sorted_by)?);
    }
    Ok(buffer.finish())
}

/// The rows of lists of several owners: after a row's columns come its owner, its position and the list's length.
pub(super) fn owned(
    connection: &Connection,
    identities: &Identities,
    statement: &ReadStatement,
) -> Result<Vec<Owned>, ReadError> {
    let Some(tenant) = identities.number(connection, statement.tenant).map_err(read_error)? else {
        return Ok(Vec::new());
    };
    let mut prepared = prepare(connection, tenant, statement, None)?;
    let mut found = prepared.raw_query();
    let (mut lists, mut buffer) = (Vec::new(), RowBuffer::default());
    while let Some(row) = found.next().map_err(read_error)? {
        let number = |at| {
            let number = row.get::<_, i64>(at).map_err(read_error)?;
            u64::try_from(number).map_err(|_| ReadError::Corrupt(format!("the number {number} in a list")))
        };
        let owner: Vec<u8> = row.get(ROW_COLUMNS).map_err(read_error)?;
        let owner =
            Key::from_bytes(&owner).ok_or_else(|| ReadError::Corrupt(format!("the key {owner:02x?}")))?;
        lists.push((owner, number(ROW_COLUMNS + 1)?, number(ROW_COLUMNS + 2)?));
        read_row(row, &mut buffer)?;
        buffer.sorted_by(sorted_by(row, ROW_COLUMNS + 3, &statement.sorted_by)?);
    }
    let owned = lists.into_iter().zip(buffer.finish());
    Ok(owned.map(|((owner, place, total), row)| Owned { owner, place, total, row }).collect())
}

/// The numbers of entities that a statement yields, with their owners and values.
pub(super) fn value_counts(
    connection: &Connection,
    identities: &Identities,
    statement: &ReadStatement,
) -> Result<Vec<ValueCount>, ReadError> {
    let Some(tenant) = identities.number(connection, statement.tenant).map_err(read_error)? else {
        return Ok(Vec::new());
    };
    let mut prepared = prepare(connection, tenant, statement, None)?;
    let mut found = prepared.raw_query();
    let mut counts = Vec::new();
    while let Some(row) = found.next().map_err(read_error)? {
        let owner: Vec<u8> = row.get(0).map_err(read_error)?;
        let (value, count) = (row.get(1).map_err(read_error)?, row.get(2).map_err(read_error)?);
        counts.push(ValueCount::read(&owner, value, count)?);
    }
    Ok(counts)
}

/// The number that a statement yields.
pub(super) fn count(
    connection: &Connection,
    identities: &Identities,
    trigrams: &TrigramIndexes,
    statement: &ReadStatement,
) -> Result<u64, ReadError> {
    let Some(tenant) = identities.number(connection, statement.tenant).map_err(read_error)? else {
        return Ok(0);
    };
    let candidates = candidates(connection, tenant, Some(trigrams), statement)?;
    let mut prepared = prepare(connection, tenant, statement, candidates.as_ref())?;
    let mut found = prepared.raw_query();
    let row = found
        .next()
        .map_err(read_error)?
        .ok_or_else(|| ReadError::Corrupt("a count without a row".into()))?;
    let number: i64 = row.get(0).map_err(read_error)?;
    u64::try_from(number).map_err(|_| ReadError::Corrupt(format!("a count of {number}")))
}

/// The statement with its parameters: the one over candidates, if there are few.
fn prepare<'c>(
    connection: &'c Connection,
    tenant: i64,
    statement: &ReadStatement,
    candidates: Option<&Candidates<'_>>,
) -> Result<CachedStatement<'c>, ReadError> {
    let bound = |text: &str, parameters: &[SqlValue]| {
        let mut prepared = connection.prepare_cached(text).map_err(read_error)?;
        prepared.raw_bind_parameter(1, tenant).map_err(read_error)?;
        bind(&mut prepared, 2, parameters).map_err(read_error)?;
        Ok(prepared)
    };
    if let Some(candidate_read) = &statement.candidate_read
        && let Some(candidates) = candidates
    {
        let mut prepared = bound(&candidate_read.text, &candidate_read.parameters)?;
        prepared.raw_bind_parameter(2, &*candidates.json).map_err(read_error)?;
        return Ok(prepared);
    }
    bound(&statement.text, &statement.parameters)
}

fn read_row(row: &rusqlite::Row<'_>, buffer: &mut RowBuffer) -> Result<(), ReadError> {
    let cell = |at| row.get_ref(at).map_err(read_error);
    let (ValueRef::Blob(key), ValueRef::Integer(version), ValueRef::Text(document)) =
        (cell(0)?, cell(1)?, cell(2)?)
    else {
        return Err(ReadError::Corrupt("a row's columns have other types than were written".into()));
    };
    let key = Key::from_bytes(key).ok_or_else(|| ReadError::Corrupt(format!("the key {key:02x?}")))?;
    if std::str::from_utf8(document).is_err() {
        return Err(ReadError::Corrupt(format!("the document of {key} is not UTF-8")));
    }
    let sealed = match cell(3)? {
        ValueRef::Blob(sealed) => Some(sealed.into()),
        ValueRef::Null => None,
        _ => return Err(ReadError::Corrupt(format!("the secrets of {key} have another type"))),
    };
    let detached = match cell(4)? {
        ValueRef::Blob(detached) => Some(detached),
        ValueRef::Null => None,
        _ => return Err(ReadError::Corrupt(format!("the binary value of {key} has another type"))),
    };
    buffer.push(key, version, (document, detached), sealed)
}

/// The values of other entities that a row was ordered by, in the columns from `first` on.
fn sorted_by(row: &rusqlite::Row<'_>, first: usize, kinds: &[Kind]) -> Result<Vec<Value>, ReadError> {
    let corrupt = || ReadError::Corrupt("a list is ordered by a value of another type".into());
    let value = |(at, kind): (usize, &Kind)| {
        let value = match row.get_ref(first + at).map_err(read_error)? {
            ValueRef::Integer(number) => SqlValue::Integer(number),
            ValueRef::Real(number) => SqlValue::Real(number),
            ValueRef::Text(text) => SqlValue::Text(std::str::from_utf8(text).map_err(|_| corrupt())?.into()),
            ValueRef::Null => SqlValue::Null,
            ValueRef::Blob(_) => return Err(corrupt()),
        };
        value.into_value(*kind).ok_or_else(corrupt)
    };
    kinds.iter().enumerate().map(value).collect()
}

/// A tenant's journal after a sequence number, without entries of sets that have left the model.
pub(super) fn journal(
    connection: &Connection,
    identities: &Identities,
    layout: &Layout,
    (tenant, after, limit): (Uuid, i64, u32),
) -> Result<Vec<JournalEntry>, ReadError> {
    let Some(tenant) = identities.number(connection, tenant).map_err(read_error)? else {
        return Ok(Vec::new());
    };
    let mut prepared = connection.prepare_cached(entries::SINCE.sqlite()).map_err(read_error)?;
    let mut found = prepared.query((tenant, after)).map_err(read_error)?;
    let (mut entries, limit) = (Vec::new(), usize::try_from(limit).unwrap_or(usize::MAX));
    let mut keys_bytes = 0;
    while entries.len() < limit
        && keys_bytes < PAGE_KEYS_BYTES_MAX
        && let Some(row) = found.next().map_err(read_error)?
    {
        if let Some(entry) = entry_of(row, layout)? {
            keys_bytes += row.get_ref(7).map_err(read_error)?.as_bytes().map_or(0, <[u8]>::len);
            entries.push(entry);
        }
    }
    Ok(entries)
}

/// A tenant's entries after a number that name a key, newest first.
pub(super) fn journal_of(
    connection: &Connection,
    identities: &Identities,
    layout: &Layout,
    (tenant, range, key, limit): (Uuid, Range<i64>, &[u8], u32),
) -> Result<(Vec<JournalEntry>, Option<i64>), ReadError> {
    let Some(tenant) = identities.number(connection, tenant).map_err(read_error)? else {
        return Ok((Vec::new(), None));
    };
    let mut prepared = connection.prepare_cached(entries::OF_KEY.sqlite()).map_err(read_error)?;
    let mut found = prepared.query((tenant, range.start, range.end, key, limit)).map_err(read_error)?;
    let mut entries = Vec::new();
    while let Some(row) = found.next().map_err(read_error)? {
        entries.extend(entry_of(row, layout)?);
    }
    let mut before = connection.prepare_cached(entries::NEWEST_BEFORE.sqlite()).map_err(read_error)?;
    let earlier = before.query_row((tenant, range.start), |row| row.get(0)).map_err(read_error)?;
    Ok((entries, earlier))
}

/// The record of an idempotent request, unless it is from before `since`.
pub(super) fn recall(
    connection: &Connection,
    identities: &Identities,
    (tenant, name, since): (Uuid, &[u8], i64),
) -> Result<Option<StoredIdempotencyRecord>, ReadError> {
    let Some(tenant) = identities.number(connection, tenant).map_err(read_error)? else { return Ok(None) };
    let mut prepared = connection.prepare_cached(idempotency::READ.sqlite()).map_err(read_error)?;
    let record = |row: &rusqlite::Row<'_>| {
        Ok(StoredIdempotencyRecord {
            content: row.get(0)?,
            key: row.get(1)?,
            version: row.get(2)?,
            document: row.get(3)?,
        })
    };
    prepared.query_row((tenant, name, since), record).optional().map_err(read_error)
}

fn entry_of(row: &rusqlite::Row<'_>, layout: &Layout) -> Result<Option<JournalEntry>, ReadError> {
    let integer = |at| row.get::<_, i64>(at).map_err(read_error);
    let uuid = |at| row.get::<_, [u8; 16]>(at).map(Uuid::from_bytes).map_err(read_error);
    let Some(set) = layout.set_of(integer(2)?) else { return Ok(None) };
    let sequence = integer(0)?;
    let corrupt = |what| ReadError::Corrupt(format!("the {what} of journal entry {sequence}"));
    let kind = ChangeKind::from_number(row.get(3).map_err(read_error)?).ok_or_else(|| corrupt("kind"))?;
    let ValueRef::Blob(keys) = row.get_ref(7).map_err(read_error)? else { return Err(corrupt("keys")) };
    Ok(Some(JournalEntry {
        sequence,
        at: Ticks(integer(1)?),
        set,
        kind,
        keys: decode_keys(kind, keys).ok_or_else(|| corrupt("keys"))?,
        actor: Actor { id: uuid(4)?, application: uuid(5)? },
        request_id: uuid(6)?,
    }))
}
