//! `/deviceManagement/hardwarePasswordInfo`

use serde_json::{Value, json};
use testkit::assert_subset;
use uuid::Uuid;

use crate::samples::{id, password_info, serials};

const PATH: &str = "hardwarePasswordInfo";

both![
    create_answers_201_with_the_entity,
    ids_are_ours,
    an_update_keeps_clears_and_replaces,
    previous_passwords_are_bounded,
    the_serial_number_is_required,
    the_key_is_a_segment_or_in_parentheses,
    a_look_for_one_serial_number,
    what_is_deleted_is_gone,
];

fn create_answers_201_with_the_entity(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = password_info("Serial Number value");
    let answer = caller.act(PATH, &body).is(201);
    let created = answer.json();
    assert_subset(&created, &body);
    let location = format!("{}/{}", caller.url(PATH), id(&created));
    assert_eq!(answer.header("Location"), Some(&*location));
    assert_eq!(answer.header("ETag"), created["@odata.etag"].as_str());
    assert_subset(&caller.read(&location), &body);
}

fn ids_are_ours(server: &testkit::TestServer) {
    let caller = server.caller();
    let wanted = "418e4bb4-4bb4-418e-b44b-8e41b44b8e41";
    let mut body = password_info("1");
    body["id"] = json!(wanted);
    let id = id(&caller.create(PATH, &body));
    assert_ne!(id, wanted);
    assert_eq!(Uuid::parse_str(&id).map(|id| id.get_version_num()), Ok(7), "{id}");
    caller.get(&format!("{PATH}/{wanted}")).send().refused(404, &[]);
}

fn previous_passwords_are_bounded(server: &testkit::TestServer) {
    let caller = server.caller();
    let many = |count: usize, length: usize| json!(vec!["ü".repeat(length); count]);
    for (of, set) in ["hardwarePasswordInfo", "hardwarePasswordDetails"].into_iter().enumerate() {
        let mut body = json!({"serialNumber": format!("{of}"), "previousPasswords": many(1_000, 256)});
        let created = caller.create(set, &body);
        assert_eq!(created["previousPasswords"], body["previousPasswords"]);
        let path = format!("{set}/{}", id(&created));
        for (count, length, most) in [(1_001, 1, "1000"), (100_000, 1, "1000"), (1, 257, "256")] {
            let words = ["previousPasswords", most];
            body["previousPasswords"] = many(count, length);
            caller.act(set, &body).refused(400, &words);
            let change = json!({"previousPasswords": many(count, length)});
            caller.patch(&path).json(&change).send().refused(400, &words);
            let own = format!("{path}/previousPasswords");
            caller
                .request("PUT", &own)
                .json(&json!({"value": many(count, length)}))
                .send()
                .refused(400, &words);
        }
    }
}

fn an_update_keeps_clears_and_replaces(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &password_info("1"))));
    let steps = [
        (
            json!({"serialNumber": "2"}),
            json!({"serialNumber": "2", "currentPassword": "Current Password value", "previousPasswords": ["Previous Passwords value"]}),
        ),
        (
            json!({"currentPassword": null}),
            json!({"serialNumber": "2", "currentPassword": null, "previousPasswords": ["Current Password value", "Previous Passwords value"]}),
        ),
        (
            json!({"previousPasswords": ["b", "a"]}),
            json!({"serialNumber": "2", "currentPassword": null, "previousPasswords": ["b", "a"]}),
        ),
        (
            json!({"currentPassword": "neu ü\"\\/\u{1F511}"}),
            json!({"serialNumber": "2", "currentPassword": "neu ü\"\\/\u{1F511}", "previousPasswords": ["b", "a"]}),
        ),
        (
            json!({"previousPasswords": []}),
            json!({"currentPassword": "neu ü\"\\/\u{1F511}", "previousPasswords": []}),
        ),
        (
            json!({}),
            json!({"serialNumber": "2", "currentPassword": "neu ü\"\\/\u{1F511}", "previousPasswords": []}),
        ),
    ];
    for (body, expected) in steps {
        assert_subset(&caller.change(&path, &body), &expected);
        assert_subset(&caller.read(&path), &expected);
    }
}

fn the_serial_number_is_required(server: &testkit::TestServer) {
    let caller = server.caller();
    for body in [json!({}), json!({"serialNumber": null}), json!({"currentPassword": "x"})] {
        caller.act(PATH, &body).refused(400, &["serialNumber"]);
    }
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &password_info("1"))));
    caller.patch(&path).json(&json!({"serialNumber": null})).send().refused(400, &["serialNumber"]);
}

fn the_key_is_a_segment_or_in_parentheses(server: &testkit::TestServer) {
    let caller = server.caller();
    let id = id(&caller.create(PATH, &password_info("1")));
    let upper = id.to_uppercase();
    for path in [
        format!("{PATH}/{id}"),
        format!("{PATH}/{id}/"),
        format!("{PATH}('{id}')"),
        format!("{PATH}(id='{id}')"),
        format!("{PATH}/{upper}"),
        format!("HARDWAREPASSWORDINFO/{id}"),
        format!("/beta/devicemanagement/hardwarepasswordinfo('{id}')"),
        format!("/BETA/DeviceManagement/hardwarePasswordInfo/{id}"),
        format!("{PATH}%28%27{id}%27%29"),
    ] {
        assert_eq!(caller.read(&path)["serialNumber"], "1", "{path}");
    }
}

fn a_look_for_one_serial_number(server: &testkit::TestServer) {
    let caller = server.caller();
    for serial in ["A-1", "A-2", "O'Brien & Co + é"] {
        caller.create(PATH, &password_info(serial));
    }
    let found: Value =
        caller.get(PATH).query("$filter", "serialNumber eq 'O''Brien & Co + é'").send().is(200).json();
    let found = found["value"].as_array().cloned().unwrap_or_default();
    assert_eq!(serials(&found), ["O'Brien & Co + é"]);
    assert_eq!(found[0]["currentPassword"], "Current Password value");
}

fn what_is_deleted_is_gone(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &password_info("1"))));
    caller.remove(&path);
    caller.get(&path).send().refused(404, &[]);
    caller.delete(&path).send().refused(404, &[]);
    caller.patch(&path).json(&json!({"serialNumber": "2"})).send().refused(404, &[]);
    assert!(caller.list(PATH).is_empty());
}
