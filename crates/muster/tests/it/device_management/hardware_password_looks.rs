//! Looks at passwords: who is shown them, by which operation, under which setting, and what is on record of it

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer, assert_subset};

use crate::MUSTER;
use crate::at_rest::{looks, notes, records};
use crate::samples::id;

const SETS: [&str; 2] = ["hardwarePasswordDetails", "hardwarePasswordInfo"];
const SECRET: &str = "S3cret-of-the-matrix";
const FORMER: &str = "F0rmer-of-the-matrix";

fn start(database: TestDatabase, config: &str) -> TestServer {
    let config = Some(format!("[secrets]\n{config}\n"));
    TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() })
}

/// The permissions of the columns.
const CALLERS: [&[&str]; 6] = [
    &["DeviceManagementRBAC.Read.All"],
    &["DeviceManagementConfiguration.Read.All"],
    &["DeviceManagementConfiguration.ReadWrite.All"],
    &["DeviceManagementManagedDevices.PrivilegedOperations.All"],
    &["DeviceManagementConfiguration.Read.All", "DeviceManagementManagedDevices.PrivilegedOperations.All"],
    &["DeviceManagementApps.Read.All"],
];

/// The settings of the rows.
const SETTINGS: [&str; 4] = [
    "reveal = \"documented\"",
    "require_privileged = true",
    "reveal = \"explicit\"",
    "require_reason = true",
];

