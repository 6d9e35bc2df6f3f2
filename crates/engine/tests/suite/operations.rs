//! Operations: their parameters, the time they may take, and the action that replaces a contained collection.

use std::time::{Duration, Instant};

use engine::{EngineSettings, ErrorKind, Verb, code};
use serde_json::{Value, json};

use crate::support::{Library, settings, values};

#[tokio::test]
async fn parameters_are_read_by_their_names() {
    let library = Library::open().await;
    let path = format!("works/{}", library.create("works", json!({"title": "Faust"})).await);
    for (sent, expected) in [
        (json!({"reader": "Ada"}), Ok(("Ada", 14))),
        (json!({"days": 3, "reader": "Ada"}), Ok(("Ada", 3))),
        (json!({"reader": "Grace", "days": null}), Ok(("Grace", 14))),
        (json!({"days": 3}), Err(code::PROPERTY_REQUIRED)),
        (json!({"reader": null}), Err(code::PROPERTY_REQUIRED)),
        (Value::Null, Err(code::PROPERTY_REQUIRED)),
    ] {
        let lent = library.call(Verb::Post, &format!("{path}/library.lend"), sent.clone()).await;
        match expected {
            Err(code) => assert_eq!(lent.unwrap_err().code, code, "{sent}"),
            Ok((reader, days)) => {
                assert!(lent.is_ok(), "{sent}");
                let work = library.read(&path).await;
                assert_eq!((&work["lentTo"], &work["daysLeft"]), (&json!(reader), &json!(days)), "{sent}");
            }
        }
    }
}

#[tokio::test]
async fn an_operation_that_never_answers_ends_when_its_time_and_its_patience_are_over() {
    let call_time = Duration::from_millis(30);
    let library = Library::open_as(EngineSettings { call_time, ..settings() }).await;
    let path = format!("works/{}/library.ponder", library.create("works", json!({"title": "Faust"})).await);
    let begun = Instant::now();
    let overdue = library.call(Verb::Get, &path, Value::Null).await.unwrap_err();
    assert_eq!(overdue.kind, ErrorKind::Overdue);
    assert!(begun.elapsed() >= Duration::from_millis(70), "its patience comes on top of a call's own time");
}

#[tokio::test]
async fn what_replaces_a_collection_is_admitted_and_created_as_a_client_creates() {
    let library = Library::open().await;
    let work = format!("works/{}", library.create("works", json!({"title": "Faust"})).await);
    let (replace, copies) = (format!("{work}/library.replaceCopies"), format!("{work}/copies"));
    library.create(&copies, json!({"condition": "old"})).await;

    let refused = library.call(Verb::Post, &replace, json!({"copies": [{"condition": "lost"}]})).await;
    assert_eq!(refused.unwrap_err().message, "A lost copy is no copy.");
    assert_eq!(values(&library.read(&copies).await, "condition"), ["old"], "nothing is replaced");

    let new = json!({"copies": [{"condition": "new"}, {"condition": "torn"}]});
    let replaced = library.call(Verb::Post, &replace, new).await.unwrap();
    assert_eq!(values(&replaced, "condition"), ["new", "torn"]);
    assert!(replaced["value"][0]["acquiredDateTime"].is_string(), "the behaviour of copies completes them");
    let due = library.engine.store().next_job().await.unwrap();
    assert!(due.is_some(), "the job that comes with a torn copy is written");
    library.call(Verb::Post, &replace, json!({"copies": []})).await.unwrap();
    assert_eq!(library.read(&copies).await["value"], json!([]));
}

#[tokio::test]
async fn of_two_that_replace_a_collection_at_once_one_has_its_way() {
    let library = Library::open().await;
    for _ in 0..20 {
        let work = format!("works/{}", library.create("works", json!({"title": "Faust"})).await);
        let replace = format!("{work}/library.replaceCopies");
        let with = |condition: &str| json!({"copies": [{"condition": condition}, {"condition": condition}]});
        let (one, other) = tokio::join!(
            library.call(Verb::Post, &replace, with("one")),
            library.call(Verb::Post, &replace, with("other")),
        );
        assert!(one.is_ok() && other.is_ok());
        let copies = library.read(&format!("{work}/copies")).await;
        let copies = values(&copies, "condition");
        assert!(copies == ["one"; 2] || copies == ["other"; 2], "{copies:?}");
    }
}
