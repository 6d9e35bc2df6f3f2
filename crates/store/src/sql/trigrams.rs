//! SQLite's index of trigrams: from three characters to the rows whose texts hold them.
//!
//! It finds candidates, each of which the query's own conditions look at again, so that it changes no answer. To write
//! it costs ten times as much alone as in company: with a change it is only noted that a row has other texts, the
//! writer indexes what is noted when it has nothing else to do, and until then these rows are candidates of every
//! search. Triggers would note it too, but what has a trigger SQLite prepares to undo, by writing each page twice.
//!
//! An entry's number is the tenant's and the row's, and its text begins with three characters that stand for the
//! tenant: what other tenants have lies elsewhere, and is skipped.

use std::sync::Arc;

use super::dialect::{Dialect, quoted};
use super::value::SchemaStep;
use crate::layout::{Column, ColumnSource, Table};

/// The number of bits of an entry's number that are the row's; the tenant's are above them.
const ROW_BITS: u32 = 40;
/// The largest number of rows that are indexed in one transaction, which takes some 20 ms.
pub(crate) const BATCH_ROWS_MAX: usize = 512;
/// The number of candidates for each row that is wanted, within bounds: to gather more costs more than to look at all
/// rows until there are enough.
const CANDIDATES_OF_EACH: u64 = 16;
const CANDIDATES_MIN: u64 = 512;
const CANDIDATES_MAX: u64 = 4_096;

/// The name of a table's index, unquoted; none for a table whose rows are always found by their parent. No set's name
/// begins so.
pub(crate) fn name(table: &Table, dialect: Dialect) -> Option<String> {
    let wanted = dialect == Dialect::Sqlite && table.parent.is_none() && !table.singleton;
    (wanted && table.search().is_some()).then(|| format!("{}_trigrams", table.number))
}

/// Makes an index. `is_new`: there may be rows whose texts are not in it.
pub(crate) fn create(table: &Table, index: &str, is_new: bool) -> Vec<SchemaStep> {
    let (rows, number) = (quoted(&table.name), table.number);
    let mut made = vec![
        "create table if not exists unindexed (entity_set integer, tenant integer, row integer, \
         primary key (entity_set, tenant, row)) without rowid"
            .to_owned(),
        format!(
            "create virtual table if not exists {} using fts5(texts, content='', contentless_delete=1, \
             detail='none', tokenize='trigram case_sensitive 1')",
            quoted(index)
        ),
    ];
    if is_new {
        made.push(format!("insert or ignore into unindexed select {number}, tenant, rowid from {rows}"));
    }
    made.into_iter().map(|text| SchemaStep { text, parameters: Vec::new() }).collect()
}

/// The statements that note that a row has other texts. A note too many does no harm.
#[derive(Clone, Debug)]
pub(crate) struct TrigramNotes {
    /// Run after the insert of a row: tenant.
    pub inserted: Arc<str>,
    /// Run before an update: tenant, key, expected version, texts.
    pub updated: Arc<str>,
    /// Run before a delete: tenant, key, expected version.
    pub deleted: Arc<str>,
    /// The index of the column that has the texts.
    pub texts: usize,
}

impl TrigramNotes {
    /// The notes of a table, if it has an index.
    pub(crate) fn render(table: &Table, dialect: Dialect) -> Option<TrigramNotes> {
        name(table, dialect)?;
        let texts = table.columns.iter().position(|column| column.source == ColumnSource::Search)?;
        let (rows, number) = (quoted(&table.name), table.number);
        let deleted = format!(
            "insert or ignore into unindexed select {number}, tenant, rowid from {rows} \
             where tenant = ?1 and key = ?2 and version = ?3"
        );
        let column = quoted(&table.columns.get(texts)?.name);
        Some(TrigramNotes {
            inserted: format!("insert or ignore into unindexed values ({number}, ?1, last_insert_rowid())")
                .into(),
            updated: format!("{deleted} and {column} is not ?4").into(),
            deleted: deleted.into(),
            texts,
        })
    }
}

/// The statements that index some of the rows that have other texts, in this order; the last one changes as many rows
/// as were indexed.
pub(crate) fn index_some(table: &Table, texts: &Column, index: &str) -> [String; 3] {
    let (rows, index, texts, number) =
        (quoted(&table.name), quoted(index), quoted(&texts.name), table.number);
    let some = format!(
        "select tenant, row from unindexed where entity_set = {number} order by tenant, row limit {BATCH_ROWS_MAX}"
    );
    let entry = format!("(some.tenant << {ROW_BITS} | some.row)");
    [
        format!("delete from {index} where rowid in (select {entry} from ({some}) some)"),
        format!(
            "insert into {index} (rowid, texts) select {entry}, {} || {texts} from ({some}) some \
             cross join {rows} present on present.rowid = some.row and present.tenant = some.tenant",
            mark("some.tenant")
        ),
        format!("delete from unindexed where entity_set = {number} and (tenant, row) in ({some})"),
    ]
}

/// The statement that yields the candidates of a pattern, one more than the largest number at most: tenant, pattern.
pub(crate) fn candidates(table: &Table, index: &str, candidates_max: u64) -> String {
    let (index, number, limit) = (quoted(index), table.number, candidates_max + 1);
    format!(
        "select rowid & {} from {index} where {index} match '\"' || {} || '\" AND (' || ?2 || ')' \
         union all select row from unindexed where entity_set = {number} and tenant = ?1 limit {limit}",
        (1_u64 << ROW_BITS) - 1,
        mark("?1")
    )
}

/// The largest number of candidates that are worth being read one by one, if so many rows are wanted.
pub(crate) fn worth(limit: u64) -> u64 {
    limit.saturating_mul(CANDIDATES_OF_EACH).clamp(CANDIDATES_MIN, CANDIDATES_MAX)
}

/// Three characters of private use that stand for a tenant.
fn mark(tenant: &str) -> String {
    let digit = |shift: u32| format!("983040 + ({tenant} >> {shift} & 32767)");
    format!("char({}, {}, {})", digit(30), digit(15), digit(0))
}
