//! Change sets: all of their calls take effect, or none.

use std::time::Duration;

use engine::{ErrorKind, Verb};
use serde_json::{Value, json};

use crate::support::{LIBRARIAN, Library, VISITOR, json as body};

/// A change set that does not end is a fault, and no reason for the test not to end.
const PATIENCE: Duration = Duration::from_secs(20);

async fn answers(library: &Library, calls: &[(Verb, &str, Value)]) -> Vec<Result<Value, ErrorKind>> {
    let calls = calls.iter().map(|(verb, url, sent)| library.request(LIBRARIAN, *verb, url, sent));
    let answers = tokio::time::timeout(PATIENCE, library.engine.change_set(calls.collect())).await;
    let answers = answers.expect("the change set ends").into_iter();
    answers.map(|answer| answer.map(|answer| body(&answer)).map_err(|error| error.kind)).collect()
}

#[tokio::test]
async fn a_change_set_is_all_or_nothing() {
    let library = Library::open().await;
    let create = |title: Value| (Verb::Post, "works", json!({"title": title}));
    let both = answers(&library, &[create("Faust".into()), create("Emma".into())]).await;
    assert!(both.iter().all(Result::is_ok), "{both:?}");
    let none = answers(&library, &[create("Ulysses".into()), create(Value::Null)]).await;
    assert_eq!(none, [Err(ErrorKind::FailedDependency), Err(ErrorKind::BadRequest)]);
    assert_eq!(library.read("works").await["value"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn two_changes_of_one_entity_contradict_each_other() {
    let library = Library::open().await;
    let path = format!("works/{}", library.create("works", json!({"title": "Faust"})).await);
    let note = |note: &str| (Verb::Patch, path.as_str(), json!({"note": note}));
    let refused = answers(&library, &[note("one"), note("other")]).await;
    assert_eq!(refused, [Err(ErrorKind::FailedDependency), Err(ErrorKind::Conflict)]);
    assert_eq!(library.read(&path).await["note"], Value::Null);
}

#[tokio::test]
async fn calls_that_change_nothing_are_answered_too() {
    let library = Library::open().await;
    let path = format!("works/{}", library.create("works", json!({"title": "Faust"})).await);
    let replace = format!("{path}/library.replaceCopies");
    let nothing = || (Verb::Post, replace.as_str(), json!({"copies": []}));
    for (what, calls) in [
        ("alone", vec![nothing()]),
        ("with another", vec![nothing(), nothing()]),
        ("with a change", vec![nothing(), (Verb::Patch, path.as_str(), json!({"note": "signed"}))]),
        ("with a read", vec![nothing(), (Verb::Get, path.as_str(), Value::Null)]),
    ] {
        let answers = answers(&library, &calls).await;
        assert!(answers.iter().all(Result::is_ok), "{what}: {answers:?}");
    }
    assert_eq!(library.read(&path).await["note"], "signed");
}

#[tokio::test]
async fn a_rehearsal_says_what_would_come_of_a_call_and_does_nothing() {
    let library = Library::open().await;
    let call = |who, title: &str| library.request(who, Verb::Post, "works", &json!({"title": title}));
    assert_eq!(library.engine.rehearse(&call(LIBRARIAN, "Faust")).await, Ok(()));
    let kind = async |call| library.engine.rehearse(&call).await.map_err(|error| error.kind);
    assert_eq!(kind(call(VISITOR, "Faust")).await, Err(ErrorKind::Forbidden));
    assert_eq!(kind(call(LIBRARIAN, &"x".repeat(41))).await, Err(ErrorKind::BadRequest));
    assert_eq!(library.read("works").await["value"], json!([]));
}
