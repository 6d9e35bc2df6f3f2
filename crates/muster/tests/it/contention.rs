//! A PostgreSQL that is SERIALIZABLE and undoes transactions in favour of others: callers notice nothing but time

use std::collections::BTreeMap;

use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer};

use crate::MUSTER;
use crate::metrics::{address, scrape, value};
use crate::samples::{at_once, configuration, device, hash, id, import_of, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";
const CONFIGURATIONS: &str = "hardwareConfigurations";
/// How many callers write at once, through two servers, and how often.
const CALLERS: usize = 4;
const ROUNDS: usize = 6;
/// How many devices are imported by a call.
const IMPORTED_TOGETHER: usize = 3;

fn start() -> TestServer {
    let config = Some("[metrics]\nlisten = \"127.0.0.1:0\"\n".to_owned());
    let options = ServerOptions { config, ..ServerOptions::default() };
    TestServer::start(MUSTER, TestDatabase::ContendedPostgres, options)
}

/// What a caller was told is there: devices by serial number with their group tag, and configurations by name with their
/// description.
#[derive(Debug, Default, PartialEq, Eq)]
struct Acknowledged {
    devices: BTreeMap<String, String>,
    configurations: BTreeMap<String, String>,
}

/// Creates, changes, deletes and imports; gives what must be there.
fn write(caller: &TestCaller<'_>) -> Acknowledged {
    let mut there = Acknowledged::default();
    for round in 0..ROUNDS {
        let (serial, lost, name) = (unique("S"), unique("L"), unique("C"));
        caller.create(DEVICES, &device(&serial));
        there.devices.insert(serial, "Berlin".into());
        let ended = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device(&lost))));
        caller.remove(&ended);
        caller.get(&ended).send().refused(404, &[]);
        let path = format!("{CONFIGURATIONS}/{}", id(&caller.create(CONFIGURATIONS, &configuration(&name))));
        let description = format!("round {round}");
        caller.change(&path, &json!({"description": "before"}));
        caller.change(&path, &json!({"description": description}));
        assert_eq!(caller.read(&path)["description"], description);
        there.configurations.insert(name, description);
        let serials: Vec<String> = (0..IMPORTED_TOGETHER).map(|_| unique("I")).collect();
        let items: Vec<Value> =
            serials.iter().map(|serial| import_of(serial, &hash(serial, vec![]))).collect();
        caller.act(&format!("{IMPORTS}/import"), &json!({IMPORTS: items})).is(200);
        there.devices.extend(serials.into_iter().map(|serial| (serial, String::new())));
    }
    there
}

/// What a list has, by one property with another; whatever is there twice fails.
fn by(items: &[Value], key: &str, property: &str) -> BTreeMap<String, String> {
    let text = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
    let found: BTreeMap<_, _> = items.iter().map(|item| (text(item, key), text(item, property))).collect();
    assert_eq!(found.len(), items.len(), "something is there twice: {items:?}");
    found
}

#[test]
fn what_is_acknowledged_is_there_once_and_nothing_fails() {
    let one = start();
    let servers = [one.another(), one];
    let caller = servers[0].caller();
    let tenant = caller.tenant_id();
    let mut expected = Acknowledged::default();
    for there in at_once(CALLERS, |at| write(&servers[at % servers.len()].caller().tenant(tenant))) {
        expected.devices.extend(there.devices);
        expected.configurations.extend(there.configurations);
    }
    settle(&caller);
    for server in &servers {
        let caller = server.caller().tenant(tenant);
        let devices = by(&caller.list(DEVICES), "serialNumber", "groupTag");
        let configurations = by(&caller.list(CONFIGURATIONS), "displayName", "description");
        assert_eq!(Acknowledged { devices, configurations }, expected);
        let imports = caller.list(IMPORTS);
        assert_eq!(imports.len(), CALLERS * ROUNDS * IMPORTED_TOGETHER);
        let unfinished = imports.iter().find(|import| import["state"]["deviceImportStatus"] != "complete");
        assert_eq!(unfinished, None);
    }
    for server in &servers {
        let retries = value(&scrape(&address(server)), "muster_database_retries_total");
        assert!(retries > CALLERS as f64, "so few were undone: {retries}");
    }
}

/// What makes every statement fail that looks at devices.
const ALWAYS: &str = "create function always() returns boolean language plpgsql as
    $$ begin raise exception 'injected' using errcode = '40001'; end $$;
    create policy always on \"windowsAutopilotDeviceIdentities\" as restrictive for select using ((select always()))";

#[test]
fn what_is_undone_time_and_again_is_answered_503_and_not_done() {
    let server = start();
    let caller = server.caller();
    let path = format!("{DEVICES}/{}", id(&caller.create(DEVICES, &device("A"))));
    execute(&server, ALWAYS);
    for request in [
        caller.get(DEVICES),
        caller.get(&path),
        caller.post(DEVICES).json(&device("B")),
        caller.delete(&path),
    ] {
        let refused = request.send().refused(503, &[]);
        assert!(refused.header("Retry-After").is_some(), "{refused:?}");
    }
    execute(&server, "drop policy always on \"windowsAutopilotDeviceIdentities\"");
    assert_eq!(by(&caller.list(DEVICES), "serialNumber", "groupTag").into_keys().collect::<Vec<_>>(), ["A"]);
    caller.create(DEVICES, &device("B"));
}

/// Has the server's database carry out statements.
fn execute(server: &TestServer, statements: &str) {
    let url = server.database_url().expect("PostgreSQL");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let executed = async { scratch_postgres::connect(url).await.batch_execute(statements).await };
    runtime.block_on(executed).expect("statements that hold");
}
