//! Filters at random, as text: the database must keep what [`odata::query::evaluate`] keeps.

use std::collections::HashMap;

use odata::date_time::Ticks;
use odata::edm::{Model, Version};
use odata::query::evaluate::{Neighbours, evaluate, matches_among};
use odata::query::order_by::compare;
use odata::query::{Function, Hop, Link, OrderKey, Scalar, Surroundings, parse_filter, parse_order_by};
use odata::{Key, Record, Value};
use store::{Change, Database, Query, Store};

use super::drawn_filter::Draw;
use crate::support::*;

const WORKS_HELD: usize = 120;
const COPIES_HELD: usize = 90;
const AUTHORS_HELD: usize = 6;
const FILTERS: usize = 1_000;
const ORDERS: usize = 60;

/// The entities beside the works, for the evaluator.
pub struct Library {
    authors: HashMap<String, Record>,
    copies: HashMap<String, Vec<Record>>,
    pub works: Vec<Record>,
}

impl Neighbours for Library {
    fn related(&self, hop: &Hop, from: &Record) -> Vec<Record> {
        let key = |record: &Record| record.text(0).unwrap_or_default().to_owned();
        match hop.link {
            Link::Reference(slot) => {
                from.text(slot).and_then(|author| self.authors.get(author)).cloned().into_iter().collect()
            }
            Link::Contained => self.copies.get(&key(from)).cloned().unwrap_or_default(),
            Link::Inverse(slot) => {
                let refers = |work: &&Record| work.text(slot) == Some(&key(from));
                self.works.iter().filter(refers).cloned().collect()
            }
            Link::All => self.works.clone(),
        }
    }
}

/// A library at random, stored, and as the evaluator sees it.
pub async fn fill(store: &Store, draw: &mut Draw) -> Library {
    let model = store.model();
    let mut changes = Vec::new();
    for number in 0..AUTHORS_HELD {
        let key = Key::parse(&format!("author {number}"));
        changes.push(insert(store, AUTHORS, None, &key, &[("name", draw.text_or_null())]));
    }
    for number in 0..WORKS_HELD {
        let key = Key::parse(&format!("{number:03}"));
        let type_id = [WORK, BOOK, FILM][draw.below(3)];
        let author = match draw.below(AUTHORS_HELD + 3) {
            // One leads to nobody.
            author if author <= AUTHORS_HELD => text(&format!("author {author}")),
            _ => Value::Null,
        };
        let mut values = draw.work(model);
        values.push(("author", author));
        changes.push(insert_as(store, WORKS, type_id, None, &key, &values));
    }
    for number in 0..COPIES_HELD {
        let parent = Key::parse(&format!("{:03}", draw.below(WORKS_HELD / 2)));
        let key = Key::parse(&format!("copy {number}"));
        changes.push(insert(store, COPIES, Some(&parent), &key, &[("condition", draw.text_or_null())]));
    }
    let records = |set, changes: &[Change]| {
        let inserted = changes.iter().filter_map(|change| match change {
            Change::Insert { set: of, parent, entity, .. } if *of == set => {
                Some((parent.clone(), entity.record().clone()))
            }
            _ => None,
        });
        inserted.collect::<Vec<_>>()
    };
    let id = |record: &Record| record.text(0).unwrap().to_owned();
    let mut copies: HashMap<String, Vec<Record>> = HashMap::new();
    for (parent, copy) in records(COPIES, &changes) {
        copies.entry(parent.unwrap().to_string()).or_default().push(copy);
    }
    let authors = records(AUTHORS, &changes).into_iter().map(|(_, author)| (id(&author), author)).collect();
    let works = records(WORKS, &changes).into_iter().map(|(_, work)| work).collect();
    apply(store, changes).await.unwrap();
    Library { authors, copies, works }
}

fn around(model: &Model) -> Surroundings<'_> {
    Surroundings { now: Ticks(630_822_816_000_000_000), ..Surroundings::of(model, Version::Beta) }
}

