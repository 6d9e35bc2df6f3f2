//! Filters against hand-made tables: what each keeps of four works.

use odata::date_time::Ticks;
use odata::edm::Model;
use odata::query::Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
use odata::query::Expression;
use odata::query::Function::{Contains, EndsWith, StartsWith};
use odata::{Key, Value};
use store::{Database, Query, Store};

use crate::support::*;

const GUID: &str = "0198c7e2-7c1e-7000-8000-00000000000d";

/// The four works, by the letter that is their id (but for D's, which is a GUID).
async fn works(database: &Database) -> Store {
    let store = open(database).await;
    let model = store.model();
    let changes = vec![
        insert_as(
            &store,
            WORKS,
            BOOK,
            None,
            &Key::parse("A"),
            &[
                ("title", text("Alpha")),
                ("isbn", text("1")),
                ("pages", Value::Int(10)),
                ("rating", Value::Double(1.5)),
                ("lent", Value::Boolean(true)),
                ("genre", Value::Enum(1)),
                ("published", Value::DateTimeOffset(Ticks(100))),
                ("note", text("x")),
                ("shelf", shelf(model, "north")),
                ("chapters", Value::Int(3)),
            ],
        ),
        insert_as(
            &store,
            WORKS,
            BOOK,
            None,
            &Key::parse("B"),
            &[
                ("title", text("alphabet")),
                ("pages", Value::Int(20)),
                ("genre", Value::Enum(2)),
                ("published", Value::DateTimeOffset(Ticks(200))),
            ],
        ),
        insert_as(
            &store,
            WORKS,
            WORK,
            None,
            &Key::parse("C"),
            &[("rating", Value::Double(-2.0)), ("note", text("")), ("shelf", shelf_without_room(model))],
        ),
        insert_as(
            &store,
            WORKS,
            FILM,
            None,
            &Key::parse(GUID),
            &[
                ("title", text("Ünï")),
                ("pages", Value::Int(10)),
                ("rating", Value::Double(1000.0)),
                ("lent", Value::Boolean(true)),
                ("published", Value::DateTimeOffset(Ticks(100))),
                ("note", text("50%_\\'")),
            ],
        ),
    ];
    apply(&store, changes).await.unwrap();
    store
}

fn shelf_without_room(model: &Model) -> Value {
    let mut shelf = shelf(model, "");
    if let Value::Complex(record) = &mut shelf {
        record.set(slot(model, SHELF, "room"), Value::Null);
    }
    shelf
}

/// The letters of what a query keeps.
async fn kept(store: &Store, query: &Query) -> String {
    let rows = store.list(query).await.unwrap();
    assert_eq!(store.count(query).await.unwrap(), rows.len() as u64);
    let letters =
        rows.iter().map(|row| row.key.to_string()).map(|id| if id == GUID { "D".into() } else { id });
    let mut letters: Vec<String> = letters.collect();
    letters.sort();
    letters.concat()
}

