//! `hardwarePasswordDetails/muster.merge`: what becomes of a record when a copy of it is taken in

use serde_json::{Value, json};
use testkit::TestServer;
use uuid::Uuid;

use crate::at_rest::{looks, records};

const DETAILS: &str = "hardwarePasswordDetails";
const MERGE: &str = "hardwarePasswordDetails/muster.merge";

both![
    no_password_of_either_side_is_lost,
    what_is_taken_in_is_on_record_and_seen_by_nobody,
    a_rehearsal_changes_nothing,
    what_cannot_be_taken_in_is_refused_as_a_whole,
];

/// A history, newest first; the first is the current password. `-` stands for a record without one.
type History<'h> = &'h [&'h str];
/// What is here, what the copy has, whether conflicts are taken, what is told, and what is here afterwards.
type MergeCase<'c> = (&'c str, Option<History<'c>>, History<'c>, bool, &'c str, History<'c>);

fn parts(history: History<'_>) -> (Value, Value) {
    match history {
        ["-", former @ ..] => (Value::Null, json!(former)),
        [current, former @ ..] => (json!(current), json!(former)),
        [] => (Value::Null, json!([])),
    }
}

fn copy(id: &str, history: History<'_>) -> Value {
    let (current, former) = parts(history);
    json!({"id": id, "serialNumber": "S", "currentPassword": current, "previousPasswords": former})
}

fn no_password_of_either_side_is_lost(server: &TestServer) {
    let caller = server.caller();
    let cases: [MergeCase<'_>; 14] = [
        ("it is not here", None, &["b", "a"], false, "new", &["b", "a"]),
        ("the same", Some(&["b", "a"]), &["b", "a"], false, "same", &["b", "a"]),
        ("the copy knows less", Some(&["b", "a"]), &["b"], false, "same", &["b", "a"]),
        ("the copy knows more", Some(&["b"]), &["b", "a"], false, "completed", &["b", "a"]),
        ("the copy is newer", Some(&["a"]), &["b", "a"], false, "updated", &["b", "a"]),
        (
            "the copy is much newer",
            Some(&["b", "a"]),
            &["e", "d", "c", "b"],
            false,
            "updated",
            &["e", "d", "c", "b", "a"],
        ),
        (
            "newer, and knows older ones",
            Some(&["c", "a"]),
            &["d", "c", "b"],
            false,
            "updated",
            &["d", "c", "a", "b"],
        ),
        ("the copy is older", Some(&["c", "b", "a"]), &["b", "a"], false, "kept", &["c", "b", "a"]),
        ("older, and knows more", Some(&["c", "b"]), &["b", "a"], false, "completed", &["c", "b", "a"]),
        ("the copy has none", Some(&["b", "a"]), &["-"], false, "kept", &["b", "a"]),
        ("it was removed since", Some(&["b", "a"]), &["-", "b", "a"], false, "updated", &["-", "b", "a"]),
        ("there is none here", Some(&["-", "a"]), &["b", "a"], false, "updated", &["b", "a"]),
        ("neither knows the other", Some(&["b", "a"]), &["c", "a"], false, "conflict", &["b", "a"]),
        (
            "and the copy's is taken",
            Some(&["b", "a"]),
            &["c", "x", "a"],
            true,
            "replaced",
            &["c", "x", "b", "a"],
        ),
    ];
    for (case, here, sent, take_conflicts, outcome, expected) in cases {
        let id = Uuid::new_v4().to_string();
        if let Some(here) = here {
            caller.create(DETAILS, &copy(&id, here));
        }
        let body = json!({"records": [copy(&id, sent)], "takeConflicts": take_conflicts});
        let told = caller.act(MERGE, &body).is(200).json();
        let became = &told["value"][0];
        assert_eq!((&became["id"], &became["outcome"]), (&json!(id), &json!(outcome)), "{case}");
        let record = caller.read(&format!("{DETAILS}/{id}"));
        let (current, former) = parts(expected);
        assert_eq!(record["currentPassword"], current, "{case}");
        assert_eq!(record["previousPasswords"], former, "{case}");
        let again = caller.act(MERGE, &body).is(200).json();
        let settled = if outcome == "conflict" {
            "conflict"
        } else {
            again["value"][0]["outcome"].as_str().unwrap_or("")
        };
        assert!(matches!(settled, "same" | "kept" | "conflict"), "{case}: {again}");
    }
}

