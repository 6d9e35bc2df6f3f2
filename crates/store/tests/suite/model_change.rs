//! A model that changes while the database stays.

use odata::edm::{EntitySet, Kind, Model, Primitive, SetId};
use odata::query::{Expression, Function};
use odata::{Key, Value};
use store::{Change, Database, Query, Store};

use crate::support::*;

async fn open_with(database: &Database, model: Model) -> Store {
    Store::open(database, model, encryption_key()).await.unwrap()
}

/// The library without notes, with editions and subtitles, and with everything else in another order.
fn changed() -> Model {
    let mut builder = Builder { model: library() };
    builder.required(WORK, "edition", Kind::Primitive(Primitive::Int32), Value::Int(1));
    builder.property(WORK, "subtitle", Kind::Primitive(Primitive::String));
    builder.required(SHELF, "height", Kind::Primitive(Primitive::Int32), Value::Int(2));
    builder.model.types[usize::from(WORK.0)].hierarchy = vec![WORK, FILM, BOOK];
    let mut model = builder.finish();
    for structured in &mut model.types {
        let notes: Vec<_> = model.properties.iter().filter(|p| &*p.name == "note").map(|p| p.id).collect();
        structured.properties.retain(|id| !notes.contains(id));
    }
    let last = slot(&model, WORK, "subtitle");
    for property in model.properties.iter_mut().filter(|p| p.slot != 0 && p.declared_by == WORK) {
        property.slot = last + 1 - property.slot;
    }
    model
}

pub async fn what_rests_stays_readable_when_the_model_changes(database: Database) {
    let key = Key::new();
    let store = open(&database).await;
    let values = [
        ("title", text("old")),
        ("note", text("kept")),
        ("shelf", shelf(store.model(), "north")),
        ("minutes", Value::Int(90)),
    ];
    apply(&store, vec![insert_as(&store, WORKS, FILM, None, &key, &values)]).await.unwrap();
    store.close().await;

    let store = open_with(&database, changed()).await;
    let model = store.model();
    let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
    let record = row.document.decode(WORK, model).unwrap();
    assert_eq!(record.type_id, FILM);
    for (name, expected) in [("title", text("old")), ("minutes", Value::Int(90))] {
        assert_eq!(record.get(slot(model, FILM, name)), Some(&expected), "{name}");
    }
    // What an older model did not have reads its default, in filters too.
    for (name, filter, expected) in [
        ("edition eq 1", equal(at(model, "edition"), Value::Int(1)), 1),
        ("edition eq 2", equal(at(model, "edition"), Value::Int(2)), 0),
        ("subtitle eq null", equal(at(model, "subtitle"), Value::Null), 1),
        ("shelf/height eq 2", equal(at(model, "shelf/height"), Value::Int(2)), 1),
        ("title eq 'old'", equal(at(model, "title"), text("old")), 1),
        ("shelf/room eq 'north'", equal(at(model, "shelf/room"), text("north")), 1),
    ] {
        let query = Query { filter: Some(filter), of_type: Some(FILM), ..Query::all(TENANT, WORKS, 1) };
        assert_eq!(store.count(&query).await.unwrap(), expected, "{name}");
    }
    let newer = Key::new();
    let values = [("title", text("new")), ("subtitle", text("newer"))];
    apply(&store, vec![insert_as(&store, WORKS, BOOK, None, &newer, &values)]).await.unwrap();
    store.close().await;

    // The old model again: the slot of what had left was not given away.
    let store = open(&database).await;
    for (key, type_id, title, note) in [(key, FILM, "old", text("kept")), (newer, BOOK, "new", Value::Null)] {
        let row = store.get(TENANT, WORKS, None, &key).await.unwrap().unwrap();
        assert_eq!(row.document.decode(WORK, store.model()).unwrap().type_id, type_id);
        assert_eq!(value(&store, &row, WORK, "title"), text(title));
        assert_eq!(value(&store, &row, WORK, "note"), note);
    }
}

/// The library with more indexes, or with fewer.
fn indexed(indexed: bool) -> Model {
    let mut model = library();
    for name in ["pages", "rating", "lent", "note", "chapters"] {
        let property = model.properties.iter_mut().find(|property| &*property.name == name).unwrap();
        property.indexed = indexed;
    }
    for property in model.properties.iter_mut().filter(|property| &*property.name == "signature") {
        property.caseless = indexed;
    }
    for navigation in model.navigations.iter_mut().filter(|navigation| &*navigation.name == "works") {
        navigation.partner = navigation.partner.filter(|_| indexed);
    }
    model
}

async fn count(store: &Store, name: &str, value: Value) -> u64 {
    let filter = Some(equal(at(store.model(), name), value));
    store.count(&Query { filter, ..Query::all(TENANT, WORKS, 1) }).await.unwrap()
}

