//! Texts from which an index of trigrams was made, those that have changed since, and new ones: all are found alike.

use std::collections::BTreeMap;

use odata::edm::Version;
use odata::query::evaluate::matches;
use odata::query::search::{SEPARATOR, fold};
use odata::query::{Search, Surroundings, parse_filter};
use odata::{Key, Record, Value};
use store::{Change, Database, Query, Store};
use uuid::Uuid;

use super::drawn_filter::Draw;
use crate::support::*;

const WORKS_HELD: usize = 700;
const CHANGED: usize = 60;
const QUESTIONS: usize = 120;

/// The works of two tenants, by tenant and key.
type Works = BTreeMap<(Uuid, String), (Record, i64)>;

fn long_text(draw: &mut Draw) -> Value {
    match draw.below(6) {
        0 => Value::Null,
        _ => text(&["a", "bc", "d"].map(|part| format!("{part}{}", draw.plain_text())).concat()),
    }
}

fn record_of(change: &Change) -> Record {
    match change {
        Change::Insert { entity, .. } | Change::Update { entity, .. } => entity.record().clone(),
        _ => panic!("{change:?}"),
    }
}

/// The tenant of a work.
fn tenant_of(number: usize) -> Uuid {
    if number.is_multiple_of(3) { OTHER } else { TENANT }
}

/// Writes new works, or others in their place.
async fn write(store: &Store, draw: &mut Draw, works: &mut Works, numbers: impl Iterator<Item = usize>) {
    let mut changes = BTreeMap::from([(TENANT, Vec::new()), (OTHER, Vec::new())]);
    for number in numbers {
        let (tenant, key) = (tenant_of(number), Key::parse(&format!("{number:04}")));
        let values = [("title", long_text(draw)), ("note", long_text(draw))];
        let change = match works.get(&(tenant, key.to_string())) {
            Some((_, version)) => update(store, WORKS, &key, *version, &values),
            None => insert(store, WORKS, None, &key, &values),
        };
        changes.entry(tenant).or_default().push((key.to_string(), change));
    }
    for (tenant, changes) in changes {
        let (keys, changes): (Vec<String>, Vec<Change>) = changes.into_iter().unzip();
        let records: Vec<Record> = changes.iter().map(record_of).collect();
        let versions = store.apply(unit(tenant, changes)).await.unwrap().versions;
        for ((key, record), version) in keys.into_iter().zip(records).zip(versions) {
            works.insert((tenant, key), (record, version));
        }
    }
}

/// Asks for parts of texts that are there, and for others.
async fn ask(store: &Store, draw: &mut Draw, works: &Works) {
    let model = store.model();
    let slots: Vec<u16> = ["title", "isbn", "note"].map(|name| slot(model, WORK, name)).to_vec();
    let words: Vec<&str> = works.values().filter_map(|(work, _)| work.text(slots[0])).collect();
    for _ in 0..QUESTIONS {
        let word: Vec<char> = words[draw.below(words.len())].chars().collect();
        let start = draw.below(word.len());
        let part: String = word.iter().skip(start).take(1 + draw.below(6)).collect();
        let quoted = part.replace('\'', "''");
        let filter_text = match draw.below(9) {
            0 => format!("contains(title,'{quoted}')"),
            1 => format!("contains(tolower(note),tolower('{quoted}'))"),
            2 => format!("startswith(note,'{quoted}') or endswith(title,'{quoted}')"),
            3 => format!("note eq '{quoted}' or indexof(note,'{quoted}') ge 0"),
            4 => format!("not contains(note,'{quoted}')"),
            5 => format!("contains(note,'{quoted}') and not contains(title,'abc')"),
            6 => format!("contains(note,'{quoted}') or pages eq 1"),
            7 => format!("indexof(note,'{quoted}') ne -1 and contains(concat(title,'x'),'bc')"),
            _ => format!("contains(toupper(note),'{quoted}') or contains(note,'bca')"),
        };
        let around = Surroundings::of(model, Version::Beta);
        let filter = parse_filter(&around, WORK, &filter_text).unwrap();
        let search = (draw.below(3) == 0).then(|| Search::Term(fold(&part).into()));
        let texts = |work: &Record| {
            let texts = slots.iter().filter_map(|slot| work.text(*slot)).map(fold);
            texts.collect::<Vec<_>>().join(&SEPARATOR.to_string())
        };
        let keeps = |work: &Record| {
            matches(&filter, work) && search.as_ref().is_none_or(|search| search.matches(&texts(work)))
        };
        for tenant in [TENANT, OTHER] {
            let own = works.iter().filter(|((of, _), _)| *of == tenant);
            let kept: Vec<&str> =
                own.filter(|(_, (work, _))| keeps(work)).map(|((_, key), _)| &**key).collect();
            let limit = [1, 7, 1_000][draw.below(3)];
            let query = Query {
                filter: Some(filter.clone()),
                search: search.clone(),
                ..Query::all(tenant, WORKS, limit)
            };
            let found = store.list(&query).await.unwrap();
            let found: Vec<String> = found.iter().map(|row| row.key.to_string()).collect();
            let page: Vec<&str> = kept.iter().copied().take(limit as usize).collect();
            assert_eq!(found, page, "{filter_text} {search:?}");
            assert_eq!(store.count(&query).await.unwrap(), kept.len() as u64, "{filter_text} {search:?}");
        }
    }
}

pub async fn indexed_changed_and_new_texts_are_found_alike(database: Database) {
    let mut draw = Draw::new(23);
    let mut works = Works::new();
    let store = open(&database).await;
    write(&store, &mut draw, &mut works, 0..WORKS_HELD).await;
    ask(&store, &mut draw, &works).await;
    write(&store, &mut draw, &mut works, (0..WORKS_HELD).step_by(WORKS_HELD / CHANGED)).await;
    for number in (3..WORKS_HELD).step_by(WORKS_HELD / CHANGED) {
        let (tenant, key) = (tenant_of(number), Key::parse(&format!("{number:04}")));
        let (_, version) = works.remove(&(tenant, key.to_string())).unwrap();
        store.apply(unit(tenant, vec![delete(WORKS, None, &key, version)])).await.unwrap();
    }
    write(&store, &mut draw, &mut works, WORKS_HELD..WORKS_HELD + CHANGED).await;
    ask(&store, &mut draw, &works).await;
}
