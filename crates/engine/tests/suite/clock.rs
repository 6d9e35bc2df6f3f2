//! The clock: read and turned on in dev mode, to a time or to an event.

use engine::{EngineSettings, ErrorKind, Verb};
use odata::date_time::Ticks;
use serde_json::{Value, json};

use crate::support::{Library, settings};

fn seconds(clock: &Value) -> i64 {
    Ticks::parse(clock["now"].as_str().unwrap()).unwrap().0 / 10_000_000
}

#[tokio::test]
async fn the_clock_is_turned_on_to_a_time() {
    let library = Library::open().await;
    let before = seconds(&library.read("/_/clock").await);
    let after = seconds(&library.turn(json!({"advance": "PT1H"})).await.unwrap());
    assert!((3_600..3_700).contains(&(after - before)), "{before} {after}");
}

#[tokio::test]
async fn the_clock_is_turned_on_to_an_event() {
    let library = Library::open().await;
    let id = library.create("works", json!({"title": "Faust"})).await;
    let event = json!({"until": format!("restored:{id}")});
    library.call(Verb::Post, &format!("works/{id}/library.restore"), Value::Null).await.unwrap();
    library.turn(event.clone()).await.unwrap();
    assert_eq!(library.read(&format!("works/{id}")).await["note"], "restored");
    assert!(library.turn(event).await.is_ok(), "an event that has happened takes no time");
}

#[tokio::test]
async fn what_the_clock_cannot_do_is_refused() {
    let library = Library::open().await;
    for (sent, kind) in [
        (json!({}), ErrorKind::BadRequest),
        (json!({"advance": "-PT1S"}), ErrorKind::BadRequest),
        (json!({"advance": "P9999D"}), ErrorKind::BadRequest),
        (json!({"until": "borrowed:1"}), ErrorKind::BadRequest),
        (json!({"until": "restored:"}), ErrorKind::BadRequest),
        (json!({"until": "restored:none"}), ErrorKind::NotFound),
    ] {
        assert_eq!(library.turn(sent.clone()).await.unwrap_err().kind, kind, "{sent}");
    }
    let option = library.call(Verb::Get, "/_/clock?$top=1", Value::Null).await.unwrap_err();
    assert_eq!(option.kind, ErrorKind::BadRequest);
}

#[tokio::test]
async fn outside_of_dev_mode_there_is_no_clock() {
    let library = Library::open_as(EngineSettings { dev: false, ..settings() }).await;
    let refused = async |verb, path: &str| {
        let error = library.call(verb, path, json!({"advance": "PT1H"})).await.unwrap_err();
        (error.kind, error.code, error.message)
    };
    for verb in [Verb::Get, Verb::Post, Verb::Delete] {
        let nowhere = refused(verb, "/_/nowhere").await;
        assert_eq!(nowhere.0, ErrorKind::NotFound);
        for path in ["/_/clock", "/_/backlog", "/_/permissions-used"] {
            assert_eq!(refused(verb, path).await, nowhere, "{verb:?} {path}");
            assert!(library.engine.allowed(path).is_err(), "{path}");
        }
    }
}
