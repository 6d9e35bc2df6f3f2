//! Mirror: another server's passwords, which throttles, changes them meanwhile, and comes back after a kill

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use super::{DETAILS, MERGE, command, fill, passwords, prints, record, record_id, server, vault};

/// A time that is longer than anything takes.
const PATIENCE: Duration = Duration::from_secs(60);
const DEVICES: &str = "windowsAutopilotDeviceIdentities";

/// The options that lead from another server's tenant to a caller's.
pub fn mirrored(source: &TestCaller<'_>, target: &TestCaller<'_>) -> Vec<String> {
    let (from, to) = (source.server(), target.server());
    let file = |path: std::path::PathBuf| path.display().to_string();
    [
        "mirror",
        "--from",
        from.origin(),
        "--authority",
        from.origin(),
        "--from-ca",
        &file(from.authority_file()),
        "--from-tenant",
        &source.tenant_id().to_string(),
        "--client-id",
        &Uuid::from_u128(7).to_string(),
        "--secret-file",
        &file(from.data().join("dev-client-secret")),
        "--data",
        &file(to.data()),
        "--tenant",
        &target.tenant_id().to_string(),
    ]
    .map(str::to_owned)
    .into()
}

#[track_caller]
fn mirror(here: &Path, options: &[String], more: &[&str], exit_code: i32) -> String {
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    prints(&vault(here, &[&options, more].concat()), exit_code)
}

/// How many lines a round has written down.
fn pages(here: &Path) -> usize {
    std::fs::read_to_string(here.join("muster-mirror/round.jsonl")).unwrap_or_default().lines().count()
}

/// Takes all that an application's tenant may ask now, so that the next ones are refused.
fn drain(caller: &TestCaller<'_>) {
    while caller.get("hardwareConfigurations?$top=1").send().status != 429 {}
}

fn another_tenant_is_mirrored_round_by_round(on: TestDatabase) {
    let (source, target) = (server(TestDatabase::Sqlite, None), server(on, None));
    let (there, here) = (source.caller(), target.caller());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fill(&there, (0..30).map(|number| record(number, 1)).collect());
    let registration =
        json!({"serialNumber": "SN-4", "manufacturer": "Contoso", "model": "Latitude", "groupTag": "Berlin"});
    there.create(DEVICES, &registration);
    there.create(DEVICES, &json!({"serialNumber": "without"}));
    let options = mirrored(&there, &here);

    let rehearsed = mirror(folder, &options, &["--dry-run"], 1);
    assert!(
        rehearsed.contains("lost if that tenant ended now: 30 (before this round: 30); only here: 0"),
        "{rehearsed}"
    );
    assert!(here.list(DETAILS).is_empty() && !folder.join("muster-mirror").exists());
    let first = mirror(folder, &options, &[], 0);
    assert!(
        first.contains(&format!("new {} SN-4\n", record_id(4))) && first.contains("new: 30, updated: 0"),
        "{first}"
    );
    assert!(
        first.contains("registrations there: 2, made here: 1, refused: 0, without a password: 1"),
        "{first}"
    );
    assert!(first.contains("lost if that tenant ended now: 0 (before this round: 30)"), "{first}");
    assert_eq!(passwords(&here), passwords(&there));
    let [device] = &here.list(DEVICES)[..] else { panic!("one registration") };
    for name in ["serialNumber", "manufacturer", "model", "groupTag"] {
        assert_eq!(device[name], registration[name], "{name}");
    }

    // Nothing has changed: nothing is written, and nobody looked at a password here.
    let before = here.read(&format!("{DETAILS}/{}", record_id(4)));
    let second = mirror(folder, &options, &[], 0);
    assert!(second.starts_with("passwords: new: 0, updated: 0, completed: 0, same: 30"), "{second}");
    assert_eq!(here.read(&format!("{DETAILS}/{}", record_id(4))), before);

    // One is changed there, one here, one is new, one is gone there, one was deleted here.
    let path = |number| format!("{DETAILS}/{}", record_id(number));
    there.patch(&path(1)).json(&json!({"currentPassword": "changed there"})).send().is(200);
    here.patch(&path(2)).json(&json!({"currentPassword": "changed here"})).send().is(200);
    there.remove(&path(3));
    here.remove(&path(5));
    fill(&there, vec![record(40, 0)]);
    let third = mirror(folder, &options, &[], 0);
    let said: Vec<&str> = third.lines().collect();
    for (word, number) in [("updated", 1), ("kept", 2), ("gone", 3), ("deleted", 5), ("new", 40)] {
        let line = format!("{word} {} SN-{number}", record_id(number));
        assert!(said.contains(&&*line), "{line}: {third}");
    }
    assert!(third.contains("gone there and kept here: 1, 1 of them since the last round"), "{third}");
    let current = |number| here.read(&path(number))["currentPassword"].clone();
    assert_eq!(
        [current(1), current(2), current(3)],
        ["changed there", "changed here", "pass-3-1"].map(Value::from)
    );
    let fourth = mirror(folder, &options, &["--json"], 0);
    let sums: Value = serde_json::from_str(fourth.lines().last().unwrap()).unwrap();
    assert_eq!(
        (&sums["onlyHere"], &sums["newlyGone"], &sums["lost"]),
        (&json!(1), &json!(0), &json!(0)),
        "{sums}"
    );
    let state = std::fs::read_to_string(folder.join("muster-mirror/known.jsonl")).unwrap();
    assert!(!state.contains("pass-") && !state.contains("changed"), "the state has no password");
}

