//! The way of a call, from its path to its answer: entities are created, read, changed and deleted by those who may.

use engine::{ErrorKind, Status, Verb};
use serde_json::{Value, json};

use crate::support::{LIBRARIAN, Library, STRANGER, VISITOR, json as body, values};

#[tokio::test]
async fn an_entity_is_created_read_listed_changed_and_deleted() {
    let library = Library::open().await;
    let created = library.call_as(LIBRARIAN, Verb::Post, "works", json!({"title": "Faust"})).await.unwrap();
    assert_eq!(created.status, Status::Created);
    let id = body(&created)["id"].as_str().unwrap().to_owned();
    assert_eq!(created.location, Some(format!("https://library/beta/library/works/{id}")));

    let path = format!("works/{id}");
    assert_eq!(library.read(&path).await["title"], "Faust");
    assert_eq!(values(&library.read("works?$filter=title eq 'Faust'").await, "id"), [&id]);
    assert_eq!(values(&library.read("works?$filter=title eq 'Emma'").await, "id"), [""; 0]);

    let changed = library.call(Verb::Patch, &path, json!({"note": "signed"})).await.unwrap();
    assert_eq!((&changed["title"], &changed["note"]), (&json!("Faust"), &json!("signed")));

    let deleted = library.call_as(LIBRARIAN, Verb::Delete, &path, Value::Null).await.unwrap();
    assert_eq!(deleted.status, Status::NoContent);
    let missing = library.call(Verb::Get, &path, Value::Null).await.unwrap_err();
    assert_eq!(missing.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_call_is_refused_by_the_first_stage_that_finds_a_reason() {
    let library = Library::open().await;
    let id = library.create("works", json!({"title": "Faust"})).await;
    let (work, note) = (format!("works/{id}"), format!("works/{id}/note"));
    for (who, verb, url, sent, kind) in [
        (LIBRARIAN, Verb::Get, "sheets", Value::Null, ErrorKind::NotFound),
        (LIBRARIAN, Verb::Get, "works?$filter=colour eq 1", Value::Null, ErrorKind::BadRequest),
        (LIBRARIAN, Verb::Put, "works", json!({}), ErrorKind::MethodNotAllowed),
        (VISITOR, Verb::Post, "works", json!({"title": "Emma"}), ErrorKind::Forbidden),
        (VISITOR, Verb::Patch, &work, json!({"note": "mine"}), ErrorKind::Forbidden),
        (VISITOR, Verb::Delete, &work, Value::Null, ErrorKind::Forbidden),
        (VISITOR, Verb::Get, "readers", Value::Null, ErrorKind::Forbidden),
        (LIBRARIAN, Verb::Post, "works", json!({"title": null}), ErrorKind::BadRequest),
        (LIBRARIAN, Verb::Post, "works", json!({"title": "x".repeat(41)}), ErrorKind::BadRequest),
        (LIBRARIAN, Verb::Patch, "works/none", json!({"note": "lost"}), ErrorKind::NotFound),
    ] {
        let refused = library.call_as(who, verb, url, sent.clone()).await.unwrap_err();
        assert_eq!(refused.kind, kind, "{verb:?} {url} {sent}: {}", refused.message);
    }
    assert!(library.call_as(VISITOR, Verb::Get, &note, Value::Null).await.is_ok());
}

#[tokio::test]
async fn an_entity_of_another_tenant_is_told_as_a_missing_one() {
    let library = Library::open().await;
    let id = library.create("works", json!({"title": "Faust"})).await;
    for (verb, suffix, sent) in [
        (Verb::Get, "", Value::Null),
        (Verb::Get, "/title", Value::Null),
        (Verb::Get, "/copies", Value::Null),
        (Verb::Patch, "", json!({"note": "mine"})),
        (Verb::Delete, "", Value::Null),
        (Verb::Post, "/library.lend", json!({"reader": "Ada"})),
        (Verb::Post, "/library.replaceCopies", json!({"copies": []})),
    ] {
        let ask = async |id: &str| {
            let url = format!("works/{id}{suffix}");
            let refused = library.call_as(STRANGER, verb, &url, sent.clone()).await.unwrap_err();
            (refused.kind, refused.message.replace(id, "{id}"))
        };
        let (foreign, missing) = (ask(&id).await, ask("00000000-0000-4000-8000-000000000000").await);
        assert_eq!(foreign, missing, "{verb:?} {suffix}");
        assert_eq!(foreign.0, ErrorKind::NotFound, "{verb:?} {suffix}");
    }
    assert_eq!(
        body(&library.call_as(STRANGER, Verb::Get, "works", Value::Null).await.unwrap())["value"],
        json!([])
    );
    assert_eq!(library.read(&format!("works/{id}")).await["note"], Value::Null);
}

#[tokio::test]
async fn a_bound_that_the_model_tightened_keeps_no_old_entity_from_changing() {
    let library = Library::open().await;
    let long = library.create("works", json!({"title": "The Old Curiosity Shop"})).await;
    let short = library.create("works", json!({"title": "Emma"})).await;
    let library = library.reopened("MaxLength=\"40\"", "MaxLength=\"10\"").await;
    let path = format!("works/{long}");

    let changed = library.call(Verb::Patch, &path, json!({"note": "signed"})).await.unwrap();
    assert_eq!(changed["note"], "signed", "what is stored and unchanged is not looked at again");
    assert_eq!(library.read(&format!("{path}/title")).await["value"], "The Old Curiosity Shop");
    library.call(Verb::Post, &format!("{path}/library.restore"), Value::Null).await.unwrap();
    library.turn(json!({"advance": "PT0S"})).await.unwrap();
    assert_eq!(library.read(&path).await["note"], "restored", "nor by a job");
    let longer = json!({"title": "The Old Curiosity Shop II"});
    assert_eq!(library.call(Verb::Patch, &path, longer).await.unwrap_err().kind, ErrorKind::BadRequest);

    let page = library.read("works?$orderby=title&$top=1").await;
    assert_eq!(values(&page, "id"), [&short]);
    let next =
        page["@odata.nextLink"].as_str().unwrap().strip_prefix("https://library/beta/library/").unwrap();
    assert_eq!(values(&library.read(next).await, "id"), [&long], "pages are ordered by what is stored");
}
