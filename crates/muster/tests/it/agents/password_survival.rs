//! Whatever ends the agent or the server between two steps, the password that opens the BIOS is in the vault

use std::time::Duration;

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use super::machine::{Machine, configured_with, file};
use super::{DEVICES, code};
use crate::MUSTER;

/// More stages than a check-in has.
const STAGES_MAX: u64 = 200;
/// How often the server is killed while a device checks in, a little later each time.
const KILLS: u64 = 14;
const LATER_EACH_TIME: Duration = Duration::from_millis(9);

/// A look is no reason for a rotation here: the test asks for each.
fn start(database: TestDatabase) -> TestServer {
    let config = Some("[secrets]\nrotate_after_reveal = false\n".to_owned());
    TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() })
}

/// What the vault knows of a machine's password.
#[track_caller]
fn shown(caller: &TestCaller<'_>) -> Value {
    let device = caller.list(DEVICES).remove(0);
    let record = device["managedDeviceId"].as_str().unwrap_or_default();
    caller.post(&format!("hardwarePasswordDetails/{record}/muster.reveal")).send().is(200).json()
}

#[track_caller]
fn check_nothing_is_lost(caller: &TestCaller<'_>, machine: &Machine, when: &str) {
    let (shown, password) = (shown(caller), json!(machine.password()));
    let previous = shown["previousPasswords"].as_array().cloned().unwrap_or_default();
    let is_known = shown["currentPassword"] == password
        || shown["stagedPassword"] == password
        || previous.contains(&password);
    assert!(is_known || password == "", "{when}: {password} is not in the vault");
}

/// After an undisturbed check-in both sides agree.
#[track_caller]
fn check_convergence(caller: &TestCaller<'_>, machine: &Machine, more: &[&str], when: &str) {
    machine.goes_well(more);
    let shown = shown(caller);
    let found = (&shown["currentPassword"], &shown["stagedPassword"]);
    assert_eq!(found, (&json!(machine.password()), &Value::Null), "{when}");
}

#[track_caller]
fn rotate(caller: &TestCaller<'_>) {
    caller.act("hardwarePasswordDetails/muster.rotate", &json!({"filter": "true"})).is(200);
    crate::samples::settle(caller);
}

fn an_agent_is_ended_at_every_stage(database: TestDatabase) {
    let server = start(database);
    let caller = server.caller();
    let machine = Machine::new(&server, 41);
    let sets = [[("Camera", "Disabled")], [("Camera", "Enabled")]];
    let configuration = configured_with(&caller, &sets[0], false);
    let code = code(&caller, &json!({}));
    let mut stages = 0;
    for stage in 0..STAGES_MAX {
        let when = format!("{database:?}, stage {stage}");
        let set = &sets[usize::from(stage % 2 == 0)];
        if stage > 0 {
            rotate(&caller);
        }
        caller.change(&configuration, &json!({"configurationFileContent": file(set)}));
        let mut command = machine.command(&["--enroll", &code]);
        let ended = command.env("MUSTER_AGENT_END_AT", stage.to_string()).output().expect("a process");
        if stage > 0 {
            check_nothing_is_lost(&caller, &machine, &when);
        }
        check_convergence(&caller, &machine, &["--enroll", &code], &when);
        assert_eq!(machine.value("Camera"), set[0].1, "{when}");
        if ended.status.success() {
            stages = stage;
            break;
        }
    }
    assert!((25..STAGES_MAX).contains(&stages), "{stages} stages");
}

fn a_server_is_killed_at_any_time(database: TestDatabase) {
    let mut server = start(database);
    let (tenant, mut machine) = {
        let caller = server.caller();
        let machine = Machine::new(&server, 42);
        configured_with(&caller, &[("Camera", "Disabled")], false);
        machine.goes_well(&["--enroll", &code(&caller, &json!({}))]);
        (caller.tenant_id(), machine)
    };
    for kill in 0..KILLS {
        let when = format!("{database:?}, kill {kill}");
        rotate(&server.caller().tenant(tenant));
        let mut agent = machine.command(&[]).spawn().expect("a process");
        std::thread::sleep(LATER_EACH_TIME * u32::try_from(kill).unwrap_or_default());
        server.kill();
        agent.wait().expect("an end");
        server.start_again();
        let caller = server.caller().tenant(tenant);
        machine.talks_to(&server);
        check_nothing_is_lost(&caller, &machine, &when);
        check_convergence(&caller, &machine, &[], &when);
    }
}

#[test]
fn an_agent_is_ended_at_every_stage_on_sqlite() {
    an_agent_is_ended_at_every_stage(TestDatabase::Sqlite);
}

#[test]
fn an_agent_is_ended_at_every_stage_on_postgres() {
    an_agent_is_ended_at_every_stage(TestDatabase::Postgres);
}

#[test]
fn a_server_is_killed_at_any_time_on_sqlite() {
    a_server_is_killed_at_any_time(TestDatabase::Sqlite);
}

#[test]
fn a_server_is_killed_at_any_time_on_postgres() {
    a_server_is_killed_at_any_time(TestDatabase::Postgres);
}
