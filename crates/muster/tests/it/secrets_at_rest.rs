//! Secrets: sealed wherever they rest, and never shown before the look is on record

use serde_json::json;
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::samples::id;
use crate::surfaces::{contains, everything, forms, found};

/// A text that shows in every encoding that changes it.
fn secret(name: &str) -> String {
    format!("pä\"ß\\w0rd/{name}+&é \u{1F511}-{}", uuid::Uuid::new_v4())
}

/// All that a caller can do with secrets, well and badly.
fn handle(caller: &TestCaller<'_>, secrets: &[String; 6]) {
    let [current, previous, changed, device, by_action, refused] = secrets;
    for set in ["hardwarePasswordInfo", "hardwarePasswordDetails"] {
        let made = caller.create(
            set,
            &json!({"serialNumber": "1", "currentPassword": current, "previousPasswords": [previous]}),
        );
        assert_eq!(made["currentPassword"], json!(current));
        let again = json!({"serialNumber": "2", "currentPassword": current});
        let once = || caller.post(set).header("Idempotency-Key", "once").json(&again).send().is(201).json();
        assert_eq!(once(), once());
        caller.remove(&format!("{set}/{}", id(&once())));
        let path = format!("{set}/{}", id(&made));
        assert_eq!(caller.read(&path)["previousPasswords"], json!([previous]));
        assert_eq!(
            caller.change(&path, &json!({"currentPassword": changed}))["currentPassword"],
            json!(changed)
        );
        assert_eq!(caller.list(set)[0]["currentPassword"], json!(changed));
        // A refused body, a query that may not name it, and a path that does.
        caller
            .act(set, &json!({"serialNumber": 5, "currentPassword": refused}))
            .refused(400, &["serialNumber"]);
        caller
            .act(set, &json!({"serialNumber": "1", "currentPassword": [refused]}))
            .refused(400, &["currentPassword"]);
        caller
            .act(set, &json!({"serialNumber": "1", "currentPasswort": refused}))
            .refused(400, &["currentPasswort"]);
        caller
            .get(set)
            .query("$filter", &format!("currentPassword eq '{refused}'"))
            .send()
            .refused(400, &["currentPassword"]);
        caller
            .patch(&path)
            .header("If-Match", "W/\"0\"")
            .json(&json!({"currentPassword": refused}))
            .send()
            .refused(412, &[]);
        caller.nobody().act(set, &json!({"serialNumber": "1", "currentPassword": refused})).refused(401, &[]);
    }
    let devices = "windowsAutopilotDeviceIdentities";
    let made = caller.create(devices, &json!({"serialNumber": "1", "deviceAccountPassword": device}));
    let path = format!("{devices}/{}", id(&made));
    assert_eq!(caller.read(&path)["deviceAccountPassword"], json!(device));
    caller
        .act(&format!("{path}/updateDeviceProperties"), &json!({"deviceAccountPassword": by_action}))
        .is(204);
    assert_eq!(caller.read(&path)["deviceAccountPassword"], json!(by_action));
    caller
        .act(&format!("{path}/updateDeviceProperties"), &json!({"deviceAccountPassword": [refused]}))
        .refused(400, &[]);
    // The rest of an entity can be changed without touching what is sealed.
    caller.act(&format!("{path}/updateDeviceProperties"), &json!({"groupTag": "x"})).is(204);
    assert_eq!(caller.read(&path)["deviceAccountPassword"], json!(by_action));
}

fn at_rest(database: TestDatabase) {
    let mut server = TestServer::start(
        MUSTER,
        database,
        ServerOptions { config: Some("log = \"trace\"\n".into()), ..ServerOptions::default() },
    );
    let secrets = ["a", "b", "c", "d", "e", "f"].map(secret);
    let marker = format!("marker-{}", uuid::Uuid::new_v4());
    handle(&server.caller(), &secrets);
    server.caller().create("hardwarePasswordInfo", &json!({"serialNumber": marker}));
    for moment in ["while it runs", "after it was killed", "after it has started again"] {
        let places = everything(&server);
        // The search itself must find what is there.
        let is_marked = places.iter().any(|(_, bytes)| contains(bytes, marker.as_bytes()));
        let names: Vec<&str> = places.iter().map(|(name, _)| name.as_str()).collect();
        assert!(is_marked, "{moment}: no marker in {names:?}");
        for secret in &secrets {
            assert_eq!(found(&places, secret), None, "{moment}: {secret}");
        }
        match moment {
            "while it runs" => server.kill(),
            "after it was killed" => server.start_again(),
            _ => {}
        }
    }
}

#[test]
fn no_secret_rests_readable_on_sqlite() {
    at_rest(TestDatabase::Sqlite);
}