pub async fn a_filter_means_what_the_specification_says(database: Database) {
    let store = works(&database).await;
    let model = store.model();
    let p = |names: &str| at(model, names);
    let t = |value: &str| literal(text(value));
    let null = || literal(Value::Null);
    let number = |value: i64| literal(Value::Int(value));
    let has = |path: &str, part: &str| call(Contains, p(path), t(part));
    let title_is = |value: &str| equal(p("title"), text(value));
    let table: Vec<(&str, Expression, &str)> = vec![
        // Equality takes null for a value, on columns and in documents.
        ("title eq 'Alpha'", title_is("Alpha"), "A"),
        ("'Alpha' eq title", compare(t("Alpha"), Equal, p("title")), "A"),
        ("not (title eq 'Alpha')", not(title_is("Alpha")), "BCD"),
        ("title eq null", compare(p("title"), Equal, null()), "C"),
        ("null eq title", compare(null(), Equal, p("title")), "C"),
        ("not (title eq null)", not(compare(p("title"), Equal, null())), "ABD"),
        ("title ne 'Alpha'", compare(p("title"), NotEqual, t("Alpha")), "BCD"),
        ("not (title ne 'Alpha')", not(compare(p("title"), NotEqual, t("Alpha"))), "A"),
        ("title ne null", compare(p("title"), NotEqual, null()), "ABD"),
        ("note eq 'x'", equal(p("note"), text("x")), "A"),
        ("not (note eq 'x')", not(equal(p("note"), text("x"))), "BCD"),
        ("note ne 'x'", compare(p("note"), NotEqual, t("x")), "BCD"),
        ("pages eq pages", compare(p("pages"), Equal, p("pages")), "ABCD"),
        ("pages ne pages", compare(p("pages"), NotEqual, p("pages")), ""),
        ("title eq note", compare(p("title"), Equal, p("note")), ""),
        ("null eq null", compare(null(), Equal, null()), "ABCD"),
        // Order: false with null, whatever stands around it.
        ("title gt 'Alpha'", compare(p("title"), Greater, t("Alpha")), "BD"),
        ("not (title gt 'Alpha')", not(compare(p("title"), Greater, t("Alpha"))), "AC"),
        ("title ge 'Alpha'", compare(p("title"), GreaterOrEqual, t("Alpha")), "ABD"),
        ("title lt 'a'", compare(p("title"), Less, t("a")), "A"),
        ("title le null", compare(p("title"), LessOrEqual, null()), ""),
        ("not (title le null)", not(compare(p("title"), LessOrEqual, null())), "ABCD"),
        ("pages ge 10", compare(p("pages"), GreaterOrEqual, number(10)), "ABD"),
        ("not (pages ge 10)", not(compare(p("pages"), GreaterOrEqual, number(10))), "C"),
        ("pages gt 9", compare(p("pages"), Greater, number(9)), "ABD"),
        ("pages lt 100", compare(p("pages"), Less, number(100)), "ABD"),
        // Each type as itself.
        ("rating eq 1.5", equal(p("rating"), Value::Double(1.5)), "A"),
        ("rating eq 1000", equal(p("rating"), Value::Double(1000.0)), "D"),
        ("rating lt 0", compare(p("rating"), Less, literal(Value::Double(0.0))), "C"),
        ("lent", p("lent"), "AD"),
        ("not lent", not(p("lent")), "BC"),
        ("lent eq true", equal(p("lent"), Value::Boolean(true)), "AD"),
        ("lent ne true", compare(p("lent"), NotEqual, literal(Value::Boolean(true))), "BC"),
        ("genre eq 'essay'", equal(p("genre"), Value::Enum(2)), "B"),
        ("genre gt 'none'", compare(p("genre"), Greater, literal(Value::Enum(0))), "AB"),
        (
            "published le …",
            compare(p("published"), LessOrEqual, literal(Value::DateTimeOffset(Ticks(100)))),
            "AD",
        ),
        ("isbn eq '1'", equal(p("isbn"), text("1")), "A"),
        ("book/chapters eq 3", equal(p("chapters"), Value::Int(3)), "A"),
        // in: a chain of eq.
        ("title in ('Alpha','z')", is_in(p("title"), &[text("Alpha"), text("z")]), "A"),
        ("not (title in ('Alpha'))", not(is_in(p("title"), &[text("Alpha")])), "BCD"),
        ("note in ('x',null)", is_in(p("note"), &[text("x"), Value::Null]), "AB"),
        ("not (note in ('x',null))", not(is_in(p("note"), &[text("x"), Value::Null])), "CD"),
        ("not (note in (null))", not(is_in(p("note"), &[Value::Null])), "ACD"),
        ("title in ()", is_in(p("title"), &[]), ""),
        ("not (title in ())", not(is_in(p("title"), &[])), "ABCD"),
        ("pages in (10,20)", is_in(p("pages"), &[Value::Int(10), Value::Int(20)]), "ABD"),
        // Functions: null with null; the empty text is part of every text.
        ("contains(title,'lpha')", has("title", "lpha"), "AB"),
        ("not contains(title,'lpha')", not(has("title", "lpha")), "D"),
        ("contains(title,'')", has("title", ""), "ABD"),
        ("contains(note,'')", has("note", ""), "ACD"),
        ("contains(note,'%_\\')", has("note", "%_\\"), "D"),
        ("contains(title,'ALPHA')", has("title", "ALPHA"), ""),
        ("contains(title,null)", call(Contains, p("title"), null()), ""),
        ("not contains(title,null)", not(call(Contains, p("title"), null())), ""),
        ("startswith(title,'Al')", call(StartsWith, p("title"), t("Al")), "A"),
        ("not startswith(title,'Al')", not(call(StartsWith, p("title"), t("Al"))), "BD"),
        ("startswith(title,'Ü')", call(StartsWith, p("title"), t("Ü")), "D"),
        ("startswith(title,'')", call(StartsWith, p("title"), t("")), "ABD"),
        ("startswith(note,'50%_')", call(StartsWith, p("note"), t("50%_")), "D"),
        ("startswith(note,'')", call(StartsWith, p("note"), t("")), "ACD"),
        ("endswith(title,'bet')", call(EndsWith, p("title"), t("bet")), "B"),
        ("endswith(title,'ï')", call(EndsWith, p("title"), t("ï")), "D"),
        ("endswith(title,'')", call(EndsWith, p("title"), t("")), "ABD"),
        ("endswith(title,'an alphabet')", call(EndsWith, p("title"), t("an alphabet")), ""),
        ("not endswith(title,'bet')", not(call(EndsWith, p("title"), t("bet"))), "AD"),
        ("endswith(note,''')", call(EndsWith, p("note"), t("'")), "D"),
        ("contains(title,title)", call(Contains, p("title"), p("title")), "ABD"),
        ("startswith(note,note)", call(StartsWith, p("note"), p("note")), "ACD"),
        ("endswith(note,note)", call(EndsWith, p("note"), p("note")), "ACD"),
        ("contains('an Alpha',title)", call(Contains, t("an Alpha"), p("title")), "A"),
        // A truth value is a value, and may be null.
        ("contains(…) eq true", compare(has("title", "lpha"), Equal, literal(Value::Boolean(true))), "AB"),
        ("contains(…) eq false", compare(has("title", "lpha"), Equal, literal(Value::Boolean(false))), "D"),
        ("contains(…) eq null", compare(has("title", "lpha"), Equal, null()), "C"),
        ("contains(…) ne true", compare(has("title", "lpha"), NotEqual, literal(Value::Boolean(true))), "CD"),
        ("(pages eq 10) eq lent", compare(equal(p("pages"), Value::Int(10)), Equal, p("lent")), "ABCD"),
        // Three-valued logic.
        ("null or true", or(has("title", "zzz"), equal(p("note"), text(""))), "C"),
        ("not (null or false)", not(or(has("title", "zzz"), equal(p("pages"), Value::Int(20)))), "AD"),
        ("not (null and false)", not(and(has("title", "zzz"), equal(p("pages"), Value::Int(10)))), "ABCD"),
        ("not (null and true)", not(and(has("title", "lpha"), equal(p("pages"), Value::Null))), "ABD"),
        ("true", literal(Value::Boolean(true)), "ABCD"),
        ("false", literal(Value::Boolean(false)), ""),
        ("null", null(), ""),
        ("not null", not(null()), ""),
        // Into complex values, which may be null themselves.
        ("shelf/room eq 'north'", equal(p("shelf/room"), text("north")), "A"),
        ("shelf/room eq null", equal(p("shelf/room"), Value::Null), "BCD"),
        ("shelf/room ne 'north'", compare(p("shelf/room"), NotEqual, t("north")), "BCD"),
        ("shelf eq null", equal(p("shelf"), Value::Null), "BD"),
        ("shelf ne null", compare(p("shelf"), NotEqual, null()), "AC"),
        // The key.
        ("id eq 'A'", equal(p("id"), text("A")), "A"),
        ("id eq GUID", equal(p("id"), text(GUID)), "D"),
        ("id eq upper-case GUID", equal(p("id"), text(&GUID.to_ascii_uppercase())), "D"),
        ("id ne 'A'", compare(p("id"), NotEqual, t("A")), "BCD"),
        ("not (id eq 'A')", not(equal(p("id"), text("A"))), "BCD"),
        ("id in ('A','B',null)", is_in(p("id"), &[text("A"), text("B"), Value::Null]), "AB"),
        ("id gt 'A'", compare(p("id"), Greater, t("A")), "BC"),
        ("startswith(id,'0198')", call(StartsWith, p("id"), t("0198")), "D"),
    ];
    for (name, expression, expected) in table {
        let query = Query { filter: Some(expression), ..Query::all(TENANT, WORKS, 100) };
        assert_eq!(kept(&store, &query).await, expected, "{name}");
    }
}

