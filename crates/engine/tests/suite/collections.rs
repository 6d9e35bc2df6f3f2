//! Collections that are no whole sets: those that are expanded, and those that pick their entities elsewhere.

use std::sync::Arc;

use engine::{Bounds, EngineSettings, ErrorKind, LiveBounds, Verb};
use serde_json::{Value, json};

use crate::support::{LIBRARIAN, Library, settings};

/// The sources of an expansion, and the targets that each of them shares with all others.
const WORKS: usize = 400;
const AUTHORS: usize = 50;

#[tokio::test]
async fn an_expanded_list_that_all_entities_share_is_bounded_by_their_number() {
    let bounds = Arc::new(LiveBounds::new(Bounds { page_size: 500, ..Bounds::default() }));
    let library = Library::open_as(EngineSettings { bounds, ..settings() }).await;
    for (set, property, count) in [("works", "title", WORKS), ("authors", "name", AUTHORS)] {
        let create = |_| library.request(LIBRARIAN, Verb::Post, set, &json!({property: "Emma"}));
        let answers = library.engine.change_set((0..count).map(create).collect()).await;
        assert!(answers.iter().all(Result::is_ok));
    }
    let shown = |work: &Value| work["consulted"].as_array().unwrap().len();

    let all = library.read("works?$expand=consulted").await;
    let works = all["value"].as_array().unwrap();
    assert_eq!(works.len(), WORKS);
    assert_eq!(works.iter().map(shown).sum::<usize>(), 10_000, "25 authors in each of 400 works");
    assert!(works[0]["consulted@odata.nextLink"].is_string(), "and where the others are");

    let few = library.read("works?$top=2&$expand=consulted").await;
    assert_eq!(few["value"].as_array().unwrap().iter().map(shown).collect::<Vec<_>>(), [AUTHORS, AUTHORS]);
}

#[tokio::test]
async fn the_changes_of_a_set_can_be_followed_and_those_of_a_part_cannot() {
    let library = Library::open().await;
    let author = library.create("authors", json!({"name": "Goethe"})).await;
    library.create("readers", json!({"name": "fan"})).await;
    library.create("readers", json!({"name": "Ada"})).await;
    let fans = format!("authors/{author}/fans");
    assert_eq!(library.read(&fans).await["value"].as_array().unwrap().len(), 1);
    assert_eq!(library.read("readers/library.delta").await["value"].as_array().unwrap().len(), 2);
    let refused = library.call(Verb::Get, &format!("{fans}/library.delta"), Value::Null).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotImplemented, "the fans are no set of their own");
}
