//! Jobs: done, tried again, given up, each with the permission of its family.

use engine::Verb;
use serde_json::{Value, json};

use crate::support::{LIBRARIAN, Library};

/// Has works restored in one request, and turns the clock on so that the jobs are done.
async fn restored(manners: &[Value], turn: &str) -> Vec<Value> {
    let library = Library::open().await;
    let mut paths = Vec::new();
    for _ in manners {
        paths.push(format!("works/{}", library.create("works", json!({"title": "Faust"})).await));
    }
    let restores = paths.iter().zip(manners).map(|(path, manner)| {
        library.request(LIBRARIAN, Verb::Post, &format!("{path}/library.restore"), &json!({"manner": manner}))
    });
    let request_id = uuid::Uuid::now_v7();
    let restores = restores.map(|call| engine::Call { request_id, ..call });
    for answer in library.engine.change_set(restores.collect()).await {
        answer.unwrap();
    }
    library.turn(json!({"advance": turn})).await.unwrap();
    let mut notes = Vec::new();
    for path in &paths {
        notes.push(library.read(path).await["note"].clone());
    }
    notes
}

#[tokio::test]
async fn a_job_that_fails_is_tried_again_and_given_up_and_keeps_no_other_from_being_done() {
    let done = json!("restored");
    for (manners, turn, notes) in [
        (vec![json!(null)], "PT0S", vec![done.clone()]),
        (vec![json!(null), json!("by hand")], "PT0S", vec![done.clone(), done.clone()]),
        (vec![json!(null), json!("hopeless")], "PT0S", vec![done, json!(null)]),
        (vec![json!("hopeless")], "PT5M", vec![json!(null)]),
        (vec![json!("hopeless"), json!("broken")], "PT2H", vec![json!("given up"), json!("given up")]),
    ] {
        assert_eq!(restored(&manners, turn).await, notes, "{manners:?} after {turn}");
    }
}

#[tokio::test]
async fn each_family_has_a_permission_of_its_own() {
    let library = Library::open().await;
    let reader = format!("readers/{}", library.create("readers", json!({"name": "Ada"})).await);
    let work = format!("works/{}", library.create("works", json!({"title": "Faust"})).await);
    library.call(Verb::Post, &format!("{reader}/library.invite"), Value::Null).await.unwrap();
    library.call(Verb::Post, &format!("{work}/library.restore"), Value::Null).await.unwrap();
    library.turn(json!({"advance": "PT0S"})).await.unwrap();
    assert_eq!(library.read(&reader).await["name"], "invited");
    assert_eq!(library.read(&work).await["note"], "restored");
    assert_eq!(library.engine.store().next_job().await.unwrap(), None, "no job is left");
}
