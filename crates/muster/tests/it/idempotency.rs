//! `Idempotency-Key`: a create that is sent again

use serde_json::{Value, json};
use testkit::{HttpAnswer, TestCaller};

use crate::samples::{configuration, device, id, imported, password_info};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "hardwarePasswordInfo";

both![
    a_create_that_is_sent_again_gets_the_first_answer,
    an_import_that_is_sent_again_creates_nothing,
    another_body_under_the_same_key_is_refused,
    keys_are_each_callers_own,
    of_many_at_once_one_creates,
    secrets_come_back_without_being_kept,
    inside_of_a_batch,
    what_is_no_key,
];

pooled![a_create_that_is_sent_again_gets_the_first_answer, of_many_at_once_one_creates];

fn send(caller: &TestCaller<'_>, path: &str, key: &str, body: &Value) -> HttpAnswer {
    caller.post(path).header("Idempotency-Key", key).json(body).send()
}

#[track_caller]
fn assert_same(first: &HttpAnswer, second: &HttpAnswer) {
    assert_eq!((first.status, first.json()), (second.status, second.json()));
    for name in ["Location", "ETag"] {
        assert_eq!(first.header(name), second.header(name), "{name}");
    }
}

fn a_create_that_is_sent_again_gets_the_first_answer(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut import = imported("A");
    import["state"] = json!({"deviceImportStatus": "pending"});
    for (set, body) in [
        (DEVICES, device("A")),
        ("hardwareConfigurations", configuration("A")),
        ("importedWindowsAutopilotDeviceIdentities", import),
    ] {
        let first = send(&caller, set, "one", &body).is(201);
        assert_same(&first, &send(&caller, set, "one", &body));
        let path = format!("{set}/{}", id(&first.json()));
        // It is the first answer even when the entity is another by now, or gone.
        caller.remove(&path);
        assert_same(&first, &send(&caller, set, "one", &body));
        assert!(caller.list(set).is_empty());
        let second = send(&caller, set, "two", &body).is(201);
        assert_ne!(id(&second.json()), id(&first.json()));
    }
    let minimal = caller.post(DEVICES).header("Idempotency-Key", "one").header("Prefer", "return=minimal");
    let minimal = minimal.json(&device("A")).send().is(204);
    assert_eq!(minimal.header("Location"), send(&caller, DEVICES, "one", &device("A")).header("Location"));
}

fn an_import_that_is_sent_again_creates_nothing(server: &testkit::TestServer) {
    let caller = server.caller();
    let set = "importedWindowsAutopilotDeviceIdentities";
    let path = format!("{set}/import");
    let ids = |answer: HttpAnswer| -> Vec<String> {
        answer.is(200).json()["value"].as_array().into_iter().flatten().map(id).collect()
    };
    let body = json!({set: [imported("A"), imported("B"), imported("C")]});
    let first = ids(send(&caller, &path, "one", &body));
    assert_eq!(ids(send(&caller, &path, "one", &body)), first);
    let minimal = caller.post(&path).header("Idempotency-Key", "one").header("Prefer", "return=minimal");
    minimal.json(&body).send().is(204);
    send(&caller, &path, "one", &json!({set: [imported("A")]})).refused(422, &["Idempotency-Key"]);
    assert_eq!(caller.list(set).len(), 3);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| ids(send(&caller, &path, "two", &body)));
        }
    });
    assert_eq!(caller.list(set).len(), 6, "of many at once one creates");
}

fn another_body_under_the_same_key_is_refused(server: &testkit::TestServer) {
    let caller = server.caller();
    send(&caller, DEVICES, "key", &device("A")).is(201);
    send(&caller, DEVICES, "key", &device("B")).refused(422, &["Idempotency-Key", "another body"]);
    assert_eq!(caller.list(DEVICES).len(), 1);
    // What was refused is not remembered.
    send(&caller, "hardwareConfigurations", "key", &json!({"displayName": "only"})).refused(400, &[]);
    send(&caller, "hardwareConfigurations", "key", &configuration("A")).is(201);
}

fn keys_are_each_callers_own(server: &testkit::TestServer) {
    let caller = server.caller();
    let callers = [caller.clone(), caller.app(), caller.elsewhere(), caller.v1()];
    let ids: Vec<String> =
        callers.iter().map(|caller| id(&send(caller, DEVICES, "key", &device("A")).is(201).json())).collect();
    for (caller, id_before) in callers.iter().zip(&ids) {
        assert_eq!(&id(&send(caller, DEVICES, "key", &device("A")).is(201).json()), id_before);
        assert_eq!(ids.iter().filter(|other| *other == id_before).count(), 1, "{ids:?}");
    }
    // Another path is another request.
    send(&caller, "hardwarePasswordDetails", "key", &json!({"serialNumber": "A"})).is(201);
}

fn of_many_at_once_one_creates(server: &testkit::TestServer) {
    let caller = server.caller();
    let create = &|| send(&caller, DEVICES, "key", &device("A")).is(201).json();
    let answers: Vec<Value> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(caller.list(DEVICES).len(), 1);
}

fn secrets_come_back_without_being_kept(server: &testkit::TestServer) {
    let caller = server.caller();
    let mut body = password_info("A");
    body["currentPassword"] = json!("a secret of idempotency");
    let first = send(&caller, PASSWORDS, "key", &body).is(201);
    assert_eq!(first.json()["currentPassword"], body["currentPassword"]);
    assert_same(&first, &send(&caller, PASSWORDS, "key", &body));
    let mut guess = body.clone();
    guess["currentPassword"] = json!("a guess");
    send(&caller, PASSWORDS, "key", &guess).refused(422, &[]);
}

fn inside_of_a_batch(server: &testkit::TestServer) {
    let caller = server.caller();
    let request = |name: &str, body: Value, group: &str| {
        json!({"id": name, "method": "POST", "url": format!("deviceManagement/{DEVICES}"), "body": body,
            "headers": {"Idempotency-Key": name}, "atomicityGroup": group})
    };
    for group in ["", "g"] {
        let requests = [
            request(&format!("a{group}"), device("A"), group),
            request(&format!("b{group}"), device("B"), group),
        ];
        let send = || caller.post("/beta/$batch").json(&json!({"requests": requests})).send().is(200).json();
        let first = send();
        assert!([0, 1].iter().all(|at| first["responses"][at]["status"] == 201), "{first}");
        assert_eq!(send(), first);
    }
    assert_eq!(caller.list(DEVICES).len(), 4);
    // A request that was answered alone, and one that was not, in one group.
    send(&caller, DEVICES, "known", &device("C")).is(201);
    let requests = [request("known", device("C"), "h"), request("new", device("D"), "h")];
    caller.post("/beta/$batch").json(&json!({"requests": requests})).send().is(200);
    assert_eq!(caller.list(DEVICES).len(), 6);
}

fn what_is_no_key(server: &testkit::TestServer) {
    let caller = server.caller();
    for key in ["", &"x".repeat(256)] {
        send(&caller, DEVICES, key, &device("A")).refused(400, &["Idempotency-Key", "255"]);
    }
    send(&caller, DEVICES, &"x".repeat(255), &device("A")).is(201);
    // Only a create heeds it.
    let path = format!("{DEVICES}/{}", id(&caller.list(DEVICES)[0]));
    for tag in ["B", "C"] {
        let patch = caller.patch(&path).header("Idempotency-Key", "key").json(&json!({"groupTag": tag}));
        assert_eq!(patch.send().is(200).json()["groupTag"], tag);
    }
}
