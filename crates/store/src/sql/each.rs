//! Reading the lists of several owners by one statement: each is numbered, and cut by its numbers.

use odata::Key;
use odata::edm::Model;

use super::dialect::quoted;
use super::read_statement::{Cost, ReadStatement};
use super::row_statements::row;
use super::schema::SqlSchema;
use super::select::Select;
use super::value::SqlValue;
use crate::layout::ColumnKind;
use crate::query::{Owners, Query};

/// The rows of a query for each owner, then the owner, the row's position in its list and the list's length.
pub(crate) fn list(query: &Query, owners: &Owners, schema: &SqlSchema, model: &Model) -> ReadStatement {
    let mut select = Select::new(query, schema, model);
    let (table, dialect) = (select.renderer.table, schema.dialect);
    let (owner, keys) = match owners {
        Owners::Parents(keys) => ("parent".to_owned(), keys),
        Owners::Keys(keys) => ("key".to_owned(), keys),
        Owners::Referring(slot, keys) => (
            match table.reference(*slot) {
                Some(column) => quoted(&column.name),
                None => dialect.document_value("document", &[*slot], Some(ColumnKind::Key)),
            },
            keys,
        ),
    };
    let keys = padded(keys).map(|key| select.renderer.bind(SqlValue::key(key))).collect::<Vec<_>>();
    let mut conditions =
        vec![format!("tenant = {}", dialect.plain_parameter(1)), format!("{owner} in ({})", keys.join(","))];
    conditions.extend(select.matching(false));
    let terms = select.order_terms();
    let order: Vec<String> = terms.iter().map(|term| term.order(dialect)).collect();
    let (elsewhere, sorted_by) = select.elsewhere(&terms);
    let inner = elsewhere.iter().enumerate().map(|(at, text)| format!(", {text} as s{at}"));
    let (inner, outer): (Vec<String>, Vec<String>) =
        inner.enumerate().map(|(at, text)| (text, format!(", s{at}"))).unzip();
    let sealed = if table.sealed { ", sealed" } else { "" };
    let detached = if table.detached.is_some() { ", detached" } else { "" };
    let (first, last) = (query.skip, query.skip.saturating_add(query.limit).min(i64::MAX as u64));
    let text = format!(
        "select {}, owner, place, total{} from (select key, version, document{sealed}{detached}, {owner} as owner, \
         row_number() over (partition by {owner} order by {}) as place, \
         count(*) over (partition by {owner}) as total{} from {} where {}) lists \
         where place = 1 or (place > {first} and place <= {last}) order by owner, place",
        row(table, dialect),
        outer.concat(),
        order.join(", "),
        inner.concat(),
        quoted(&table.name),
        conditions.join(" and "),
    );
    let parameters = select.renderer.parameters;
    ReadStatement {
        text: text.into(),
        tenant: query.tenant,
        parameters,
        cost: Cost::Scan,
        candidate_read: None,
        sorted_by,
    }
}

/// The keys, the last repeated up to a power of two: there are few texts for many numbers of owners.
pub(super) fn padded(keys: &[Key]) -> impl Iterator<Item = &Key> {
    let missing = keys.len().next_power_of_two() - keys.len();
    keys.iter().chain(keys.last().into_iter().cycle().take(missing))
}