#[test]
fn no_secret_rests_readable_on_postgres() {
    at_rest(TestDatabase::Postgres);
}

both![each_look_is_on_record_and_nothing_else_is, a_secret_belongs_to_its_tenant,];

fn each_look_is_on_record_and_nothing_else_is(server: &testkit::TestServer) {
    let caller = server.caller();
    let set = "hardwarePasswordInfo";
    let with = |serial: &str| json!({"serialNumber": serial, "currentPassword": "a secret"});
    let paths = ["1", "2"].map(|serial| format!("{set}/{}", id(&caller.create(set, &with(serial)))));
    let device = format!(
        "windowsAutopilotDeviceIdentities/{}",
        id(&caller.create("windowsAutopilotDeviceIdentities", &json!({})))
    );
    let bare = format!("{set}/{}", id(&caller.create(set, &json!({"serialNumber": "3"}))));
    let looks = || crate::at_rest::looks(server, caller.tenant_id());
    assert_eq!(looks(), 0, "whoever sends a secret knows it");
    let steps: [(&str, &str, String, u64); 12] = [
        ("one entity", "GET", paths[0].clone(), 1),
        ("the same again", "GET", paths[0].clone(), 1),
        ("a list", "GET", set.to_owned(), 1),
        ("two pages", "GET", format!("{set}?$top=2"), 1),
        ("without the secret", "GET", format!("{}?$select=serialNumber", paths[0]), 0),
        ("a list without the secret", "GET", format!("{set}?$select=id"), 0),
        ("an entity that has none", "GET", bare.clone(), 0),
        ("a device that has none", "GET", device, 0),
        ("entities that have none", "GET", format!("{set}?$filter=serialNumber%20eq%20'3'"), 0),
        ("a count", "GET", format!("{set}/$count"), 0),
        ("a change that shows what is kept", "PATCH", paths[1].clone(), 1),
        ("an entity that is not there", "GET", format!("{set}/none"), 0),
    ];
    for (name, method, path, expected) in steps {
        let before = looks();
        let request = caller.request(method, &path);
        if method == "PATCH" { request.json(&json!({"serialNumber": "9"})) } else { request }.send();
        assert_eq!(looks() - before, expected, "{name}");
    }
    let before = looks();
    caller
        .patch(&paths[1])
        .json(&json!({"serialNumber": "8"}))
        .header("Prefer", "return=minimal")
        .send()
        .is(204);
    caller.change(&bare, &json!({"currentPassword": "mine"}));
    caller.permission("DeviceManagementRBAC.Read.All").get(&paths[0]).send().refused(403, &[]);
    assert_eq!(looks(), before, "nothing was shown that the caller had not just sent");
    caller.change(&paths[1], &json!({"currentPassword": "mine"}));
    assert_eq!(looks(), before + 1, "the password before it was shown");
}

fn a_secret_belongs_to_its_tenant(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!(
        "hardwarePasswordInfo/{}",
        id(&caller
            .create("hardwarePasswordInfo", &json!({"serialNumber": "1", "currentPassword": "a secret"})))
    );
    let other = caller.elsewhere();
    other.get(&path).send().refused(404, &[]);
    assert_eq!(crate::at_rest::looks(server, other.tenant_id()), 0);
}

/// Buffers of HTTP and TLS hold a few copies until they are used again; what matters is that looks leave no trail.
#[test]
fn looks_leave_no_trail_in_memory() {
    const LOOKS: usize = 100;
    /// About twenty were found: a trail of three hundred looks would be longer than this.
    const COPIES_MAX: usize = 60;
    let server = TestServer::start(MUSTER, TestDatabase::Sqlite, ServerOptions::default());
    let caller = server.caller();
    let secret = secret("memory");
    let set = "hardwarePasswordInfo";
    let path = format!(
        "{set}/{}",
        id(&caller.create(set, &json!({"serialNumber": "1", "currentPassword": secret})))
    );
    for _ in 0..LOOKS {
        caller.read(&path);
        caller.list(set);
        caller.act(&format!("{path}/muster.reveal"), &json!({})).is(200);
    }
    let memory = crate::surfaces::memory(&server);
    let count = |needle: &[u8]| -> usize {
        memory.iter().map(|(_, bytes)| memchr::memmem::find_iter(bytes, needle).count()).sum()
    };
    assert!(count(set.as_bytes()) > 0, "the search finds nothing");
    let copies: Vec<_> = forms(&secret).into_iter().map(|(form, needle)| (form, count(&needle))).collect();
    println!("copies in memory after {LOOKS} looks of three kinds: {copies:?}");
    assert!(copies.iter().map(|(_, count)| count).sum::<usize>() <= COPIES_MAX, "{copies:?}");
}
