//! Export and open: what a bundle holds, who can read it, and what is on record of it

use serde_json::{Value, json};
use testkit::TestDatabase;

use super::{
    DETAILS, Officer, database, export, fill, opened, prints, record, record_id, refused, server, vault,
};
use crate::at_rest::{looks, records};
use crate::samples::id;
use crate::surfaces::{contains, everything};

/// More than a page of the export.
const MANY: u32 = 620;

fn a_bundle_has_every_password_and_each_look_is_on_record(on: TestDatabase) {
    let mut server = server(on, None);
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (first, second) = (Officer::new(here, "first"), Officer::new(here, "second"));
    let (caller, other) = (server.caller(), server.caller());
    fill(&caller, (0..MANY).map(|number| record(number, 1)).collect());
    fill(&other, vec![record(0, 2)]);
    caller.create(
        "windowsAutopilotDeviceIdentities",
        &json!({"serialNumber": "SN-7", "manufacturer": "Contoso", "model": "Latitude"}),
    );
    caller.remove(&format!("{DETAILS}/{}", record_id(3)));
    let of_caller = caller.tenant_id();
    let tenants = [of_caller, other.tenant_id()];

    // Beside the server that runs, which goes on afterwards.
    let exported = export(
        &server,
        here,
        "all.age",
        &[&first, &second],
        &["--reason", "night copy", "--ticket", "CHG-1"],
    );
    prints(&exported, 0);
    let said = String::from_utf8_lossy(&exported.stderr);
    assert!(
        said.contains(&format!("wrote {} records of 2 tenants to all.age, for 2 recipients", MANY + 1)),
        "{said}"
    );
    let bundle = std::fs::read(here.join("all.age")).unwrap();
    assert!(bundle.starts_with(b"age-encryption.org/v1\n"));
    for (place, bytes) in everything(&server).into_iter().chain([("the bundle".to_owned(), bundle)]) {
        assert!(!contains(&bytes, b"pass-7-"), "{place} has a password");
    }
    for officer in [&first, &second] {
        let found = opened(here, "all.age", officer, &["--serial", "sn-0"]);
        let of =
            |tenant: uuid::Uuid| found.iter().find(|record| record["tenant"] == tenant.to_string()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(of(tenants[0])["currentPassword"], "pass-0-1");
        assert_eq!(of(tenants[1])["previousPasswords"], json!(["pass-0-1", "pass-0-0"]));
    }
    assert_eq!(opened(here, "all.age", &first, &[]).len(), MANY as usize + 1);
    let seventh = &opened(here, "all.age", &first, &["--serial", "SN-7"])[0];
    assert_eq!(seventh["devices"][0]["model"], "Latitude");
    assert!(opened(here, "all.age", &first, &["--serial", "SN-3"])[0]["deletedDateTime"].is_string());
    let identity = first.identity.display().to_string();
    let text = prints(&vault(here, &["open", "all.age", "--identity", &identity, "--serial", "SN-7"]), 0);
    assert!(text.contains("current password   pass-7-1\n") && text.contains("Contoso, Latitude"), "{text}");

    // A record of a look names each key, who it was, and for whom.
    let exports = |tenant| -> Vec<Value> {
        let is_export = |record: &Value| {
            record["applicationName"].as_str().is_some_and(|name| name.contains("vault export"))
        };
        records(&server, tenant).into_iter().filter(is_export).collect()
    };
    let recorded = exports(of_caller);
    let keys: usize = recorded.iter().map(|record| record["keys"].as_array().unwrap().len()).sum();
    assert_eq!((recorded.len(), keys), (2, MANY as usize));
    let reason = recorded[0]["reason"].as_str().unwrap();
    assert!(
        reason.starts_with("night copy; bundle for age1") && reason.contains(&second.recipient),
        "{reason}"
    );
    assert_eq!(recorded[0]["ticket"], "CHG-1");

    // The server takes its numbers behind those of the command, and the chain holds.
    let created = caller.create(DETAILS, &json!({"currentPassword": "after"}));
    let before = looks(&server, of_caller);
    caller.get(&format!("{DETAILS}/{}", id(&created))).send().is(200);
    assert_eq!(looks(&server, of_caller), before + 1);
    prints(&export(&server, here, "again.age", &[&first], &["--tenant", &of_caller.to_string()]), 0);
    assert_eq!(opened(here, "again.age", &first, &[]).len(), MANY as usize + 1);
    caller.create(DETAILS, &json!({"currentPassword": "after"}));
    // And without the server.
    server.stop();
    prints(&export(&server, here, "alone.age", &[&second], &[]), 0);
    assert_eq!(opened(here, "alone.age", &second, &[]).len(), MANY as usize + 3);
    let in_folder = format!("sqlite:{}", server.data().join("muster.db").display());
    let url = server.database_url().unwrap_or(&in_folder).to_owned();
    let verified = server.run("audit", &[]);
    assert!(!verified.status.success());
    let verified = std::process::Command::new(crate::MUSTER)
        .args(["audit", "verify", "--database", &url])
        .output()
        .unwrap();
    assert_eq!(prints(&verified, 0).lines().count(), 2);
}

#[test]
fn a_bundle_has_every_password_on_sqlite() {
    a_bundle_has_every_password_and_each_look_is_on_record(TestDatabase::Sqlite);
}

#[test]
fn a_bundle_has_every_password_on_postgres() {
    a_bundle_has_every_password_and_each_look_is_on_record(TestDatabase::Postgres);
}

#[test]
fn nothing_is_written_without_what_it_takes() {
    let server = server(TestDatabase::Sqlite, Some("[secrets]\nrequire_reason = true\n"));
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let officer = Officer::new(here, "officer");
    fill(&server.caller(), vec![record(1, 0)]);
    assert!(refused(&export(&server, here, "a.age", &[&officer], &[]), 2).contains("--reason"));
    let stranger = Officer { recipient: "age1nobody".to_owned(), identity: officer.identity.clone() };
    let because = ["--reason", "copy"];
    assert!(refused(&export(&server, here, "a.age", &[&stranger], &because), 2).contains("age1nobody"));
    let unknown = uuid::Uuid::new_v4().to_string();
    let of_unknown = ["--reason", "copy", "--tenant", &unknown];
    assert!(refused(&export(&server, here, "a.age", &[&officer], &of_unknown), 1).contains(&unknown));
    assert!(!here.join("a.age").exists(), "what is not finished is removed");
    prints(&export(&server, here, "a.age", &[&officer], &because), 0);
    let before = std::fs::read(here.join("a.age")).unwrap();
    assert!(refused(&export(&server, here, "a.age", &[&officer], &because), 1).contains("a.age"));
    assert_eq!(std::fs::read(here.join("a.age")).unwrap(), before, "a bundle is not replaced");
    let nowhere = refused(&vault(here, &["export", "--to", &officer.recipient, "--data", "nothing"]), 2);
    assert!(nowhere.contains("no database"), "{nowhere}");
    // Without its key a database is no use.
    let copy = here.join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(server.data().join("muster.db"), copy.join("muster.db")).unwrap();
    let without_key = vault(here, &["export", "--to", &officer.recipient, "--data", "copy"]);
    assert!(refused(&without_key, 2).contains("where the key-encryption key is"));
    assert_eq!(database(&server).len(), 4);
}