fn what_is_taken_in_is_on_record_and_seen_by_nobody(server: &TestServer) {
    let caller = server.caller();
    let ids: Vec<String> = (0..4).map(|_| Uuid::new_v4().to_string()).collect();
    let send = |histories: [History<'_>; 4]| {
        let records: Vec<Value> = ids.iter().zip(histories).map(|(id, history)| copy(id, history)).collect();
        caller.act(MERGE, &json!({"records": records})).is(200).json()
    };
    send([&["a"], &["a"], &["a"], &["a"]]);
    let told = send([&["a"], &["b", "a"], &["x"], &["a"]]);
    let outcomes: Vec<&Value> =
        told["value"].as_array().into_iter().flatten().map(|told| &told["outcome"]).collect();
    assert_eq!(outcomes, ["same", "updated", "conflict", "same"]);
    assert_eq!(looks(server, caller.tenant_id()), 0, "nobody has seen a password");
    let recorded: Vec<(Value, Value)> = records(server, caller.tenant_id())
        .into_iter()
        .map(|record| (record["activity"].clone(), record["keys"].clone()))
        .collect();
    let expected = [("merged", json!(ids)), ("merged", json!([ids[1]])), ("conflicting", json!([ids[2]]))];
    assert_eq!(recorded, expected.map(|(activity, keys)| (json!(activity), keys)));
    let version = |id: &String| {
        caller.get(&format!("{DETAILS}/{id}?$select=id")).send().header("ETag").map(str::to_owned)
    };
    let before: Vec<_> = ids.iter().map(version).collect();
    send([&["a"], &["b", "a"], &["a"], &["a"]]);
    assert_eq!(ids.iter().map(version).collect::<Vec<_>>(), before, "what is the same is not written");
}

fn a_rehearsal_changes_nothing(server: &TestServer) {
    let caller = server.caller();
    let id = Uuid::new_v4().to_string();
    let body = |rehearse: bool| json!({"records": [copy(&id, &["b", "a"])], "rehearse": rehearse});
    assert_eq!(caller.act(MERGE, &body(true)).is(200).json()["value"][0]["outcome"], "new");
    caller.get(&format!("{DETAILS}/{id}")).send().is(404);
    assert!(records(server, caller.tenant_id()).is_empty());
    caller.act(MERGE, &body(false)).is(200);
    caller.remove(&format!("{DETAILS}/{id}"));
    assert_eq!(caller.act(MERGE, &body(false)).is(200).json()["value"][0]["outcome"], "deleted");
}

fn what_cannot_be_taken_in_is_refused_as_a_whole(server: &TestServer) {
    let caller = server.caller();
    let id = Uuid::new_v4().to_string();
    let good = copy(&id, &["a"]);
    let send = |records: Value| caller.post(MERGE).json(&json!({"records": records})).send();
    send(json!([good, {"currentPassword": "b"}])).refused(400, &["id"]);
    send(json!([good, {"id": "", "currentPassword": "b"}])).refused(400, &["position 1", "no id"]);
    send(json!([good, good])).refused(400, &[&id, "position 1"]);
    send(json!([good, {"id": "x", "currentPassword": "p".repeat(257)}])).refused(400, &["currentPassword"]);
    send(json!(vec![good.clone(); 1_001])).refused(400, &["1000", "1001"]);
    let reader = caller.permission("DeviceManagementConfiguration.Read.All");
    reader.post(MERGE).json(&json!({"records": [good]})).send().refused(403, &["ReadWrite"]);
    assert!(caller.list(DETAILS).is_empty());
}
