//! `/deviceManagement/hardwarePasswordDetails`, and the one vault behind it and the older set

use serde_json::{Value, json};
use testkit::{TestCaller, assert_subset};

use crate::samples::{id, serials, settle};

const PATH: &str = "hardwarePasswordDetails";
const OLDER: &str = "hardwarePasswordInfo";

both![
    the_serial_number_may_be_absent,
    the_id_is_that_of_the_managed_device,
    both_sets_show_one_vault,
    whatever_is_done_through_one_set_is_seen_in_the_other,
    a_new_password_follows_the_one_before_it,
    at_most_fifteen_follow_one_another,
    the_same_password_again_changes_nothing,
    a_property_of_its_own_follows_too,
    a_serial_number_may_be_on_several_records,
    a_device_leaves_its_passwords_behind,
    what_is_deleted_can_be_restored,
    what_is_deleted_ends_after_its_time,
    a_deleted_record_keeps_its_id,
    nothing_of_another_tenants_vault_can_be_restored,
];

pooled![both_sets_show_one_vault, a_new_password_follows_the_one_before_it];

/// A record without what is different in each set and version.
fn plain(record: &Value) -> Value {
    let mut plain = record.clone();
    if let Some(members) = plain.as_object_mut() {
        members.retain(|name, _| !name.starts_with("@odata"));
    }
    plain
}

fn all(caller: &TestCaller<'_>, set: &str) -> Vec<Value> {
    caller.list(set).iter().map(plain).collect()
}

fn the_serial_number_may_be_absent(server: &testkit::TestServer) {
    let caller = server.caller();
    let created = caller.create(PATH, &json!({"currentPassword": "secret one"}));
    let expected = json!({"serialNumber": null, "currentPassword": "secret one", "previousPasswords": []});
    assert_subset(&created, &expected);
    assert_subset(&caller.read(&format!("{PATH}/{}", id(&created))), &expected);
    // The older set has no records without one: there it is empty.
    let older = format!("{OLDER}/{}", id(&created));
    assert_subset(&caller.read(&older), &json!({"serialNumber": "", "currentPassword": "secret one"}));
    assert_subset(&caller.change(&older, &json!({"currentPassword": "b"})), &json!({"serialNumber": ""}));
}

fn the_id_is_that_of_the_managed_device(server: &testkit::TestServer) {
    let caller = server.caller();
    let device = "E3EF8349-8349-e3ef-4983-efe34983efe3";
    let body = |id: &str| json!({"id": id, "serialNumber": "1"});
    let created = caller.create(PATH, &body(device));
    assert_eq!(id(&created), device.to_lowercase());
    caller.act(PATH, &body(device)).refused(409, &["e3ef8349"]);
    for other in ["", "a device"] {
        assert_ne!(id(&caller.create(PATH, &body(other))), other);
    }
    assert_eq!(all(&caller, OLDER).len(), 3);
}

fn both_sets_show_one_vault(server: &testkit::TestServer) {
    let caller = server.caller();
    for (at, set) in [PATH, OLDER, OLDER, PATH, OLDER].into_iter().enumerate() {
        caller.create(set, &json!({"serialNumber": format!("S-{at}"), "currentPassword": format!("p{at}")}));
    }
    let queries = [
        "",
        "?$orderby=serialNumber desc",
        "?$filter=serialNumber eq 'S-3'",
        "?$filter=startswith(serialNumber,'S-')&$top=2",
        "?$search=S-4",
        "?$select=serialNumber&$skip=1",
        "?$filter=contains(serialNumber,'-2')",
    ];
    for query in queries {
        let query = query.replace(' ', "%20");
        let shown = [PATH, OLDER].map(|set| all(&caller, &format!("{set}{query}")));
        assert_eq!(shown[0], shown[1], "{query}");
        assert!(!shown[0].is_empty(), "{query}");
    }
    for set in [PATH, OLDER] {
        assert_eq!(caller.get(&format!("{set}/$count")).send().is(200).text(), "5", "{set}");
    }
}