pub async fn a_type_excludes_other_types(database: Database) {
    let store = works(&database).await;
    for (of_type, expected) in
        [(None, "ABCD"), (Some(WORK), "ABCD"), (Some(BOOK), "AB"), (Some(FILM), "D"), (Some(COPY), "")]
    {
        let query = Query { of_type, ..Query::all(TENANT, WORKS, 100) };
        assert_eq!(kept(&store, &query).await, expected, "{of_type:?}");
    }
}

pub async fn a_reference_is_followed_backwards(database: Database) {
    let store = open(&database).await;
    let (author, other) = (Key::new(), Key::parse("some other"));
    for (id, author) in [("A", Some(&author)), ("B", Some(&other)), ("C", None)] {
        let value = author.map_or(Value::Null, |key| text(&key.to_string()));
        let change = insert(&store, WORKS, None, &Key::parse(id), &[("author", value)]);
        apply(&store, vec![change]).await.unwrap();
    }
    let slot = author_slot(store.model());
    for (author, expected) in [(&author, "A"), (&other, "B"), (&Key::new(), "")] {
        let query = Query { referring: Some((slot, author.clone())), ..Query::all(TENANT, WORKS, 100) };
        assert_eq!(kept(&store, &query).await, expected, "{author}");
    }
}

pub async fn an_indexed_search_keeps_the_other_conditions(database: Database) {
    let store = works(&database).await;
    let model = store.model();
    let search = |part: &str| call(Contains, at(model, "title"), literal(text(part)));
    let note = |value: &str| equal(at(model, "note"), text(value));
    let title = |value: &str| equal(at(model, "title"), text(value));
    for (name, filter, of_type, expected) in [
        ("with an unindexed condition", and(search("lpha"), note("x")), None, "A"),
        ("with an indexed condition", and(search("lpha"), title("alphabet")), None, "B"),
        ("twice", and(search("lpha"), search("bet")), None, "B"),
        ("with a type", search("Ü"), Some(FILM), "D"),
        ("with a type that does not fit", search("Ü"), Some(BOOK), ""),
    ] {
        for order_by in [vec![], vec![by(model, "title", true)], vec![by(model, "note", false)]] {
            let query =
                Query { filter: Some(filter.clone()), of_type, order_by, ..Query::all(TENANT, WORKS, 100) };
            assert_eq!(kept(&store, &query).await, expected, "{name}");
        }
    }
}