pub async fn a_new_index_is_filled_from_the_documents(database: Database) {
    let store = open_with(&database, indexed(false)).await;
    let authors = ["0198c7e2-7c1e-7000-8000-00000000000d", "0198c7e2-7c1e-7000-8000-00000000000", "ü", ""];
    for author in authors {
        let values = [
            ("pages", Value::Int(1 << 30)),
            ("rating", Value::Double(0.25)),
            ("lent", Value::Boolean(true)),
            ("note", text("ü\"\\")),
            ("signature", text("Ünï A")),
            ("chapters", Value::Int(7)),
            ("author", text(author)),
        ];
        apply(&store, vec![insert_as(&store, WORKS, BOOK, None, &Key::new(), &values)]).await.unwrap();
    }
    apply(&store, vec![insert(&store, WORKS, None, &Key::new(), &[])]).await.unwrap();
    store.close().await;
    let store = open_with(&database, indexed(true)).await;
    for (name, value) in [
        ("pages", Value::Int(1 << 30)),
        ("rating", Value::Double(0.25)),
        ("lent", Value::Boolean(true)),
        ("note", text("ü\"\\")),
        ("chapters", Value::Int(7)),
    ] {
        assert_eq!(count(&store, name, value).await, 4, "{name}");
        assert_eq!(
            count(&store, name, if name == "lent" { Value::Boolean(false) } else { Value::Null }).await,
            1,
            "{name}"
        );
    }
    let lower = Expression::Call(Function::ToLower, vec![at(store.model(), "signature")]);
    let filter = Some(equal(lower, text("ünï a")));
    let query = Query { filter, ..Query::all(TENANT, WORKS, 1) };
    assert_eq!(store.count(&query).await.unwrap(), 4);
    for author in authors {
        let referring = Some((author_slot(store.model()), Key::parse(author)));
        let query = Query { referring, ..Query::all(TENANT, WORKS, 1) };
        assert_eq!(store.count(&query).await.unwrap(), 1, "{author:?}");
    }
}

pub async fn an_index_that_comes_back_is_filled_again(database: Database) {
    let key = Key::new();
    let store = open_with(&database, indexed(true)).await;
    let change = insert(&store, WORKS, None, &key, &[("pages", Value::Int(1))]);
    let version = apply(&store, vec![change]).await.unwrap().versions[0];
    store.close().await;
    let store = open_with(&database, indexed(false)).await;
    apply(&store, vec![update(&store, WORKS, &key, version, &[("pages", Value::Int(2))])]).await.unwrap();
    store.close().await;
    let store = open_with(&database, indexed(true)).await;
    assert_eq!(
        (count(&store, "pages", Value::Int(1)).await, count(&store, "pages", Value::Int(2)).await),
        (0, 1)
    );
}

pub async fn a_set_that_left_is_left_out_of_the_journal(database: Database) {
    let store = open(&database).await;
    for set in [AUTHORS, WORKS, AUTHORS] {
        apply(&store, vec![insert(&store, set, None, &Key::new(), &[])]).await.unwrap();
    }
    store.close().await;
    let mut without = library();
    without.sets.retain(|set| set.id != AUTHORS);
    for (model, expected) in [(without, vec![WORKS]), (library(), vec![AUTHORS, WORKS, AUTHORS])] {
        let store = open_with(&database, model).await;
        let entries = store.journal_since(TENANT, 0, 10).await.unwrap();
        assert_eq!(entries.iter().map(|entry| entry.set).collect::<Vec<SetId>>(), expected);
        store.close().await;
    }
}

/// More rows than are carried over at once.
const WORKS_CARRIED: usize = 5_000;
const AT_ONCE: usize = 1_000;

/// Makes the file what it was when rows repeated their texts in a column, and their keys in the document.
fn older(database: &Database) -> &'static str {
    match database {
        Database::Sqlite(_) => {
            "alter table works add column search text;
             create index i0s_older on works (tenant) where tenant is null;
             drop index i0c_f_signature;
             create index i0_f_signature on works (tenant, f_signature, key) where f_signature is not null;
             update works set search = 'texts', document =
               '[' || substr(document, 2, 1) || ',\"' || cast(substr(key, 2) as text) || '\"' || substr(document, 5);
             create table unindexed (entity_set integer, tenant integer, row integer,
               primary key (entity_set, tenant, row)) without rowid;
             create virtual table \"0_trigrams\" using fts5(texts, content='', contentless_delete=1,
               detail='none', tokenize='trigram case_sensitive 1');
             insert into \"0_trigrams\" (rowid, texts) select rowid, search from works;
             update schema_lock set layout = 1;"
        }
        Database::Postgres(_) => {
            "alter table works add column search text collate \"C\";
             create index i0s_older on works (tenant) where tenant is null;
             drop index i0c_f_signature;
             alter table works drop column f_signature;
             update works set search = 'texts', document = ('[' || substr(document::text, 2, 1) || ',\"' ||
               convert_from(substr(key, 2), 'UTF8') || '\"' || substr(document::text, 5))::json;
             update schema_lock set layout = 1;"
        }
    }
}