/// An operation: its name, method, path and body, `{set}` and `{id}` being the record's. For each setting what becomes of it
/// for each caller, as for the first where the row says no more: `S` shows a password and is on record, `H` is answered without one and is not, a number is refused.
type MatrixRow = (&'static str, &'static str, &'static str, &'static str, [&'static str; 4]);

#[rustfmt::skip]
const MATRIX: [MatrixRow; 32] = [
    ("read one", "GET", "{set}/{id}", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 H H 403 H", "403 400 400 403 400"]),
    ("list", "GET", "{set}", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 H H 403 H", "403 400 400 403 400"]),
    ("list of few", "GET", "{set}?$top=1&$count=true", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 H H 403 H", "403 400 400 403 400"]),
    ("$select of it", "GET", "{set}?$select=currentPassword", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 403 403 403 403", "403 400 400 403 400"]),
    ("$select of another", "GET", "{set}/{id}?$select=serialNumber", "",
        ["403 H H 403 H", "403 H H 403 H", "403 H H 403 H", "403 H H 403 H"]),
    ("$expand", "GET", "?$expand={set}&$select=id", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 H H 403 H", "403 400 400 403 400"]),
    ("$filter", "GET", "{set}?$filter=currentPassword eq 'S3cret-of-the-matrix'", "",
        ["403 400 400 403 400"; 4]),
    ("$orderby", "GET", "{set}?$orderby=currentPassword", "",
        ["403 400 400 403 400"; 4]),
    ("$search", "GET", "{set}?$search=\"S3cret\"", "",
        ["403 H H 403 H"; 4]),
    ("$count", "GET", "{set}/$count", "",
        ["403 H H 403 H"; 4]),
    ("property", "GET", "{set}/{id}/currentPassword", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 403 403 403 403", "403 400 400 403 400"]),
    ("$value", "GET", "{set}/{id}/currentPassword/$value", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 403 403 403 403", "403 400 400 403 400"]),
    ("list property", "GET", "{set}/{id}/previousPasswords", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 403 403 403 403", "403 400 400 403 400"]),
    ("change", "PATCH", "{set}/{id}", r#"{"serialNumber": "M"}"#,
        ["403 403 S 403 403", "403 403 403 403 403", "403 403 H 403 403", "403 403 400 403 403"]),
    ("reveal", "POST", "{set}/{id}/muster.reveal", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 S S 403 S", "403 400 400 403 400"]),
    ("delta", "GET", "{set}/delta", "", ["403 404 404 403 404"; 4]),
    ("deleted", "GET", "{set}/muster.deleted(after='')", "", ["403 H H 403 H"; 4]),
    ("requests", "GET", "{set}/muster.requests()", "", ["403 H H 403 H"; 4]),
    ("$filter on another", "GET", "{set}?$filter=serialNumber eq 'M'", "",
        ["403 S S 403 S", "403 403 403 403 S", "403 H H 403 H", "403 400 400 403 400"]),
    ("$filter on a list", "GET", "{set}?$filter=previousPasswords/any(p:p eq 'F0rmer-of-the-matrix')", "",
        ["403 400 400 403 400"; 4]),
    ("$orderby in $expand", "GET", "?$expand={set}($orderby=currentPassword)&$select=id", "",
        ["400 400 400 403 400 403"; 4]),
    ("$filter in $expand", "GET", "?$expand={set}($filter=currentPassword eq 'x')&$select=id", "",
        ["400 400 400 403 400 403"; 4]),
    ("$select in $expand", "GET", "?$expand={set}($select=serialNumber)&$select=id", "",
        ["403 H H 403 H"; 4]),
    ("create", "POST", "{set}", r#"{"serialNumber": "N"}"#, ["403 403 201 403 403"; 4]),
    ("delete of none", "DELETE", "{set}/none", "", ["403 403 404 403 403"; 4]),
    ("canary", "POST", "{set}/{id}/muster.canary", r#"{"enabled": false}"#, ["403 403 204 403 403"; 4]),
    ("approve", "POST", "{set}/{id}/muster.approve", "", ["403 409 409 403 409"; 4]),
    ("restore of none", "POST", "{set}/muster.restore", r#"{"id": "none"}"#, ["403 403 404 403 403"; 4]),
    ("audit", "GET", "auditEvents", "", ["403 403 403 403 403 H"; 4]),
    ("audit in $expand", "GET", "?$expand=auditEvents&$select=id", "", ["403 403 403 403 403 403"; 4]),
    ("audit by activity", "GET", "auditEvents?$filter=contains(activity,'S3cret')&$select=id", "",
        ["403 403 403 403 403 H"; 4]),
    ("references", "GET", "{set}/$ref", "", ["403 H H 403 H"; 4]),
];

/// What became of a request, in the word of the matrix.
fn outcome(server: &TestServer, caller: &TestCaller<'_>, row: &MatrixRow, path: &str) -> String {
    let (_, method, _, body, _) = *row;
    let before = looks(server, caller.tenant_id());
    let request = caller.request(method, path);
    let request = if body.is_empty() { request } else { request.text(body) };
    let answer = request.send();
    let text = answer.text();
    let (shows, looked) =
        (text.contains(SECRET) || text.contains(FORMER), looks(server, caller.tenant_id()) - before);
    match (answer.status, shows, looked) {
        (200, true, 1) => "S".to_owned(),
        (200, false, 0) => "H".to_owned(),
        (status, false, 0) => status.to_string(),
        (status, shows, looked) => format!("{status} (shows a password: {shows}, looks: {looked}): {text}"),
    }
}

/// The same request as one of a batch.
fn outcome_in_batch(server: &TestServer, caller: &TestCaller<'_>, row: &MatrixRow, path: &str) -> String {
    let (_, method, _, body, _) = *row;
    let before = looks(server, caller.tenant_id());
    let separator = if path.starts_with('?') { "" } else { "/" };
    let url = format!("deviceManagement{separator}{path}").replace(' ', "%20").replace('"', "%22");
    let mut request = json!({"id": "1", "method": method, "url": url});
    if !body.is_empty() {
        request["body"] = serde_json::from_str(body).expect("a body");
        request["headers"] = json!({"Content-Type": "application/json"});
    }
    let answer = caller.act("/beta/$batch", &json!({"requests": [request]})).is(200);
    let (text, status) = (answer.text(), answer.json()["responses"][0]["status"].clone());
    let shows = text.contains(SECRET) || text.contains(FORMER);
    match (status.as_u64(), shows, looks(server, caller.tenant_id()) - before) {
        (Some(200), true, 1) => "S".to_owned(),
        (Some(200), false, 0) => "H".to_owned(),
        (Some(status), false, 0) => status.to_string(),
        (status, shows, looked) => format!("{status:?} (shows: {shows}, looks: {looked}): {text}"),
    }
}

fn matrix(database: TestDatabase) {
    let mut wrong = Vec::new();
    for (at, setting) in SETTINGS.iter().enumerate() {
        let server = start(database, setting);
        let owner = server.caller();
        let record = json!({"serialNumber": "M", "currentPassword": SECRET, "previousPasswords": [FORMER]});
        let key = id(&owner.create(SETS[0], &record));
        for (column, permissions) in CALLERS.iter().enumerate() {
            let caller = permissions.iter().fold(owner.clone(), |caller, name| caller.permission(name));
            for (row, set) in MATRIX.iter().flat_map(|row| SETS.map(|set| (row, set))) {
                let expected: Vec<&str> = row.4[at].split(' ').collect();
                let expected = expected.get(column).or(expected.first()).copied().unwrap_or_default();
                let path = row.2.replace("{set}", set).replace("{id}", &key);
                // Raw, property and text bodies differ in a batch only in how they are wrapped.
                let is_wrapped = path.ends_with("$value");
                let mut outcomes = vec![("alone", outcome(&server, &caller, row, &path))];
                if !is_wrapped {
                    outcomes.push(("in a batch", outcome_in_batch(&server, &caller, row, &path)));
                }
                for (how, outcome) in outcomes.into_iter().filter(|(_, outcome)| outcome != expected) {
                    wrong.push(format!(
                        "{setting}: {} of {set} {how} with {permissions:?}: expected {expected}, was {outcome}",
                        row.0
                    ));
                }
            }
        }
        assert_eq!(server.log().matches(SECRET).count(), 0, "{setting}: the log tells");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_matrix_holds_on_sqlite() {
    matrix(TestDatabase::Sqlite);
}

#[test]
fn the_matrix_holds_on_postgres() {
    matrix(TestDatabase::Postgres);
}

both![a_list_names_each_record, reason_and_ticket_are_on_record, a_canary_raises_an_alarm];

fn a_list_names_each_record(server: &testkit::TestServer) {
    let caller = server.caller();
    let create = |at: usize| {
        id(&caller.create(SETS[at % 2], &json!({"serialNumber": at.to_string(), "currentPassword": "x"})))
    };
    let keys: Vec<String> = (0..4).map(create).collect();
    caller.create(SETS[0], &json!({"serialNumber": "without a password"}));
    caller.list(SETS[1]);
    let all = records(server, caller.tenant_id());
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["keys"], json!(keys));
    assert_eq!(all[0]["entitySet"], "deviceManagement/hardwarePasswordDetails");
}

fn reason_and_ticket_are_on_record(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = format!("{}/{}", SETS[0], id(&caller.create(SETS[0], &json!({"currentPassword": SECRET}))));
    let answer = caller
        .get(&path)
        .header("Muster-Reason", "the board was replaced")
        .header("Muster-Ticket", "INC-4711")
        .send()
        .is(200);
    let record = records(server, caller.tenant_id()).pop().expect("a record");
    let expected = json!({
        "activity": "revealed",
        "reason": "the board was replaced",
        "ticket": "INC-4711",
        "address": "127.0.0.1",
        "tenant": caller.tenant_id(),
        "requestId": answer.header("request-id"),
    });
    assert_subset(&record, &expected);
    for member in ["actor", "actorName", "application", "time"] {
        assert!(record[member].is_string(), "{member} in {record}");
    }
    assert!(!record.to_string().contains(SECRET), "{record}");
    // Those of a batch are its requests', unless they have their own.
    let own = json!({"id": "2", "method": "GET", "url": format!("deviceManagement/{path}"), "headers": {"Muster-Reason": "own"}});
    let other = json!({"id": "1", "method": "GET", "url": format!("deviceManagement/{path}")});
    caller
        .post("/beta/$batch")
        .header("Muster-Reason", "the whole")
        .json(&json!({"requests": [other, own]}))
        .send()
        .is(200);
    let all = records(server, caller.tenant_id());
    let mut reasons: Vec<&Value> = all[1..].iter().map(|record| &record["reason"]).collect();
    reasons.sort_by_key(|reason| reason.to_string());
    assert_eq!(reasons, [&json!("own"), &json!("the whole")]);
    caller
        .get(&path)
        .header("Muster-Reason", &"x".repeat(1_025))
        .send()
        .refused(400, &["muster-reason", "1024"]);
}

fn a_canary_raises_an_alarm(server: &testkit::TestServer) {
    let caller = server.caller();
    let path = |serial: &str| {
        format!(
            "{}/{}",
            SETS[1],
            id(&caller.create(SETS[1], &json!({"serialNumber": serial, "currentPassword": "x"})))
        )
    };
    let [canary, other] = [path("canary"), path("other")];
    let mark = |enabled: bool| caller.act(&format!("{canary}/muster.canary"), &json!({"enabled": enabled}));
    mark(true).is(204);
    let shown = caller.read(&canary);
    assert!(!shown.to_string().contains("anary\":"), "nothing tells a canary: {shown}");
    caller.read(&other);
    caller.read(&format!("{canary}?$select=serialNumber"));
    caller.list(SETS[0]);
    mark(false).is(204);
    caller.read(&canary);
    let expected =
        ["marked", "revealed", "alarmed", "revealed", "revealed", "alarmed", "unmarked", "revealed"];
    assert_eq!(notes(server, caller.tenant_id()), expected);
    let told = |line: &str| {
        line.contains("somebody looks at a canary") && line.contains(&caller.tenant_id().to_string())
    };
    let count = |log: &str| log.lines().filter(|line| told(line)).count();
    assert_eq!(count(&server.log_when(|log| count(log) >= 2)), 2);
}

#[test]
fn who_gives_a_reason_is_shown_what_needs_one() {
    let server = start(TestDatabase::Sqlite, "require_reason = true");
    let caller = server.caller();
    let path = format!("{}/{}", SETS[0], id(&caller.create(SETS[0], &json!({"currentPassword": SECRET}))));
    let error = caller.get(&path).header("Muster-Reason", "  ").send().refused(400, &["Muster-Reason"]);
    assert_eq!(error.json()["error"]["innerError"]["code"], "ReasonMissing");
    assert_eq!(
        caller.get(&path).header("Muster-Reason", "why").send().is(200).json()["currentPassword"],
        SECRET
    );
}

#[test]
fn what_is_shown_in_place_of_passwords() {
    for database in TestDatabase::ALL {
        let server = start(database, "reveal = \"explicit\"");
        let caller = server.caller();
        let created = caller.create(
            SETS[1],
            &json!({"serialNumber": "1", "currentPassword": "a", "previousPasswords": ["b"]}),
        );
        assert!(created.get("currentPassword").is_none(), "{created}");
        let path = format!("{}/{}", SETS[0], id(&created));
        let shown = |state: &str, count: u64| {
            let shown = caller.read(&path);
            assert_subset(&shown, &json!({"passwordState": state, "previousPasswordCount": count}));
            assert!(
                shown.get("currentPassword").is_none() && shown.get("previousPasswords").is_none(),
                "{shown}"
            );
            shown["currentPasswordDateTime"].clone()
        };
        let since = shown("active", 1);
        // What a client reads and sends back changes nothing.
        caller.change(&path, &caller.read(&path));
        assert_eq!(shown("active", 1), since);
        caller.act("/_/clock", &json!({"advance": "PT1M"})).is(200);
        caller.change(&path, &json!({"currentPassword": "c"}));
        assert_ne!(shown("active", 2), since);
        caller.change(&path, &json!({"currentPassword": null}));
        assert_eq!(shown("none", 3), Value::Null);
        let revealed = caller.act(&format!("{path}/muster.reveal"), &json!({})).is(200).json();
        assert_subset(
            &revealed,
            &json!({"serialNumber": "1", "currentPassword": null, "previousPasswords": ["c", "a", "b"]}),
        );
        let found = caller.list(&format!("{}?$filter=passwordState%20eq%20'none'", SETS[1]));
        assert_eq!(found.len(), 1, "{database:?}");
    }
}

#[test]
fn a_caller_sees_so_many_in_an_hour() {
    for database in TestDatabase::ALL {
        let server = start(database, "reveals_per_hour = 3");
        let caller = server.caller();
        for at in 0..3 {
            caller.create(SETS[0], &json!({"serialNumber": at.to_string(), "currentPassword": SECRET}));
        }
        caller.list(&format!("{}?$top=2", SETS[0])).len();
        // The list has had two pages, of two and of one.
        let refused = caller.get(SETS[1]).send().refused(429, &["3 entities"]);
        assert!(!refused.text().contains(SECRET));
        caller.app().get(&format!("{}?$top=1", SETS[0])).send().is(200);
        caller.get(&format!("{}?$select=serialNumber", SETS[0])).send().is(200);
        let expected = ["revealed", "revealed", "refused", "revealed"];
        assert_eq!(notes(&server, caller.tenant_id()), expected, "{database:?}");
        server.log_when(|log| log.contains("asks for more secrets"));
        caller.act("/_/clock", &json!({"advance": "PT61M"})).is(200);
        caller.get(SETS[1]).send().is(200);
    }
}

/// Somebody of the caller's tenant.
fn person<'s>(server: &TestServer, caller: &TestCaller<'s>, name: &str) -> TestCaller<'s> {
    let (tenant, user) = (caller.tenant_id().to_string(), format!("{name}@example.org"));
    let output = server.run("token", &["--tenant", &tenant, "--user", &user]);
    caller.authorization(format!("Bearer {}", String::from_utf8_lossy(&output.stdout).trim()))
}

#[test]
fn a_request_says_why_and_is_about_the_password_of_its_time() {
    for database in TestDatabase::ALL {
        let server = start(database, "reveal = \"explicit\"\napproval = true\nrequire_reason = true");
        let one = server.caller();
        let [asks, approves] = ["asks", "approves"].map(|name| person(&server, &one, name));
        let path = format!(
            "{}/{}",
            SETS[1],
            id(&one.create(SETS[1], &json!({"serialNumber": "A", "currentPassword": SECRET})))
        );
        let reveal = format!("{path}/muster.reveal");
        let ask = || asks.post(&reveal).header("Muster-Reason", "lost").json(&json!({})).send();
        asks.act(&reveal, &json!({})).refused(400, &["Muster-Reason"]);
        ask().is(202);
        approves.act(&format!("{path}/muster.approve"), &json!({})).is(204);
        one.change(&path, &json!({"currentPassword": "another"}));
        assert_eq!(ask().status, 202, "what was approved of is gone, {database:?}");
    }
}

#[test]
fn a_second_person_approves() {
    for database in TestDatabase::ALL {
        let server = start(database, "reveal = \"explicit\"\napproval = true");
        let one = server.caller();
        let [asks, approves, third] = ["asks", "approves", "third"].map(|name| person(&server, &one, name));
        let key = id(&one.create(SETS[0], &json!({"serialNumber": "A", "currentPassword": SECRET})));
        let path = format!("{}/{key}", SETS[1]);
        let reveal = |caller: &TestCaller<'_>| {
            let request = caller.post(&format!("{path}/muster.reveal")).header("Muster-Reason", "locked out");
            request.header("Muster-Ticket", "INC-7").send()
        };
        let approve = |caller: &TestCaller<'_>| caller.act(&format!("{path}/muster.approve"), &json!({}));
        approve(&approves).refused(409, &["asked"]);
        assert!(!reveal(&asks).is(202).text().contains(SECRET));
        let waiting = third.read(&format!("{}/muster.requests()", SETS[0]))["value"][0].clone();
        let expected = json!({
            "id": key,
            "serialNumber": "A",
            "reason": "locked out",
            "ticket": "INC-7",
            "requestedByName": "asks@example.org",
        });
        assert_subset(&waiting, &expected);
        assert!(waiting["requestedBy"].is_string() && waiting["requestedDateTime"].is_string(), "{waiting}");
        assert!(!reveal(&asks).is(202).text().contains(SECRET), "nobody has approved");
        reveal(&third).refused(409, &["request"]);
        approve(&asks).refused(403, &["somebody else"]);
        approve(&one.app()).refused(403, &["person"]);
        approve(&approves).is(204);
        // Once more changes nothing, and is not on record: see below.
        approve(&approves).is(204);
        approve(&third).is(204);
        reveal(&third).refused(409, &["request"]);
        assert_eq!(reveal(&asks).is(200).json()["currentPassword"], SECRET);
        // An approval is good for one look, and a request for an hour.
        assert!(!reveal(&asks).is(202).text().contains(SECRET));
        one.act("/_/clock", &json!({"advance": "PT1H"})).is(200);
        approve(&approves).refused(409, &["hour"]);
        assert_eq!(third.read(&format!("{}/muster.requests()", SETS[0]))["value"], json!([]));
        let expected = ["requested", "approved", "revealed", "requested"];
        assert_eq!(notes(&server, one.tenant_id()), expected, "{database:?}");
    }
}

both![whoever_takes_former_passwords_away_is_on_record];

fn whoever_takes_former_passwords_away_is_on_record(server: &testkit::TestServer) {
    let caller = server.caller();
    let with =
        |former: Value| json!({"serialNumber": "1", "currentPassword": "c", "previousPasswords": former});
    let minimal = |path: &str, body: Value| {
        caller.patch(path).header("Prefer", "return=minimal").json(&body).send().is(204);
    };
    let cases = [
        ("wiped", json!(["a"]), json!({"previousPasswords": []}), true),
        ("nulled", json!(["a"]), json!({"previousPasswords": null}), true),
        ("replaced", json!(["a", "b"]), json!({"previousPasswords": ["a"]}), true),
        ("none before", json!([]), json!({"previousPasswords": ["a"]}), false),
        ("untouched", json!(["a"]), json!({"serialNumber": "2"}), false),
        ("followed", json!(["a"]), json!({"currentPassword": "d"}), false),
    ];
    for (case, before, change, is_noted) in cases {
        let path = format!("{}/{}", SETS[1], id(&caller.create(SETS[0], &with(before))));
        let noted = notes(server, caller.tenant_id()).len();
        minimal(&path, change);
        let expected: &[&str] = if is_noted { &["overwritten"] } else { &[] };
        assert_eq!(notes(server, caller.tenant_id())[noted..], *expected, "{case}");
    }
}
