//! Entity tags, `If-Match`, `If-None-Match`, and `Prefer`

use serde_json::json;
use testkit::assert_subset_but;

use crate::samples::{configuration, device, id, password_info, settle};

const CONFIGURATIONS: &str = "hardwareConfigurations";
const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![
    an_entity_tag_guards_against_lost_updates,
    of_many_at_once_one_wins,
    every_entity_has_a_tag,
    what_is_known_is_not_sent_again,
    a_patch_creates_only_if_that_is_all_it_wants,
    creating_by_patch_needs_both_permissions,
    of_many_that_create_one_wins,
    an_action_heeds_the_tag,
    what_to_answer_is_the_clients_choice,
    pages_are_as_large_as_preferred,
];

fn an_entity_tag_guards_against_lost_updates(server: &testkit::TestServer) {
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

fn every_entity_has_a_tag(server: &testkit::TestServer) {
    let caller = server.caller();
    let created = caller.post(CONFIGURATIONS).json(&configuration("A")).send().is(201);
    let entity = created.json();
    let tag = entity["@odata.etag"].as_str().expect("a tag");
    assert_eq!(created.header("ETag"), Some(tag));
    let path = format!("{CONFIGURATIONS}/{}", id(&entity));
    assert_eq!(caller.get(&path).send().header("ETag"), Some(tag));
    assert_eq!(caller.list(CONFIGURATIONS)[0]["@odata.etag"], tag);
    for singleton in ["windowsAutopilotSettings", &format!("{path}/runSummary")] {
        let answer = caller.get(singleton).send().is(200);
        assert_eq!(answer.header("ETag"), answer.json()["@odata.etag"].as_str(), "{singleton}");
    }
}

fn what_is_known_is_not_sent_again(server: &testkit::TestServer) {
    let caller = server.caller();
    let created = caller.create(CONFIGURATIONS, &configuration("A"));
    let path = format!("{CONFIGURATIONS}/{}", id(&created));
    let tag = created["@odata.etag"].as_str().expect("a tag");
    let strong = tag.trim_start_matches("W/");
    for (header, status) in [
        (tag, 304),
        (strong, 304),
        ("*", 304),
        (&format!("W/\"0\", {tag}"), 304),
        ("W/\"0\"", 200),
        ("garbage", 200),
    ] {
        let answer = caller.get(&path).header("If-None-Match", header).send().is(status);
        assert_eq!(answer.header("ETag"), Some(tag), "{header}");
        assert_eq!(answer.body.is_empty(), status == 304, "{header}");
        let head = caller.request("HEAD", &path).header("If-None-Match", header).send();
        assert_eq!(head.status, status, "{header}");
    }
    // What others were answered before makes no difference.
    caller.get(&path).send().is(200);
    caller.get(&path).header("If-None-Match", tag).send().is(304);
    caller.get(&path).header("If-Match", "W/\"0\"").send().is(412);
    // What is expanded has no part in the tag.
    let expanded = format!("{path}?$expand=assignments");
    caller.get(&expanded).header("If-None-Match", tag).send().is(200);
    caller.get(CONFIGURATIONS).header("If-None-Match", "*").send().is(200);
    caller.get(&format!("{CONFIGURATIONS}/none")).header("If-None-Match", "*").send().refused(404, &[]);
    caller.get(&path).header("If-Match", "W/\"0\"").send().refused(412, &["If-Match"]);
    caller.get(&path).header("If-Match", tag).send().is(200);
    caller.change(&path, &json!({"description": "new"}));
    caller.get(&path).header("If-None-Match", tag).send().is(200);
    caller.patch(&path).header("If-None-Match", tag).json(&json!({})).send().is(200);
}

fn a_patch_creates_only_if_that_is_all_it_wants(server: &testkit::TestServer) {
    let caller = server.caller();
    for (set, body, key) in [
        (CONFIGURATIONS, configuration("A"), "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e"),
        (DEVICES, device("A"), "my-device"),
        ("hardwarePasswordDetails", json!({"serialNumber": "A"}), "0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7f"),
    ] {
        let path = format!("{set}/{key}");
        caller.patch(&path).json(&body).send().refused(404, &[key]);
        caller.patch(&path).header("If-Match", "*").json(&body).send().refused(404, &[key]);
        let put = || caller.patch(&path).header("If-None-Match", "*").json(&body).send();
        let created = put().is(201);
        assert_eq!(created.header("Location"), Some(&*caller.url(&path)));
        assert_eq!(created.json()["id"], key);
        assert_eq!(created.header("ETag"), created.json()["@odata.etag"].as_str());
        put().refused(412, &["If-None-Match"]);
        // Somebody may have looked meanwhile which profile a device shall have.
        let without = ["@odata.etag", "deploymentProfileAssignmentStatus"];
        assert_subset_but(&caller.read(&path), &created.json(), &without);
        caller.remove(&path);
        if set == "hardwarePasswordDetails" {
            // What is deleted is kept, and with it its id.
            put().refused(412, &["muster.restore"]);
            continue;
        }
        let minimal = caller.patch(&path).header("If-None-Match", "*").header("Prefer", "return=minimal");
        let minimal = minimal.json(&body).send().is(204);
        assert_eq!(minimal.header("OData-EntityId"), Some(&*caller.url(&path)));
        assert_eq!(caller.list(set).len(), 1);
    }
    let incomplete = caller.patch(&format!("{CONFIGURATIONS}/new")).header("If-None-Match", "*");
    incomplete.json(&json!({"displayName": "only"})).send().refused(400, &["required"]);
    let long = caller.patch(&format!("{CONFIGURATIONS}/{}", "x".repeat(257))).header("If-None-Match", "*");
    long.json(&configuration("A")).send().refused(400, &["256"]);
    // A singleton is always there.
    let singleton = caller.patch("windowsAutopilotSettings").header("If-None-Match", "*");
    singleton.json(&json!({})).send().refused(412, &[]);
}

fn creating_by_patch_needs_both_permissions(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = "windowsAutopilotDeviceIdentities/new";
    let put = |caller: &testkit::TestCaller<'_>| {
        caller.patch(path).header("If-None-Match", "*").json(&device("A")).send().status
    };
    assert_eq!(put(&caller.permission("DeviceManagementServiceConfig.Read.All")), 403);
    assert_eq!(put(&caller.permission("DeviceManagementServiceConfig.ReadWrite.All")), 201);
}

