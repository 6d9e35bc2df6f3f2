//! `muster tenant`: in the database, be it beside a running server.

use std::process::Output;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};
use uuid::Uuid;

use super::{CONTOSO, FABRIKAM, code, configured, of};
use crate::MUSTER;
use crate::at_rest::{looks, tenant_rows};
use crate::samples::{id, settle};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
const PASSWORDS: &str = "hardwarePasswordInfo";
/// The set in which these rest.
const STORED_PASSWORDS: &str = "hardwarePasswordDetails";
/// A running server looks each second.
const NOTICED_WITHIN: Duration = Duration::from_secs(20);

fn output(server: &TestServer, arguments: &[&str]) -> Output {
    let mut all = arguments.to_vec();
    if let Some(url) = server.database_url() {
        all.extend(["--database", url]);
    }
    let config = server.config_file().map(|file| file.display().to_string());
    if let Some(config) = &config {
        all.extend(["--config", config]);
    }
    server.run("tenant", &all)
}

/// Runs a command that goes well, and gives what it prints.
#[track_caller]
fn tenant(server: &TestServer, arguments: &[&str]) -> String {
    let output = output(server, arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "tenant {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that fails with an exit code, and gives what it says.
#[track_caller]
fn refused(server: &TestServer, arguments: &[&str], exit_code: i32) -> String {
    let output = output(server, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(exit_code), "tenant {arguments:?}: {errors}");
    assert_eq!(errors.lines().count(), 1, "{errors}");
    errors
}

/// Waits until a server answers with a status.
#[track_caller]
fn noticed(caller: &TestCaller<'_>, status: u16) {
    let begin = Instant::now();
    while caller.get(PASSWORDS).send().status != status {
        assert!(begin.elapsed() < NOTICED_WITHIN, "the server has not noticed");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn started(database: TestDatabase) -> TestServer {
    TestServer::start(MUSTER, database, ServerOptions::default())
}

fn filled(server: &TestServer, tenant: Uuid) -> TestCaller<'_> {
    let caller = of(server, tenant);
    caller.create(PASSWORDS, &json!({"serialNumber": "A1", "currentPassword": "s3cret-of-A1"}));
    let imports = json!({IMPORTS: [{"hardwareIdentifier": "QQ==", "serialNumber": "A1"}, {"hardwareIdentifier": "Qg==", "serialNumber": "A2"}]});
    caller.act(&format!("{IMPORTS}/import"), &imports).is(200);
    let profile = crate::samples::profile("Berlin");
    let profile = caller.create("windowsAutopilotDeploymentProfiles", &profile);
    let target = json!({"target": {"@odata.type": "#microsoft.graph.allDevicesAssignmentTarget"}});
    caller.create(&format!("windowsAutopilotDeploymentProfiles/{}/assignments", id(&profile)), &target);
    settle(&caller);
    caller
}

#[test]
fn a_tenant_is_closed_and_opened_again_beside_a_running_server() {
    for database in TestDatabase::ALL {
        let server = started(database);
        let caller = filled(&server, CONTOSO);
        let (id, other) = (CONTOSO.to_string(), FABRIKAM.to_string());
        assert!(refused(&server, &["close", &other], 1).contains("no tenant"));
        tenant(&server, &["close", &id]);
        noticed(&caller, 403);
        assert_eq!(code(&caller.get("").send()), "TenantClosed");
        assert!(refused(&server, &["close", &id], 1).contains("closed already"));
        let list = tenant(&server, &["list"]);
        let line = list.lines().find(|line| line.starts_with(&id)).unwrap();
        let words: Vec<&str> = line.split_whitespace().collect();
        let records: i64 = words[2].parse().unwrap();
        assert!(words[1] == "closed" && records > 5 && words[4] == "2", "{list}");
        assert!(words[3].parse::<i64>().unwrap() > records, "{list}");
        tenant(&server, &["reopen", &id]);
        noticed(&caller, 200);
        assert!(refused(&server, &["reopen", &id], 1).contains("not closed by command"));
    }
}

#[test]
fn a_command_opens_nothing_that_the_configuration_closes() {
    let server = configured(TestDatabase::Sqlite, "state = \"closed\"");
    let (id, created) = (CONTOSO.to_string(), Uuid::new_v4());
    tenant(&server, &["close", &id]);
    tenant(&server, &["reopen", &id]);
    let stranger = of(&server, created);
    stranger.get(PASSWORDS).send().refused(403, &["not one of those"]);
    tenant(&server, &["create", &created.to_string(), "--name", "New Ltd"]);
    noticed(&stranger, 200);
    of(&server, CONTOSO).get(PASSWORDS).send().refused(403, &["closed"]);
    assert!(refused(&server, &["create", &created.to_string()], 1).contains("is there already"));
    assert!(tenant(&server, &["list"]).contains("New Ltd"));
}

#[test]
fn an_export_has_every_entity_and_no_secret() {
    for database in TestDatabase::ALL {
        let mut server = started(database);
        let caller = filled(&server, CONTOSO);
        filled(&server, FABRIKAM);
        // What can be restored is not shown, and so not exported.
        let deleted =
            caller.create(PASSWORDS, &json!({"serialNumber": "A2", "currentPassword": "s3cret-of-A2"}));
        caller.remove(&format!("{PASSWORDS}/{}", id(&deleted)));
        let seen = looks(&server, CONTOSO);
        let beside = tenant(&server, &["export", &CONTOSO.to_string()]);
        assert_eq!(looks(&server, CONTOSO), seen);
        assert!(!beside.contains("s3cret"), "{beside}");
        let lines: Vec<Value> = beside.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let of_set = |set: &str| -> Vec<&Value> {
            lines.iter().filter(|line| line["set"] == format!("deviceManagement/{set}")).collect()
        };
        for (set, count) in [
            (DEVICES, 2),
            (IMPORTS, 2),
            (STORED_PASSWORDS, 1),
            (PASSWORDS, 0),
            ("windowsAutopilotDeploymentProfiles", 1),
        ] {
            assert_eq!(of_set(set).len(), count, "{set}");
        }
        for line in of_set(DEVICES) {
            let mut read = caller.read(&format!("{DEVICES}/{}", id(&line["entity"])));
            let annotations: Vec<String> =
                read.as_object().unwrap().keys().filter(|name| name.starts_with('@')).cloned().collect();
            assert!(read.as_object_mut().unwrap().remove("deviceAccountPassword").is_some(), "a secret");
            annotations.iter().for_each(|name| drop(read.as_object_mut().unwrap().remove(name)));
            let mut exported = line["entity"].clone();
            exported.as_object_mut().unwrap().remove("@odata.type");
            assert_eq!(exported, read, "as /beta shows it");
        }
        assert!(of_set(STORED_PASSWORDS)[0]["entity"].get("currentPassword").is_none());
        let assignment = of_set("windowsAutopilotDeploymentProfiles/assignments")[0];
        assert_eq!(assignment["parent"], of_set("windowsAutopilotDeploymentProfiles")[0]["entity"]["id"]);
        server.stop();
        assert_eq!(
            tenant(&server, &["export", &CONTOSO.to_string()]),
            beside,
            "without a server as with one"
        );
    }
}

#[test]
fn a_deleted_tenant_leaves_its_audit_and_gives_back_its_hardware() {
    for database in TestDatabase::ALL {
        for runs in [true, false] {
            let mut server = started(database);
            let caller = filled(&server, CONTOSO);
            let neighbour = filled(&server, FABRIKAM);
            let owned = |caller: &TestCaller<'_>| -> Vec<Value> {
                let imports = caller.list(IMPORTS);
                imports.iter().map(|import| import["state"]["deviceErrorCode"].clone()).collect()
            };
            assert_eq!(owned(&neighbour), [808, 808], "the hardware is the first tenant's");
            assert_eq!(caller.list(PASSWORDS)[0]["currentPassword"], "s3cret-of-A1");
            let (id, before) = (CONTOSO.to_string(), tenant_rows(&server, FABRIKAM));
            assert!(refused(&server, &["delete", &id], 1).contains("close"));
            tenant(&server, &["close", &id]);
            noticed(&caller, 403);
            if !runs {
                server.stop();
            }
            let said = tenant(&server, &["delete", &id]);
            let word = said.trim().rsplit(' ').next().unwrap();
            refused(&server, &["delete", &id, "--confirm", "00000000"], 2);
            assert!(!tenant_rows(&server, CONTOSO).is_empty(), "nothing has gone yet");
            tenant(&server, &["delete", &id, "--confirm", word]);
            if !runs {
                server.start_again();
            }
            let left = tenant_rows(&server, CONTOSO);
            let tables: Vec<&str> = left.keys().map(String::as_str).collect();
            assert_eq!(
                tables,
                if database == TestDatabase::Sqlite {
                    vec!["audit_head", "journal", "journal_pruned", "tenant_record"]
                } else {
                    vec!["audit_head", "journal", "tenant", "tenant_record"]
                }
            );
            assert!(looks(&server, CONTOSO) > 0);
            assert_eq!(tenant_rows(&server, FABRIKAM), before);
            of(&server, CONTOSO).get(PASSWORDS).send().refused(403, &["closed"]);
            let imports = json!({IMPORTS: [{"hardwareIdentifier": "QQ==", "serialNumber": "A1"}]});
            of(&server, FABRIKAM).act(&format!("{IMPORTS}/import"), &imports).is(200);
            assert!(owned(&of(&server, FABRIKAM)).contains(&json!(0)), "the hardware is free");
            assert!(refused(&server, &["create", &id], 1).contains("is removed"));
            assert!(tenant(&server, &["list"]).contains("removed"));
        }
    }
}

#[test]
fn a_removal_that_was_killed_is_finished() {
    for database in TestDatabase::ALL {
        let mut server = started(database);
        let caller = of(&server, CONTOSO);
        for round in 0..4 {
            let devices = (0..500)
                .map(|at| json!({"hardwareIdentifier": "QQ==", "serialNumber": format!("S{round}-{at}")}));
            caller.act(&format!("{IMPORTS}/import"), &json!({IMPORTS: devices.collect::<Vec<_>>()})).is(200);
        }
        let id = CONTOSO.to_string();
        tenant(&server, &["close", &id]);
        let said = tenant(&server, &["delete", &id]);
        let word = said.trim().rsplit(' ').next().unwrap().to_owned();
        std::thread::scope(|scope| {
            let (server, id) = (&server, &id);
            let command = scope.spawn(move || output(server, &["delete", id, "--confirm", &word]));
            let full = tenant_rows(server, CONTOSO)[DEVICES].len();
            let begin = Instant::now();
            // On PostgreSQL the command removes as the server does; what is killed is the server.
            while tenant_rows(server, CONTOSO).get(DEVICES).map_or(0, Vec::len) == full {
                assert!(begin.elapsed() < NOTICED_WITHIN, "nothing goes");
            }
            server.kill_now();
            drop(command);
        });
        server.kill();
        server.start_again();
        let begin = Instant::now();
        while !tenant(&server, &["list"]).contains("removed") {
            assert!(begin.elapsed() < NOTICED_WITHIN, "the removal is not finished");
            std::thread::sleep(Duration::from_millis(50));
        }
        assert!(!tenant_rows(&server, CONTOSO).contains_key(DEVICES));
    }
}
