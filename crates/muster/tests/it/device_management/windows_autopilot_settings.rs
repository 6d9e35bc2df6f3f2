//! `/deviceManagement/windowsAutopilotSettings`

use serde_json::json;
use testkit::{ServerOptions, TestDatabase, TestServer, assert_subset};

use crate::MUSTER;
use crate::at_rest::meddle;
use crate::samples::settle;

const PATH: &str = "windowsAutopilotSettings";

both![a_sync_is_done_soon_and_not_too_often, it_can_be_changed_and_reset];

fn a_sync_is_done_soon_and_not_too_often(server: &testkit::TestServer) {
    let caller = server.caller();
    let before = json!({"syncStatus": "unknown", "lastSyncDateTime": "0001-01-01T00:00:00Z"});
    assert_subset(&caller.read(PATH), &before);
    caller.post(&format!("{PATH}/sync")).send().is(204);
    settle(&caller);
    let after = caller.read(PATH);
    assert_eq!(after["syncStatus"], "completed");
    assert_ne!(after["lastSyncDateTime"], before["lastSyncDateTime"]);
    let refused = caller.post(&format!("{PATH}/sync")).send().refused(429, &["10 minutes"]);
    let seconds: u64 =
        refused.header("Retry-After").and_then(|text| text.parse().ok()).expect("whole seconds");
    assert!((1..=600).contains(&seconds), "{seconds}");
    caller.elsewhere().post(&format!("{PATH}/sync")).send().is(204);
}

fn it_can_be_changed_and_reset(server: &testkit::TestServer) {
    let caller = server.caller();
    let body = json!({"syncStatus": "inProgress", "lastSyncDateTime": "2017-01-01T00:02:49.3205976-08:00"});
    assert_subset(&caller.change(PATH, &body), &body);
    assert_subset(&caller.read(PATH), &body);
    caller.remove(PATH);
    assert_eq!(caller.read(PATH)["syncStatus"], "unknown");
    caller.remove(PATH);
}

/// A sync that takes its time: another is refused meanwhile, and for a while after it.
fn by_the_clock(database: TestDatabase) {
    let config = Some("[autopilot]\ndelays = \"realistic\"\n".to_owned());
    let server = TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() });
    let caller = server.caller();
    let sync = || caller.post(&format!("{PATH}/sync")).send();
    let advance = |span: &str| caller.act("/_/clock", &json!({"advance": span})).is(200);
    sync().is(204);
    assert_eq!(caller.read(PATH)["syncStatus"], "inProgress");
    sync().refused(409, &["running"]);
    advance("PT2M");
    assert_eq!(caller.read(PATH)["syncStatus"], "completed");
    sync().refused(429, &["10 minutes"]);
    advance("PT8M");
    sync().is(204);
}

#[test]
fn a_sync_runs_by_the_clock_on_sqlite() {
    by_the_clock(TestDatabase::Sqlite);
}

#[test]
fn a_sync_runs_by_the_clock_on_postgres() {
    by_the_clock(TestDatabase::Postgres);
}

/// Who never asks for a sync reads at most half a day ago.
fn refreshed(database: TestDatabase) {
    let server = TestServer::start(MUSTER, database, ServerOptions::default());
    let caller = server.caller();
    caller.create("windowsAutopilotDeviceIdentities", &json!({"serialNumber": "A"}));
    settle(&caller);
    let last = || caller.read(PATH)["lastSyncDateTime"].as_str().unwrap_or_default().to_owned();
    let mut before = last();
    for round in 0..15 {
        caller.act("/_/clock", &json!({"advance": "PT12H1M"})).is(200);
        let after = last();
        assert!(after > before, "round {round}: {before} {after}");
        before = after;
    }
    assert_eq!(caller.read(PATH)["syncStatus"], "completed");
    // It is nobody's request: the next may begin at once.
    caller.post(&format!("{PATH}/sync")).send().is(204);
}

#[test]
fn the_last_sync_is_never_long_ago_on_sqlite() {
    refreshed(TestDatabase::Sqlite);
}

#[test]
fn the_last_sync_is_never_long_ago_on_postgres() {
    refreshed(TestDatabase::Postgres);
}

/// As often as a job is tried.
const ATTEMPTS: usize = 12;

/// The settings' table is away for too long; when it is back, the sync has failed, and another may be asked for.
#[test]
fn a_sync_that_cannot_be_done_has_failed() {
    let config = Some("[autopilot]\ndelays = \"realistic\"\n".to_owned());
    let server = TestServer::start(
        MUSTER,
        TestDatabase::Postgres,
        ServerOptions { config, ..ServerOptions::default() },
    );
    let caller = server.caller();
    let advance = |span: &str| caller.act("/_/clock", &json!({"advance": span})).is(200);
    caller.post(&format!("{PATH}/sync")).send().is(204);
    let before = caller.read(PATH);
    assert_eq!(before["syncStatus"], "inProgress");
    meddle(&server, "alter table \"windowsAutopilotSettings\" rename to away");
    for _ in 0..ATTEMPTS {
        advance("PT6M");
    }
    meddle(&server, "alter table away rename to \"windowsAutopilotSettings\"");
    assert_eq!(caller.read(PATH)["syncStatus"], "inProgress");
    advance("PT6M");
    let after = caller.read(PATH);
    assert_eq!(after["syncStatus"], "failed");
    assert_ne!(after["lastSyncDateTime"], before["lastSyncDateTime"]);
    caller.post(&format!("{PATH}/sync")).send().is(204);
    advance("PT2M");
    assert_eq!(caller.read(PATH)["syncStatus"], "completed");
}
