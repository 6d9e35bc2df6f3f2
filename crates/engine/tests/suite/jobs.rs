//! Jobs: done, tried again, given up, each with the permission of its family.

use engine::{Verb, later};
use odata::Key;
use odata::date_time::Ticks;
use serde_json::{Value, json};
use store::{Actor, AuditDetail, Unit};
use uuid::Uuid;

use crate::support::{HANDS, LIBRARIAN, Library, RESTORING, TENANT};

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

#[tokio::test]
async fn who_causes_jobs_waits_while_they_are_late_and_nobody_else_does() {
    let library = Library::open().await;
    let mut paths = Vec::new();
    for _ in 0..2 {
        paths.push(format!("works/{}", library.create("works", json!({"title": "Faust"})).await));
    }
    let restore = |path: &str, manner| {
        let url = format!("{path}/library.restore");
        let library = &library;
        async move { library.call(Verb::Post, &url, json!({"manner": manner})).await }
    };
    // Two seconds late, it waits for a hand.
    let now = Ticks::parse(library.read("/_/clock").await["now"].as_str().unwrap()).unwrap();
    let (_, key) = paths[0].split_once('/').unwrap();
    let unit = Unit {
        tenant: TENANT,
        actor: Actor { id: Uuid::nil(), application: Uuid::nil() },
        detail: AuditDetail::default(),
        request_id: Uuid::nil(),
        at: now,
        changes: vec![RESTORING.job(Key::parse(key), b"busy", later(now, -2))],
        remembered: Vec::new(),
    };
    library.engine.store().apply(unit).await.unwrap();
    let turned = library.turn(json!({"advance": "PT0S"}));
    let meanwhile = async {
        while library.read("/_/backlog").await["jobsHoldWriters"] != true {
            tokio::task::yield_now().await;
        }
        let mut another = Box::pin(restore(&paths[1], "at once"));
        let others = async {
            for _ in 0..10 {
                library.create("works", json!({"title": "Urfaust"})).await;
                library.read(&paths[0]).await;
            }
        };
        tokio::select! {
            biased;
            _ = &mut another => panic!("it caused a job while others were late"),
            () = others => {}
        }
        HANDS.add_permits(1);
        another.await.unwrap();
    };
    let (turned, ()) = tokio::join!(turned, meanwhile);
    turned.unwrap();
    assert_eq!(library.read("/_/backlog").await["jobsHoldWriters"], false);
    assert_eq!(library.read(&paths[0]).await["note"], "restored");
}
