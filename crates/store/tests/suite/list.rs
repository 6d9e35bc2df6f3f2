//! Lists: order, pages, counts.

use std::cmp::Ordering;

use odata::edm::Model;
use odata::query::{Cursor, Expression, OrderKey, Path};
use odata::{Key, Record, Value};
use store::{Database, Query, Row, Store};

use crate::support::*;

const ROWS: usize = 40;

/// Works with nulls and duplicates in everything that a list can be ordered by.
async fn works(database: &Database) -> Store {
    let store = open(database).await;
    let pick = |number: usize, values: &[Value]| values[number * 7 % values.len()].clone();
    let mut changes = Vec::new();
    for number in 0..ROWS {
        let key =
            if number % 3 == 0 { Key::new() } else { Key::parse(&format!("{:02}", number * 11 % ROWS)) };
        let texts = [Value::Null, text("a"), text("B"), text("ü"), text("a")];
        let numbers = [Value::Int(1), Value::Null, Value::Int(-5), Value::Int(10)];
        let room = match pick(number, &texts) {
            Value::String(room) => shelf(store.model(), &room),
            _ => Value::Null,
        };
        let values = [
            ("title", pick(number, &texts)),
            ("note", pick(number + 1, &texts)),
            ("pages", pick(number, &numbers)),
            (
                "isbn",
                if number % 2 == 0 { text(&format!("{}", number % 13 * 100 + number)) } else { Value::Null },
            ),
            ("lent", Value::Boolean(number % 4 == 0)),
            ("genre", Value::Enum((number % 3) as i64)),
            ("shelf", room),
        ];
        changes.push(insert(&store, WORKS, None, &key, &values));
    }
    apply(&store, changes).await.unwrap();
    // A neighbour whose rows are in no list.
    store.apply(unit(OTHER, vec![insert(&store, WORKS, None, &Key::new(), &[])])).await.unwrap();
    store
}

pub async fn every_order_pages_through_every_row_once(database: Database) {
    let store = works(&database).await;
    let model = store.model();
    let orders: &[&[(&str, bool)]] = &[
        &[],
        &[("id", false)],
        &[("id", true)],
        &[("title", false)],
        &[("title", true)],
        &[("note", false)],
        &[("note", true)],
        &[("isbn", false)],
        &[("isbn", true)],
        &[("genre", true)],
        &[("lent", true), ("pages", false)],
        &[("title", false), ("note", true)],
        &[("title", true), ("pages", true), ("note", false)],
        &[("title", false), ("id", true), ("note", true)],
        &[("shelf/room", false)],
    ];
    let all = store.list(&Query::all(TENANT, WORKS, 1_000)).await.unwrap();
    assert_eq!(all.len(), ROWS);
    for order in orders {
        let order_by: Vec<OrderKey> = order.iter().map(|(names, desc)| by(model, names, *desc)).collect();
        let mut expected = all.clone();
        expected.sort_by(|left, right| compare_rows(model, &order_by, left, right));
        for page_size in [7, ROWS as u64 + 1] {
            let mut query = Query { order_by: order_by.clone(), ..Query::all(TENANT, WORKS, page_size) };
            let mut found = Vec::new();
            loop {
                let page = store.list(&query).await.unwrap();
                let Some(last) = page.last() else { break };
                query.after = Some(cursor(model, &order_by, last));
                found.extend(page);
                assert!(found.len() <= ROWS, "{order:?}: pages overlap");
            }
            let keys = |rows: &[Row]| rows.iter().map(|row| row.key.clone()).collect::<Vec<_>>();
            assert_eq!(keys(&found), keys(&expected), "{order:?} in pages of {page_size}");
        }
    }
}

fn cursor(model: &Model, order_by: &[OrderKey], row: &Row) -> Cursor {
    let values = order_by.iter().map(|key| value_at(model, row, path_of(key))).collect();
    Cursor { values, key: row.key.clone() }
}

fn path_of(key: &OrderKey) -> &Path {
    match &key.expression {
        Expression::Path(path) => path,
        other => panic!("{other:?}"),
    }
}

fn value_at(model: &Model, row: &Row, path: &Path) -> Value {
    fn step(record: &Record, path: &Path, depth: usize) -> Value {
        match record.get(path.steps[depth].slot) {
            Some(Value::Complex(inner)) => step(inner, path, depth + 1),
            Some(value) => value.clone(),
            None => Value::Null,
        }
    }
    step(&row.document.decode(WORK, model).unwrap(), path, 0)
}

fn compare_rows(model: &Model, order_by: &[OrderKey], left: &Row, right: &Row) -> Ordering {
    for key in order_by {
        let (path, descending) = (path_of(key), &key.descending);
        let ordering = match path.steps.as_slice() {
            [step] if step.slot == 0 => left.key.cmp(&right.key),
            _ => compare_values(&value_at(model, left, path), &value_at(model, right, path)),
        };
        let ordering = if *descending { ordering.reverse() } else { ordering };
        if ordering.is_ne() {
            return ordering;
        }
    }
    left.key.cmp(&right.key)
}

fn compare_values(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        (Value::String(left), Value::String(right)) => left.as_bytes().cmp(right.as_bytes()),
        (Value::Int(left) | Value::Enum(left), Value::Int(right) | Value::Enum(right)) => left.cmp(right),
        (Value::Boolean(left), Value::Boolean(right)) => left.cmp(right),
        other => panic!("{other:?}"),
    }
}

pub async fn skip_and_limit_cut_a_list(database: Database) {
    let store = works(&database).await;
    let all = store.list(&Query::all(TENANT, WORKS, u64::MAX)).await.unwrap();
    for (skip, limit) in [(0, 0), (0, 1), (3, 5), (35, 100), (100, 1), (u64::MAX, 1)] {
        let query = Query { skip, ..Query::all(TENANT, WORKS, limit) };
        let from = usize::try_from(skip).unwrap().min(all.len());
        let to = from.saturating_add(limit as usize).min(all.len());
        assert_eq!(store.list(&query).await.unwrap(), all[from..to], "skip {skip} limit {limit}");
    }
}

pub async fn counts_ignore_pages(database: Database) {
    let store = works(&database).await;
    let all = Query::all(TENANT, WORKS, 1);
    let cursor = Cursor { values: Vec::new(), key: Key::parse("zz") };
    let paged = Query { skip: 5, after: Some(cursor), ..all.clone() };
    let lent = Query { filter: Some(at(store.model(), "lent")), ..all.clone() };
    for (query, expected) in [(all, ROWS), (paged, ROWS), (lent, ROWS / 4)] {
        assert_eq!(store.count(&query).await.unwrap(), expected as u64);
    }
}