#[test]
fn another_tenant_is_mirrored_into_sqlite() {
    another_tenant_is_mirrored_round_by_round(TestDatabase::Sqlite);
}

#[test]
fn another_tenant_is_mirrored_into_postgres() {
    another_tenant_is_mirrored_round_by_round(TestDatabase::Postgres);
}

/// A source with so many pages of ten records, which lets an application ask once in a second.
fn throttled(records: u32, more: &str) -> (TestServer, Uuid) {
    let mut source = server(TestDatabase::Sqlite, None);
    let tenant = source.caller().tenant_id();
    fill(&source.caller().tenant(tenant), (0..records).map(|number| record(number, 0)).collect());
    source.reconfigure(&format!(
        "[limits]\npage_size = 10\n[throttle]\nprofile = \"scaled\"\nfactor = 0.02\n{more}"
    ));
    (source, tenant)
}

#[test]
fn one_that_is_killed_goes_on_although_the_source_throttles_and_changes_passwords() {
    const RECORDS: u32 = 40;
    let (source, tenant) = throttled(RECORDS, "");
    let target = server(TestDatabase::Sqlite, None);
    let (there, here) = (source.caller().tenant(tenant), target.caller());
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let options = mirrored(&there, &here);
    let arguments: Vec<&str> = options.iter().map(String::as_str).chain(["--passwords-only"]).collect();
    drain(&there.app());
    let mut child = command(folder, &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    await_pages(folder, 2, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    let (done, taken) = (pages(folder), here.list(DETAILS).len() as u32);
    assert!(folder.join("muster-mirror/round.jsonl").exists() && (10..RECORDS).contains(&taken), "{taken}");
    // The state may end in the middle of a line.
    let log = folder.join("muster-mirror/round.jsonl");
    let half = [std::fs::read(&log).unwrap(), b"{\"list\":0,\"se".to_vec()].concat();
    std::fs::write(&log, half).unwrap();
    // Of those that were read, and of those that were not.
    let changed: Vec<Value> = (0..RECORDS).step_by(7).map(|number| record(number, 2)).collect();
    while there.act(MERGE, &json!({"records": changed})).status == 429 {
        std::thread::sleep(Duration::from_millis(100));
    }

    let printed = mirror(folder, &options, &["--passwords-only"], 0);
    assert!(printed.contains("lost if that tenant ended now: 0"), "{printed}");
    assert_eq!(here.list(DETAILS).len() as u32, RECORDS, "after {done} pages");
    let told = printed.lines().filter(|line| line.starts_with("new ")).count() as u32;
    assert_eq!(told, RECORDS - taken, "a page that was done is not read again");
    let last = mirror(folder, &options, &["--passwords-only"], 0);
    assert!(last.contains("new: 0,"), "{last}");
    assert_eq!(passwords(&here), passwords_of(RECORDS));
    assert!(!log.exists());
}

/// The current passwords after those of every seventh record were changed.
fn passwords_of(records: u32) -> Vec<(String, String)> {
    let changes = |number: u32| if number.is_multiple_of(7) { 2 } else { 0 };
    (0..records).map(|number| (record_id(number), format!("pass-{number}-{}", changes(number)))).collect()
}

#[track_caller]
fn await_pages(folder: &Path, count: usize, child: &mut Child) {
    let start = Instant::now();
    while pages(folder) < count {
        assert!(start.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(), "no page is done");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn a_source_that_does_not_say_when_is_asked_again_all_the_same() {
    let (source, tenant) = throttled(20, "retry_after = false\n");
    let target = server(TestDatabase::Sqlite, None);
    let (there, here) = (source.caller().tenant(tenant), target.caller());
    let folder = tempfile::tempdir().unwrap();
    drain(&there.app());
    let printed = mirror(folder.path(), &mirrored(&there, &here), &["--passwords-only"], 0);
    assert!(printed.contains("new: 20,"), "{printed}");
}

#[test]
fn a_scheduled_one_looks_again_until_it_is_ended() {
    let (source, target) = (server(TestDatabase::Sqlite, None), server(TestDatabase::Sqlite, None));
    let (there, here) = (source.caller(), target.caller());
    let folder = tempfile::tempdir().unwrap();
    let options = mirrored(&there, &here);
    let arguments: Vec<&str> = options.iter().map(String::as_str).chain(["--every", "PT0.2S"]).collect();
    let mut child =
        command(folder.path(), &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    for number in 0..3 {
        fill(&there, vec![record(number, 0)]);
        let start = Instant::now();
        while here.list(DETAILS).len() as u32 != number + 1 {
            assert!(
                start.elapsed() < PATIENCE && child.try_wait().unwrap().is_none(),
                "it does not look again"
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    // Nobody else writes the same state meanwhile.
    let other = vault(folder.path(), &options.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&other.stderr).contains("another muster vault mirror"));
    assert!(
        std::process::Command::new("kill")
            .args(["-TERM", &child.id().to_string()])
            .status()
            .unwrap()
            .success()
    );
    assert!(child.wait().unwrap().code().is_some());
}