pub async fn random_filters_keep_what_the_evaluator_keeps(database: Database) {
    let store = open(&database).await;
    let model = store.model();
    let mut draw = Draw::new(7);
    let library = fill(&store, &mut draw).await;
    let mut kept_of_all = 0;
    for _ in 0..FILTERS {
        let filter_text = draw.boolean(3);
        let filter = parse_filter(&around(model), WORK, &filter_text)
            .unwrap_or_else(|error| panic!("{filter_text}: {error}"));
        let kept = library.works.iter().filter(|work| matches_among(&filter, work, &library));
        let expected: Vec<_> = kept.map(|work| work.text(0).unwrap().to_owned()).collect();
        kept_of_all += expected.len();
        let query = Query { filter: Some(filter), ..Query::all(TENANT, WORKS, 1_000) };
        let found = store.list(&query).await.unwrap_or_else(|error| panic!("{filter_text}: {error}"));
        let found: Vec<_> = found.iter().map(|row| row.key.to_string()).collect();
        assert_eq!(found, expected, "{filter_text}\n{:?}", query.filter);
        assert_eq!(store.count(&query).await.unwrap(), expected.len() as u64, "{filter_text}");
    }
    // Filters that keep nothing, or everything, would not tell much.
    let share = kept_of_all as f64 / (FILTERS * WORKS_HELD) as f64;
    assert!((0.1..0.9).contains(&share), "{share}");
}

pub async fn random_orders_sort_as_the_evaluator_says(database: Database) {
    let store = open(&database).await;
    let model = store.model();
    let mut draw = Draw::new(11);
    let library = fill(&store, &mut draw).await;
    for _ in 0..ORDERS {
        let order_text = draw.order();
        let order_by = parse_order_by(&around(model), WORK, &order_text)
            .unwrap_or_else(|error| panic!("{order_text}: {error}"));
        let mut expected: Vec<&Record> = library.works.iter().collect();
        expected.sort_by(|a, b| compare(&order_by, a, b, &library));
        let expected: Vec<_> = expected.iter().map(|work| work.text(0).unwrap().to_owned()).collect();
        let mut query = Query { order_by, ..Query::all(TENANT, WORKS, 50) };
        let mut found: Vec<String> = Vec::new();
        loop {
            let page = store.list(&query).await.unwrap_or_else(|error| panic!("{order_text}: {error}"));
            let Some(last) = page.last() else { break };
            let record = last.document.decode(WORK, model).unwrap();
            let mut elsewhere = last.sorted_by.iter().cloned();
            let value = |key: &OrderKey| match key.looks_elsewhere() {
                true => elsewhere.next().unwrap_or(Value::Null),
                false => evaluate(&key.expression, &record),
            };
            let values = query.order_by.iter().map(value).collect();
            query.after = Some(odata::query::Cursor { values, key: last.key.clone() });
            found.extend(page.iter().map(|row| row.key.to_string()));
            assert!(found.len() <= WORKS_HELD, "{order_text}: pages overlap");
        }
        assert_eq!(found, expected, "{order_text}");
    }
}

pub async fn a_double_has_the_same_text_everywhere(database: Database) {
    let store = open(&database).await;
    let model = store.model();
    let mut draw = Draw::new(31);
    let known =
        [5e-324, f64::MAX, f64::MIN_POSITIVE, 0.1 + 0.2, 1e23, 9_007_199_254_740_993.0, 2f64.powi(-44), -0.0];
    let drawn = (0..100).map(|_| f64::from_bits(draw.below(usize::MAX) as u64));
    let numbers: Vec<f64> = known.into_iter().chain(drawn).filter(|number| number.is_finite()).collect();
    let insert = |(at, number): (usize, &f64)| {
        insert(&store, WORKS, None, &Key::parse(&format!("{at:03}")), &[("rating", Value::Double(*number))])
    };
    apply(&store, numbers.iter().enumerate().map(insert).collect()).await.unwrap();
    for (at, number) in numbers.iter().enumerate() {
        let text = Function::TextOfReal.apply(&[Scalar::Real(*number)]);
        let Some(Scalar::Text(text)) = text else { panic!("{number}") };
        let filter_text = format!("cast(rating,Edm.String) eq '{text}'");
        let filter = parse_filter(&around(model), WORK, &filter_text).unwrap();
        let found =
            store.list(&Query { filter: Some(filter), ..Query::all(TENANT, WORKS, 9) }).await.unwrap();
        let found: Vec<_> = found.iter().map(|row| row.key.to_string()).collect();
        assert_eq!(found, [format!("{at:03}")], "{number:e} {text}");
    }
}