pub async fn an_older_layout_is_carried_over(database: Database) {
    let store = open(&database).await;
    for start in (0..WORKS_CARRIED).step_by(AT_ONCE) {
        let work = |number: usize| {
            let values = [
                ("title", text(&format!("Title {}", number % 7))),
                ("signature", text(&format!("Sig-{}", number % 11))),
                ("note", text(&format!("Note {number:05}"))),
            ];
            insert(&store, WORKS, None, &Key::parse(&format!("work {number:05}")), &values)
        };
        apply(&store, (start..start + AT_ONCE).map(work).collect()).await.unwrap();
    }
    let model = std::sync::Arc::clone(store.model());
    let lower = Expression::Call(Function::ToLower, vec![at(&model, "signature")]);
    let filters = [
        equal(at(&model, "title"), text("Title 3")),
        equal(at(&model, "signature"), text("Sig-5")),
        equal(at(&model, "signature"), text("sig-5")),
        equal(lower, text("sig-5")),
        call(Function::StartsWith, at(&model, "signature"), literal(text("Sig-1"))),
        call(Function::Contains, at(&model, "note"), literal(text("0012"))),
        call(Function::Contains, at(&model, "id"), literal(text("0012"))),
    ];
    let answers = async |store: &Store| {
        let mut answers = vec![store.list(&Query::all(TENANT, WORKS, 10_000)).await.unwrap()];
        for filter in &filters {
            let query = Query { filter: Some(filter.clone()), ..Query::all(TENANT, WORKS, 10_000) };
            answers.push(store.list(&query).await.unwrap());
        }
        answers
    };
    let before = answers(&store).await;
    assert_eq!(
        before.iter().map(Vec::len).collect::<Vec<_>>(),
        [5_000, 714, 455, 0, 455, 909, 11, 11],
        "the filters tell rows apart"
    );
    store.close().await;
    execute(&database, older(&database)).await;
    for _ in 0..2 {
        let store = open(&database).await;
        assert!(before == answers(&store).await, "rows were lost or changed");
        store.close().await;
    }
    // It can be added again: it was gone.
    execute(&database, "alter table works add column search text").await;
}

const NOTES: SetId = SetId(6);
const OTHER_NOTES: SetId = SetId(7);

/// The library with two sets of notes, or with one that has a view.
fn with_notes(is_view: bool) -> Model {
    let mut builder = Builder { model: library() };
    builder.property(MARK, "secretCode", Kind::Primitive(Primitive::String)).secret = true;
    let mut model = builder.finish();
    for (id, path) in [(NOTES, "library/notes"), (OTHER_NOTES, "library/otherNotes")] {
        let like = model.set(AUTHORS).clone();
        let stored_in = if is_view { NOTES } else { id };
        model.sets.push(EntitySet { id, path: path.into(), entity_type: MARK, stored_in, ..like });
    }
    model
}

pub async fn a_set_that_became_a_view_brings_its_entities(database: Database) {
    let (one, other) = (Key::new(), Key::new());
    let store = open_with(&database, with_notes(false)).await;
    let code = |code: &str| [("secretCode", text(code))];
    let made = vec![
        insert(&store, NOTES, None, &one, &code("open one")),
        insert(&store, OTHER_NOTES, None, &other, &code("open other")),
    ];
    apply(&store, made).await.unwrap();
    store.close().await;
    for round in ["at first", "again"] {
        let store = open_with(&database, with_notes(true)).await;
        for set in [NOTES, OTHER_NOTES] {
            let rows = store.list(&Query::all(TENANT, set, 9)).await.unwrap();
            let keys: Vec<&Key> = rows.iter().map(|row| &row.key).collect();
            assert_eq!(keys, [&one, &other], "{round} in {set:?}");
            let keys = keys.into_iter().cloned().collect();
            let receipt = apply(&store, vec![Change::Reveal { set, keys }]).await.unwrap().receipt.unwrap();
            for (row, expected) in rows.iter().zip(["open one", "open other"]) {
                let opened = store.open_secrets(TENANT, set, row, &receipt).await.unwrap();
                assert_eq!(opened[0].1, text(expected), "{round} in {set:?}");
            }
        }
        store.close().await;
    }
}