fn whatever_is_done_through_one_set_is_seen_in_the_other(server: &testkit::TestServer) {
    let caller = server.caller();
    for (one, other) in [(PATH, OLDER), (OLDER, PATH)] {
        let created = caller.create(one, &json!({"serialNumber": "A", "currentPassword": "first"}));
        let [one, other] = [one, other].map(|set| format!("{set}/{}", id(&created)));
        assert_eq!(plain(&caller.read(&other)), plain(&created));
        let changed = caller.change(&other, &json!({"serialNumber": "B", "currentPassword": "second"}));
        assert_eq!(plain(&caller.read(&one)), plain(&changed));
        // A tag from one set guards a change through the other.
        let tag = created["@odata.etag"].as_str().unwrap_or_default();
        caller
            .patch(&one)
            .header("If-Match", tag)
            .json(&json!({"serialNumber": "C"}))
            .send()
            .refused(412, &[]);
        caller.remove(&one);
        caller.get(&other).send().refused(404, &[]);
        caller.patch(&other).json(&json!({"serialNumber": "C"})).send().refused(404, &[]);
        assert!(all(&caller, PATH).is_empty() && all(&caller, OLDER).is_empty());
    }
}

fn a_new_password_follows_the_one_before_it(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &json!({"serialNumber": "1"}))));
    let steps = [
        (json!({"currentPassword": "a"}), json!("a"), json!([])),
        (json!({"currentPassword": "b"}), json!("b"), json!(["a"])),
        (json!({"serialNumber": "2"}), json!("b"), json!(["a"])),
        (json!({"currentPassword": "c", "serialNumber": "3"}), json!("c"), json!(["b", "a"])),
        (json!({"currentPassword": null}), json!(null), json!(["c", "b", "a"])),
        (json!({"currentPassword": "d"}), json!("d"), json!(["c", "b", "a"])),
        (json!({"currentPassword": "e", "previousPasswords": ["x"]}), json!("e"), json!(["x"])),
        (json!({"currentPassword": "f", "previousPasswords": []}), json!("f"), json!([])),
        (json!({"previousPasswords": ["y", "z"]}), json!("f"), json!(["y", "z"])),
        (json!({"currentPassword": "g"}), json!("g"), json!(["f", "y", "z"])),
    ];
    for (change, current, previous) in steps {
        let expected = json!({"currentPassword": current, "previousPasswords": previous});
        assert_subset(&caller.change(&path, &change), &expected);
        assert_subset(&caller.read(&path), &expected);
    }
}

fn at_most_fifteen_follow_one_another(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{OLDER}/{}", id(&caller.create(OLDER, &json!({"serialNumber": "1"}))));
    for at in 0..20 {
        caller.change(&path, &json!({"currentPassword": format!("p{at}")}));
    }
    let previous: Vec<String> = (4..19).rev().map(|at| format!("p{at}")).collect();
    assert_subset(&caller.read(&path), &json!({"currentPassword": "p19", "previousPasswords": previous}));
}

fn the_same_password_again_changes_nothing(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = json!({"serialNumber": "1", "currentPassword": "a", "previousPasswords": ["b"]});
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &body)));
    for _ in 0..2 {
        assert_subset(&caller.change(&path, &json!({"currentPassword": "a"})), &body);
    }
    assert_subset(&caller.read(&path), &body);
}

fn a_property_of_its_own_follows_too(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = json!({"serialNumber": "1", "currentPassword": "a"});
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &body)));
    let own = format!("{path}/currentPassword");
    caller.request("PUT", &own).json(&json!({"value": "b"})).send().is(204);
    assert_subset(&caller.read(&path), &json!({"currentPassword": "b", "previousPasswords": ["a"]}));
    caller.delete(&own).send().is(204);
    assert_subset(&caller.read(&path), &json!({"currentPassword": null, "previousPasswords": ["b", "a"]}));
}

fn a_serial_number_may_be_on_several_records(server: &testkit::TestServer) {
    let caller = server.caller();
    for set in [PATH, OLDER, PATH] {
        caller.create(set, &json!({"serialNumber": "twice"}));
    }
    caller.create(PATH, &json!({"serialNumber": "once"}));
    let found = all(&caller, &format!("{OLDER}?$filter=serialNumber%20eq%20'twice'"));
    assert_eq!(serials(&found), ["twice", "twice", "twice"]);
}

fn a_device_leaves_its_passwords_behind(server: &testkit::TestServer) {
    let caller = server.caller();
    let devices = "windowsAutopilotDeviceIdentities";
    let device = id(&caller.create(devices, &json!({"serialNumber": "D"})));
    let body = json!({"id": device, "serialNumber": "D", "currentPassword": "kept"});
    caller.create(PATH, &body);
    caller.remove(&format!("{devices}/{device}"));
    settle(&caller);
    caller.get(&format!("{devices}/{device}")).send().refused(404, &[]);
    assert_subset(&caller.read(&format!("{PATH}/{device}")), &body);
}