pub async fn a_long_chain_of_conditions_is_no_deep_one(database: Database) {
    let store = works(&database).await;
    let condition = |number: i64| equal(at(store.model(), "pages"), Value::Int(number));
    let chain = (0..3_000).map(condition).reduce(or).unwrap();
    let query = Query { filter: Some(chain), ..Query::all(TENANT, WORKS, 100) };
    assert_eq!(kept(&store, &query).await, "ABD");
}

pub async fn the_largest_filters_are_answered(database: Database) {
    let store = works(&database).await;
    let model = store.model();
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let chain = |first: &str, further: &str, times: usize| format!("{first}{}", further.repeat(times));
    let mut lambdas = "true".to_owned();
    for level in (0..8).rev() {
        lambdas = format!("tags/any(t{level}: {lambdas})");
    }
    for (filter, expected) in [
        (nested("lent or lent and true eq (", "lent", ")", 50), "AD"),
        (nested("not (", "lent", ")", 50), "AD"),
        (chain("pages", " add 1", 150) + " eq 160", "AD"),
        (chain("pages", " mul 2", 150) + " eq 0", ""),
        (chain("lent", " eq true", 155), "AD"),
        (nested("tolower(", "title", ")", 99) + " eq 'alpha'", "A"),
        (nested("concat('a',", "title", ")", 99) + " ne null", "ABD"),
        (chain("lent", " or pages eq 20", 240), "ABD"),
        (lambdas, ""),
    ] {
        let around = odata::query::Surroundings::of(model, odata::edm::Version::Beta);
        let expression = odata::query::parse_filter(&around, WORK, &filter)
            .unwrap_or_else(|error| panic!("{filter:.80}: {error}"));
        let query = Query { filter: Some(expression), ..Query::all(TENANT, WORKS, 100) };
        let rows = store.list(&query).await.unwrap_or_else(|error| panic!("{filter:.80}: {error}"));
        let letters =
            rows.iter().map(|row| row.key.to_string()).map(|id| if id == GUID { "D".into() } else { id });
        let mut letters: Vec<String> = letters.collect();
        letters.sort();
        assert_eq!(letters.concat(), expected, "{filter:.80}");
    }
}