fn of_many_that_create_one_wins(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{CONFIGURATIONS}/0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e");
    let put = &|| caller.patch(&path).header("If-None-Match", "*").json(&configuration("A")).send().status;
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(put)).collect();
        threads.into_iter().map(|thread| thread.join().expect("an answer")).collect()
    });
    let created = statuses.iter().filter(|status| **status == 201).count();
    assert_eq!(created, 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [201, 412].contains(status)), "{statuses:?}");
}

fn an_action_heeds_the_tag(server: &testkit::TestServer) {
    let caller = server.caller();
    let device = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("A"))));
    let path = format!("{device}/updateDeviceProperties");
    settle(&caller);
    let stored = caller.read(&device);
    let act = |tag: &str| caller.post(&path).header("If-Match", tag).json(&json!({"groupTag": "new"})).send();
    act("W/\"0\"").refused(412, &[]);
    act(stored["@odata.etag"].as_str().expect("a tag")).is(204);
}

fn what_to_answer_is_the_clients_choice(server: &testkit::TestServer) {
    let caller = server.caller();
    for (prefer, created, changed, applied) in [
        ("return=minimal", 204, 204, Some("return=minimal")),
        ("RETURN=\"minimal\", odata.continue-on-error", 204, 204, Some("return=minimal")),
        ("return=representation", 201, 200, Some("return=representation")),
        ("respond-async", 201, 200, None),
    ] {
        let made = caller.post(CONFIGURATIONS).header("Prefer", prefer).json(&configuration("A"));
        let made = made.send().is(created);
        let location = made.header("Location").expect("a location").to_owned();
        let patched = caller.patch(&location).header("Prefer", prefer).json(&json!({"description": "x"}));
        let patched = patched.send().is(changed);
        for (answer, entity_id) in [(&made, (created == 204).then_some(&*location)), (&patched, None)] {
            assert_eq!(answer.header("Preference-Applied"), applied, "{prefer}");
            assert_eq!(answer.header("OData-EntityId"), entity_id, "{prefer}");
            assert_eq!(answer.body.is_empty(), answer.status == 204, "{prefer}");
        }
        let now = caller.get(&location).send().is(200);
        assert_eq!(now.header("ETag"), patched.header("ETag"));
        assert_eq!(now.json()["description"], "x");
    }
}

fn pages_are_as_large_as_preferred(server: &testkit::TestServer) {
    let caller = server.caller();
    for serial in ["A", "B", "C"] {
        caller.create("windowsAutopilotDeviceIdentities", &device(serial));
    }
    for (query, prefer, size) in [
        ("", "odata.maxpagesize=2", 2),
        ("", "maxpagesize=1, return=minimal", 1),
        ("?$top=1", "odata.maxpagesize=2", 1),
        ("?$top=2", "odata.maxpagesize=1000000", 2),
    ] {
        let path = format!("windowsAutopilotDeviceIdentities{query}");
        let page = caller.get(&path).header("Prefer", prefer).send().is(200);
        assert_eq!(page.json()["value"].as_array().map(Vec::len), Some(size), "{prefer}");
        assert!(page.json()["@odata.nextLink"].is_string());
        assert!(
            page.header("Preference-Applied")
                .is_some_and(|applied| applied.starts_with("odata.maxpagesize="))
        );
    }
    let path = "windowsAutopilotDeviceIdentities";
    for ignored in ["odata.maxpagesize=0", "odata.maxpagesize=x", "odata.maxpagesize=-1"] {
        let page = caller.get(path).header("Prefer", ignored).send().is(200);
        assert_eq!(page.json()["value"].as_array().map(Vec::len), Some(3), "{ignored}");
        assert_eq!(page.header("Preference-Applied"), None);
    }
}

fn of_many_at_once_one_wins(server: &testkit::TestServer) {
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
