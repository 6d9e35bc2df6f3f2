//! Searches: the same rows on every database, whatever index there is.

use odata::query::evaluate::matches;
use odata::query::search::SEPARATOR;
use odata::query::{Search, parse_search};
use odata::{Key, Record};
use store::{Change, Database, Query};

use super::drawn_filter::Draw;
use crate::support::*;

const WORKS_HELD: usize = 120;
const SEARCHES: usize = 300;

/// The texts of a work, as a search sees them.
fn texts(record: &Record, slots: &[u16]) -> String {
    let texts = slots.iter().filter_map(|slot| record.text(*slot)).map(odata::query::search::fold);
    texts.collect::<Vec<_>>().join(&SEPARATOR.to_string())
}

pub async fn random_searches_find_what_the_texts_hold(database: Database) {
    let store = open(&database).await;
    let model = store.model();
    let mut draw = Draw::new(3);
    let mut changes = Vec::new();
    for number in 0..WORKS_HELD {
        let values = draw.work(model);
        changes.push(insert(&store, WORKS, None, &Key::parse(&format!("{number:03}")), &values));
    }
    let works: Vec<Record> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Insert { entity, .. } => Some(entity.record().clone()),
            _ => None,
        })
        .collect();
    apply(&store, changes).await.unwrap();
    let slots: Vec<u16> = ["title", "isbn", "note", "signature"].map(|name| slot(model, WORK, name)).to_vec();
    for _ in 0..SEARCHES {
        let search_text = draw.search(3);
        let search = parse_search(&search_text).unwrap_or_else(|error| panic!("{search_text}: {error}"));
        let found_in = |work: &&Record| search.matches(&texts(work, &slots));
        let expected: Vec<_> = works.iter().filter(found_in).map(|work| work.text(0).unwrap()).collect();
        let query = Query { search: Some(search.clone()), ..Query::all(TENANT, WORKS, 1_000) };
        let found = store.list(&query).await.unwrap();
        let found: Vec<_> = found.iter().map(|row| row.key.to_string()).collect();
        assert_eq!(found, expected, "{search_text}");
        assert_eq!(store.count(&query).await.unwrap(), expected.len() as u64, "{search_text}");
        let lent = at(model, "lent");
        let filtered = works.iter().filter(|work| found_in(work) && matches(&lent, work)).count();
        let query = Query { filter: Some(lent), ..query };
        assert_eq!(store.list(&query).await.unwrap().len(), filtered, "{search_text} and lent");
    }
}

pub async fn a_search_sees_updates_but_no_secrets_and_no_other_tenants(database: Database) {
    let store = open(&database).await;
    let find = async |tenant, word: &str| {
        let search = Some(Search::Term(word.into()));
        store.count(&Query { search, ..Query::all(tenant, WORKS, 10) }).await.unwrap()
    };
    let key = Key::parse("A");
    let values = [
        ("title", text("First Title")),
        ("combination", text("hidden")),
        ("shelf", shelf(store.model(), "north")),
    ];
    let version = apply(&store, vec![insert(&store, WORKS, None, &key, &values)]).await.unwrap().versions[0];
    assert_eq!(find(TENANT, "first").await, 1);
    assert_eq!(find(OTHER, "first").await, 0);
    assert_eq!(find(TENANT, "hidden").await, 0);
    assert_eq!(find(TENANT, "title").await, 1);
    let changed = update(&store, WORKS, &key, version, &[("title", text("Second")), ("note", text("Title"))]);
    let version = apply(&store, vec![changed]).await.unwrap().versions[0];
    assert_eq!(find(TENANT, "first").await, 0);
    assert_eq!(find(TENANT, "second").await, 1);
    apply(&store, vec![delete(WORKS, None, &key, version)]).await.unwrap();
    assert_eq!(find(TENANT, "second").await, 0);
}

pub async fn texts_that_a_newer_model_has_are_found_too(database: Database) {
    let store = open(&database).await;
    let values = [("title", text("Ä Title")), ("note", text("a note"))];
    apply(&store, vec![insert(&store, WORKS, None, &Key::parse("A"), &values)]).await.unwrap();
    store.close().await;
    // Another set of texts, so the column is filled anew from the documents.
    let mut model = library();
    let pages = model.properties.iter_mut().find(|property| &*property.name == "isbn").unwrap();
    pages.secret = true;
    let store = store::Store::open(&database, model, encryption_key()).await.unwrap();
    for (word, count) in [("ä title", 1), ("note", 1), ("isbn", 0)] {
        let query = Query { search: Some(Search::Term(word.into())), ..Query::all(TENANT, WORKS, 10) };
        assert_eq!(store.count(&query).await.unwrap(), count, "{word}");
    }
}
