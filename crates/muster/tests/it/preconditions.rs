//! `If-Match`, entity tags, and `Prefer`

use serde_json::json;

use crate::samples::{id, password_info};

both![an_entity_tag_guards_against_lost_updates, of_many_at_once_one_wins, a_preference_for_less,];

fn an_entity_tag_guards_against_lost_updates(server: &testkit::Server) {
    let caller = server.caller();
    let created = caller.create("hardwarePasswordInfo", &password_info("1"));
    let path = format!("hardwarePasswordInfo/{}", id(&created));
    let tag = created["@odata.etag"].as_str().expect("a tag").to_owned();
    let patch = |tag: &str, serial: &str| {
        caller.patch(&path).header("If-Match", tag).json(&json!({"serialNumber": serial})).send()
    };
    let changed = patch(&tag, "2").is(200).json();
    assert_ne!(changed["@odata.etag"].as_str(), Some(&*tag));
    assert_eq!(caller.read(&path)["@odata.etag"], changed["@odata.etag"]);
    patch(&tag, "3").refused(412, &[]);
    patch("W/\"garbage\"", "3").refused(412, &[]);
    caller.delete(&path).header("If-Match", &tag).send().refused(412, &[]);
    assert_eq!(caller.read(&path)["serialNumber"], "2");
    patch("*", "4").is(200);
    let both = format!("{tag}, {}", caller.read(&path)["@odata.etag"].as_str().unwrap_or_default());
    patch(&both, "5").is(200);
    caller.delete(&path).header("If-Match", "*").send().is(204);
    patch("*", "6").refused(404, &[]);
}

fn a_preference_for_less(server: &testkit::Server) {
    let caller = server.caller();
    let path =
        format!("hardwarePasswordInfo/{}", id(&caller.create("hardwarePasswordInfo", &password_info("1"))));
    let patch = |prefer: &str| {
        caller.patch(&path).header("Prefer", prefer).json(&json!({"serialNumber": "2"})).send()
    };
    let answer = patch("return=minimal").is(204);
    assert_eq!(answer.header("Preference-Applied"), Some("return=minimal"));
    assert!(answer.body.is_empty());
    assert_eq!(patch("return=representation").is(200).json()["serialNumber"], "2");
}

fn of_many_at_once_one_wins(server: &testkit::Server) {
    let caller = server.caller();
    let created = caller.create("hardwarePasswordInfo", &password_info("0"));
    let path = format!("hardwarePasswordInfo/{}", id(&created));
    let tag = created["@odata.etag"].as_str().expect("a tag").to_owned();
    let patch = &|at: usize| {
        let request = caller.patch(&path).header("If-Match", &tag);
        request.json(&json!({"serialNumber": at.to_string()})).send().status
    };
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|at| scope.spawn(move || patch(at))).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    let won = statuses.iter().filter(|status| **status == 200).count();
    assert_eq!((won, statuses.len()), (1, 8), "{statuses:?}");
    assert!(statuses.iter().all(|status| [200, 412].contains(status)), "{statuses:?}");
}
