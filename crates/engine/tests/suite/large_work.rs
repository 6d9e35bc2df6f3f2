//! Reads that may be long: each waits for a place, and short ones for nothing.

use std::sync::Arc;

use engine::{Call, SharedPlace, Verb, WorkLine, WorkPlaces};
use serde_json::{Value, json};

use crate::support::{LIBRARIAN, Library};

/// The place of a read's answer, if it needs one; the read must not wait.
async fn has_place(library: &Library, url: &str, line: WorkLine) -> bool {
    let call = Call { line, ..library.request(LIBRARIAN, Verb::Get, url, &Value::Null) };
    library.engine.call(call).await.unwrap().place.is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_long_reads_take_a_place() {
    let library = Library::open().await;
    let id = library.create("works", json!({"title": "Faust"})).await;
    let places = WorkPlaces::new(1);
    for (url, needs_place) in [
        (format!("works/{id}"), false),
        ("works?$top=10".to_owned(), false),
        ("works".to_owned(), true),
        ("works?$filter=contains(title,'a')&$top=10".to_owned(), true),
        ("works?$top=10&$count=true".to_owned(), true),
    ] {
        let line = WorkLine::Own(Arc::clone(&places));
        assert_eq!(has_place(&library, &url, line).await, needs_place, "{url}");
    }
}

#[tokio::test]
async fn while_all_places_are_taken_short_reads_and_changes_go_on() {
    let library = Library::open().await;
    let places = WorkPlaces::new(1);
    let held = places.take().await.unwrap();
    let line = || WorkLine::Own(Arc::clone(&places));
    let scan = library.request(LIBRARIAN, Verb::Get, "works?$filter=contains(title,'a')", &Value::Null);
    let scan = async { library.engine.call(Call { line: line(), ..scan }).await };
    let others = async {
        let id = library.create("works", json!({"title": "Faust"})).await;
        assert!(!has_place(&library, &format!("works/{id}"), line()).await);
        let create = library.request(LIBRARIAN, Verb::Post, "works", &json!({"title": "Urfaust"}));
        library.engine.call(Call { line: line(), ..create }).await.unwrap();
    };
    let mut scan = std::pin::pin!(scan);
    tokio::select! {
        biased;
        _ = &mut scan => panic!("it waits for a place"),
        () = others => {}
    }
    drop(held);
    assert!(scan.await.is_ok());
}

#[tokio::test]
async fn the_calls_of_a_request_have_one_place() {
    let library = Library::open().await;
    let places = WorkPlaces::new(1);
    let shared = SharedPlace::of(&places);
    assert!(shared.taken().is_none());
    let scan =
        || has_place(&library, "works?$filter=contains(title,'a')", WorkLine::Shared(Arc::clone(&shared)));
    // The place is the request's and not the answer's.
    assert_eq!(tokio::join!(scan(), scan()), (false, false));
    assert!(shared.taken().is_some());
}