/// The ids of the records that can be restored.
fn deleted(caller: &TestCaller<'_>) -> Vec<Value> {
    let listed = caller.read(&format!("{OLDER}/muster.deleted(after='')"));
    listed["value"].as_array().cloned().unwrap_or_default()
}

fn what_is_deleted_can_be_restored(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = json!({"serialNumber": "R", "currentPassword": "a", "previousPasswords": ["b"]});
    let created = caller.create(OLDER, &body);
    let (key, kept) = (id(&created), caller.create(PATH, &json!({"serialNumber": "other"})));
    let restore = |set: &str| caller.act(&format!("{set}/muster.restore"), &json!({"id": key}));
    restore(PATH).refused(404, &[&key]);
    let before = crate::at_rest::notes(server, caller.tenant_id());
    for set in [OLDER, PATH] {
        caller.remove(&format!("{set}/{key}"));
        let listed = deleted(&caller);
        assert_subset(&listed[0], &json!({"id": key, "serialNumber": "R"}));
        assert_eq!(listed.len(), 1);
        assert!(listed[0].get("currentPassword").is_none(), "{listed:?}");
        caller.get(&format!("{set}/{key}")).send().refused(404, &[]);
        caller.act(&format!("{set}/{key}/muster.reveal"), &json!({})).refused(404, &[]);
        caller.delete(&format!("{set}/{key}")).send().refused(404, &[]);
        assert_eq!(serials(&all(&caller, set)), ["other"]);
        restore(set).is(204);
        assert_subset(&caller.read(&format!("{OLDER}/{key}")), &body);
        assert!(deleted(&caller).is_empty());
    }
    let looked = ["revealed", "revealed"];
    let own = ["discarded", "restored"];
    let notes = crate::at_rest::notes(server, caller.tenant_id());
    assert_eq!(notes[before.len()..], [own[0], own[1], looked[0], own[0], own[1], looked[1]]);
    caller.remove(&format!("{PATH}/{}", id(&kept)));
}

fn what_is_deleted_ends_after_its_time(_: &testkit::TestServer) {
    // Turning the clock of the server that others share would disturb them.
    for database in testkit::TestDatabase::ALL {
        let config = Some("[secrets]\nretention_days = 10\n".to_owned());
        let options = testkit::ServerOptions { config, ..Default::default() };
        let server = testkit::TestServer::start(crate::MUSTER, database, options);
        let caller = server.caller();
        let record =
            |serial: &str| id(&caller.create(PATH, &json!({"serialNumber": serial, "currentPassword": "x"})));
        let [ended, restored] = [record("ended"), record("restored")];
        for key in [&ended, &restored] {
            caller.remove(&format!("{PATH}/{key}"));
        }
        let restore = |key: &str| caller.act(&format!("{PATH}/muster.restore"), &json!({"id": key}));
        caller.act("/_/clock", &json!({"advance": "P9DT23H"})).is(200);
        restore(&restored).is(204);
        caller.act("/_/clock", &json!({"advance": "PT2H"})).is(200);
        restore(&ended).refused(404, &[]);
        assert!(deleted(&caller).is_empty(), "{database:?}");
        assert_eq!(serials(&all(&caller, OLDER)), ["restored"], "{database:?}");
        let notes = crate::at_rest::notes(&server, caller.tenant_id());
        assert!(notes.iter().any(|note| note == "purged"), "{database:?}: {notes:?}");
    }
}

fn a_deleted_record_keeps_its_id(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = json!({"id": "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d70", "serialNumber": "1"});
    let path = format!("{PATH}/{}", id(&caller.create(PATH, &body)));
    caller.remove(&path);
    caller.act(PATH, &body).refused(409, &["muster.restore"]);
}

fn nothing_of_another_tenants_vault_can_be_restored(server: &testkit::TestServer) {
    let caller = server.caller();
    let key = id(&caller.create(PATH, &json!({"serialNumber": "1"})));
    caller.remove(&format!("{PATH}/{key}"));
    let other = caller.elsewhere();
    assert!(deleted(&other).is_empty());
    other.act(&format!("{PATH}/muster.restore"), &json!({"id": key})).refused(404, &[]);
    caller
        .permission("DeviceManagementConfiguration.Read.All")
        .act(&format!("{PATH}/muster.restore"), &json!({"id": key}))
        .refused(403, &[]);
    assert_eq!(deleted(&caller).len(), 1);
}
