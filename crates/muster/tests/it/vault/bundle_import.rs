//! Import: a bundle comes back into a server, as often as somebody likes

use serde_json::{Value, json};
use testkit::{TestCaller, TestDatabase};
use uuid::Uuid;

use super::{DETAILS, Officer, export, fill, opened, prints, record, record_id, refused, server, vault};
use crate::at_rest::records;

/// More than one call takes.
const MANY: u32 = 520;

/// Imports a bundle into the tenant of a caller; what it prints.
#[track_caller]
fn imported(
    caller: &TestCaller<'_>,
    here: &std::path::Path,
    officer: &Officer,
    more: &[&str],
    exit_code: i32,
) -> String {
    let (data, tenant) = (caller.server().data().display().to_string(), caller.tenant_id().to_string());
    let identity = officer.identity.display().to_string();
    let arguments = ["import", "bundle.age", "--identity", &identity, "--data", &data, "--tenant", &tenant];
    prints(&vault(here, &[&arguments, more].concat()), exit_code)
}

fn a_bundle_comes_back_with_the_same_ids_and_changes_nothing_the_second_time(on: TestDatabase) {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let officer = Officer::new(here, "officer");
    let tenant = {
        let burnt = server(on, None);
        let caller = burnt.caller();
        fill(&caller, (0..MANY).map(|number| record(number, 2)).collect());
        caller.remove(&format!("{DETAILS}/{}", record_id(9)));
        prints(&export(&burnt, here, "bundle.age", &[&officer], &[]), 0);
        caller.tenant_id()
    };
    let server = server(on, None);
    let caller = server.caller().tenant(tenant);
    let rehearsed = imported(&caller, here, &officer, &["--dry-run"], 0);
    assert!(rehearsed.starts_with(&format!("would become: new: {}, updated: 0", MANY - 1)), "{rehearsed}");
    assert!(caller.list(DETAILS).is_empty());
    let first = imported(&caller, here, &officer, &[], 0);
    assert!(first.contains(&format!("new: {}", MANY - 1)) && first.contains("left out: 1"), "{first}");
    let own = &opened(here, "bundle.age", &officer, &["--serial", "SN-5"])[0];
    let back = caller.read(&format!("{DETAILS}/{}", record_id(5)));
    for name in ["id", "serialNumber", "currentPassword", "previousPasswords"] {
        assert_eq!(back[name], own[name], "{name}");
    }
    let again = imported(&caller, here, &officer, &[], 0);
    assert!(again.contains(&format!("new: 0, updated: 0, completed: 0, same: {}", MANY - 1)), "{again}");
    let merged = |record: &Value| record["activity"] == "merged";
    let on_record = records(&server, tenant).into_iter().filter(merged);
    let keys: usize = on_record.map(|record| record["keys"].as_array().unwrap().len()).sum();
    assert_eq!(keys, MANY as usize - 1, "what was taken in is on record, once");

    // What happens to the records afterwards counts for more than an old bundle.
    let path = |number| format!("{DETAILS}/{}", record_id(number));
    caller.patch(&path(1)).json(&json!({"currentPassword": "newer"})).send().is(200);
    let other = json!({"currentPassword": "other", "previousPasswords": []});
    caller.patch(&path(2)).json(&other).send().is(200);
    caller.remove(&path(3));
    let later = imported(&caller, here, &officer, &[], 1);
    let lines: Vec<&str> = later.lines().collect();
    let conflict = format!("conflict {} SN-2", record_id(2));
    assert!(
        lines.contains(&&*conflict) && lines.contains(&&*format!("deleted {} SN-3", record_id(3))),
        "{later}"
    );
    assert!(later.contains("newer here: 1, conflicts: 1") && later.contains("deleted here: 1"), "{later}");
    let current = |number| caller.read(&path(number))["currentPassword"].clone();
    assert_eq!([current(1), current(2)], [json!("newer"), json!("other")]);
    let conflicts = records(&server, tenant).into_iter().filter(|record| record["activity"] == "conflicting");
    assert_eq!(conflicts.count(), 1);
    let taken = imported(&caller, here, &officer, &["--take-conflicts"], 0);
    assert!(taken.contains("replaced: 1"), "{taken}");
    let taken = caller.read(&path(2));
    assert_eq!(taken["currentPassword"], "pass-2-2");
    assert_eq!(taken["previousPasswords"], json!(["pass-2-1", "pass-2-0", "other"]), "no password is lost");
}

#[test]
fn a_bundle_comes_back_on_sqlite() {
    a_bundle_comes_back_with_the_same_ids_and_changes_nothing_the_second_time(TestDatabase::Sqlite);
}

#[test]
fn a_bundle_comes_back_on_postgres() {
    a_bundle_comes_back_with_the_same_ids_and_changes_nothing_the_second_time(TestDatabase::Postgres);
}

#[test]
fn of_several_tenants_one_is_named() {
    let server = server(TestDatabase::Sqlite, None);
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let officer = Officer::new(here, "officer");
    let (one, other) = (server.caller(), server.caller());
    fill(&one, vec![record(1, 0)]);
    fill(&other, vec![record(2, 0)]);
    prints(&export(&server, here, "bundle.age", &[&officer], &[]), 0);
    let third = server.caller();
    let (data, tenant) = (server.data().display().to_string(), third.tenant_id().to_string());
    let identity = officer.identity.display().to_string();
    let arguments = ["import", "bundle.age", "--identity", &identity, "--data", &data, "--tenant", &tenant];
    assert!(refused(&vault(here, &arguments), 2).contains("--of"));
    let stranger = Uuid::new_v4().to_string();
    assert!(refused(&vault(here, &[&arguments[..], &["--of", &stranger]].concat()), 1).contains(&stranger));
    let of = other.tenant_id().to_string();
    let printed = imported(&third, here, &officer, &["--of", &of], 0);
    assert!(printed.contains("new: 1,"), "{printed}");
    assert_eq!(third.list(DETAILS)[0]["serialNumber"], "SN-2");
}
