//! Filters at random: the database must keep what [`odata::query::evaluate`] keeps.

use odata::edm::Model;
use odata::query::evaluate::matches;
use odata::query::{Comparison, Expression, Function};
use odata::{Key, Value};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use store::{Database, Query};

use crate::support::*;

const WORKS_HELD: usize = 60;
const FILTERS: usize = 400;
const TEXTS: [&str; 10] = ["", "a", "b", "ab", "ba", "a%_\\", "ü", "\u{d7ff}", "\u{10ffff}", "a\u{10ffff}b"];

fn texts() -> impl Strategy<Value = Value> {
    proptest::sample::select(&TEXTS[..]).prop_map(text)
}

fn or_null(values: impl Strategy<Value = Value> + 'static) -> BoxedStrategy<Value> {
    prop_oneof![4 => values, 1 => Just(Value::Null)].boxed()
}

/// Each property that can be compared, with values of its type.
fn properties() -> Vec<(&'static str, BoxedStrategy<Value>)> {
    let integers = || or_null((-2..3i64).prop_map(Value::Int));
    vec![
        ("title", or_null(texts())),
        ("note", or_null(texts())),
        ("shelf/room", or_null(texts())),
        ("pages", integers()),
        ("rating", or_null((-2..3i8).prop_map(|number| Value::Double(f64::from(number) / 2.0)))),
        ("genre", (0..3i64).prop_map(Value::Enum).boxed()),
        ("lent", any::<bool>().prop_map(Value::Boolean).boxed()),
    ]
}

fn comparisons() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    proptest::sample::select(vec![Equal, NotEqual, Greater, GreaterOrEqual, Less, LessOrEqual])
}

fn functions() -> impl Strategy<Value = Function> {
    proptest::sample::select(vec![Function::Contains, Function::StartsWith, Function::EndsWith])
}

fn filters(model: &Model) -> BoxedStrategy<Expression> {
    let mut leaves: Vec<BoxedStrategy<Expression>> = vec![
        or_null(any::<bool>().prop_map(Value::Boolean)).prop_map(literal).boxed(),
        Just(at(model, "lent")).boxed(),
    ];
    for (name, values) in properties() {
        let path = at(model, name);
        let left = path.clone();
        let compared = (comparisons(), values.clone())
            .prop_map(move |(comparison, value)| compare(left.clone(), comparison, literal(value)));
        let listed = proptest::collection::vec(values, 0..3);
        leaves.push(compared.boxed());
        leaves.push(listed.prop_map(move |list| is_in(path.clone(), &list)).boxed());
    }
    for name in ["title", "note", "shelf/room"] {
        let (path, other) = (at(model, name), at(model, "note"));
        let part = prop_oneof![4 => or_null(texts()).prop_map(literal), 1 => Just(other)];
        leaves.push(
            (functions(), part).prop_map(move |(function, part)| call(function, path.clone(), part)).boxed(),
        );
    }
    let leaf = proptest::strategy::Union::new(leaves);
    let tree = leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| and(left, right)),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| or(left, right)),
            inner.clone().prop_map(not),
            (inner, or_null(any::<bool>().prop_map(Value::Boolean))).prop_map(|(inner, value)| compare(
                inner,
                Comparison::Equal,
                literal(value)
            )),
        ]
    });
    tree.boxed()
}

pub async fn random_filters_keep_what_the_evaluator_keeps(database: Database) {
    let store = open(&database).await;
    let model = store.model();
    let mut runner = TestRunner::deterministic();
    let mut changes = Vec::new();
    for number in 0..WORKS_HELD {
        let drawn = |runner: &mut TestRunner, values: &BoxedStrategy<Value>| {
            values.new_tree(runner).unwrap().current()
        };
        let mut values = Vec::new();
        for (name, strategy) in properties() {
            match (name, drawn(&mut runner, &strategy)) {
                ("shelf/room", Value::String(room)) => values.push(("shelf", shelf(model, &room))),
                ("shelf/room", _) => {}
                (name, value) => values.push((name, value)),
            }
        }
        changes.push(insert(&store, WORKS, None, &Key::parse(&format!("{number:02}")), &values));
    }
    apply(&store, changes).await.unwrap();
    let rows = store.list(&Query::all(TENANT, WORKS, 1_000)).await.unwrap();
    let filters = filters(model);
    for _ in 0..FILTERS {
        let filter = filters.new_tree(&mut runner).unwrap().current();
        let kept = rows.iter().filter(|row| matches(&filter, &row.document.decode(WORK, model).unwrap()));
        let expected: Vec<_> = kept.map(|row| row.key.to_string()).collect();
        let query = Query { filter: Some(filter), ..Query::all(TENANT, WORKS, 1_000) };
        let found = store.list(&query).await.unwrap();
        let found: Vec<_> = found.iter().map(|row| row.key.to_string()).collect();
        assert_eq!(found, expected, "{:?}", query.filter);
        assert_eq!(store.count(&query).await.unwrap(), expected.len() as u64, "{:?}", query.filter);
    }
}
