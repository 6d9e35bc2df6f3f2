//! What a tenant may hold and ask: refused as Graph does, whichever way it comes, and no other tenant is bound.

use serde_json::{Value, json};
use testkit::{TestCaller, TestDatabase};

use super::{CONTOSO, FABRIKAM, code, configured, of};
use crate::samples::{configuration, id, settle};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
const IMPORTS: &str = "importedWindowsAutopilotDeviceIdentities";

fn imports(serials: &[&str]) -> Value {
    let imports = serials.iter().map(|serial| json!({"hardwareIdentifier": "QQ==", "serialNumber": serial}));
    json!({"importedWindowsAutopilotDeviceIdentities": imports.collect::<Vec<_>>()})
}

#[track_caller]
fn is_full(caller: &TestCaller<'_>, path: &str, body: &Value) {
    let answer = caller.act(path, body).refused(507, &["quota", "nothing was written"]);
    assert_eq!((answer.code(), code(&answer)), ("InsufficientStorage".into(), "QuotaExceeded".into()));
}

#[test]
fn devices_are_counted_whichever_way_they_come() {
    for database in TestDatabase::ALL {
        let mut server = configured(database, "quotas = { devices = 3 }");
        let caller = of(&server, CONTOSO);
        let first = caller.create(DEVICES, &json!({"serialNumber": "A1"}));
        caller.act(&format!("{IMPORTS}/import"), &imports(&["A2"])).is(200);
        is_full(&caller, &format!("{IMPORTS}/import"), &imports(&["A3", "A4"]));
        let part = |name: &str, serial: &str, group: Option<&str>| {
            let (url, headers) =
                (format!("/deviceManagement/{DEVICES}"), json!({"Content-Type": "application/json"}));
            let mut part = json!({"id": name, "method": "POST", "url": url, "headers": headers,
                "body": {"serialNumber": serial}});
            if let Some(group) = group {
                part["atomicityGroup"] = json!(group);
            }
            part
        };
        let batch = |group| json!({"requests": [part("1", "A5", group), part("2", "A6", group)]});
        let statuses = |batch: &Value| -> Vec<Value> {
            let answer = caller.act("/beta/$batch", batch).is(200).json();
            answer["responses"].as_array().unwrap().iter().map(|part| part["status"].clone()).collect()
        };
        assert!(!statuses(&batch(Some("g"))).contains(&json!(201)), "a group stands or falls together");
        assert_eq!(caller.list(DEVICES).len(), 2);
        let mut each = statuses(&batch(None));
        each.sort_by_key(Value::to_string);
        assert_eq!(each, [201, 507]);
        // An import in a group is carried out later, and finds no room then.
        let import = json!({"requests": [{"id": "1", "method": "POST", "atomicityGroup": "g",
            "url": format!("/deviceManagement/{IMPORTS}"), "headers": {"Content-Type": "application/json"},
            "body": {"hardwareIdentifier": "QQ==", "serialNumber": "A10"}}]});
        assert_eq!(statuses(&import), [201]);
        settle(&caller);
        let records = caller.list(&format!("{IMPORTS}?$filter=serialNumber%20eq%20'A10'"));
        assert_eq!(records[0]["state"]["deviceErrorCode"], 640, "{records:?}");
        server.kill();
        server.start_again();
        let caller = of(&server, CONTOSO);
        is_full(&caller, DEVICES, &json!({"serialNumber": "A7"}));
        of(&server, FABRIKAM).act(&format!("{IMPORTS}/import"), &imports(&["B1", "B2", "B3", "B4"])).is(200);
        caller.remove(&format!("{DEVICES}/{}", id(&first)));
        caller.create(DEVICES, &json!({"serialNumber": "A8"}));
        is_full(&caller, DEVICES, &json!({"serialNumber": "A9"}));
    }
}

#[test]
fn entities_and_bytes_are_counted_of_all_kinds() {
    for database in TestDatabase::ALL {
        let server = configured(database, "quotas = { records = 3, bytes = 2500 }");
        let caller = of(&server, CONTOSO);
        let sets = ["hardwareConfigurations", "hardwarePasswordInfo"];
        let made = |bytes: usize| {
            let mut configuration = configuration("A");
            configuration["description"] = "x".repeat(bytes).into();
            configuration
        };
        caller.create(sets[0], &made(800));
        let first = caller.create(sets[0], &made(800));
        is_full(&caller, sets[0], &made(1_000));
        caller.remove(&format!("{}/{}", sets[0], id(&first)));
        let group =
            json!({"displayName": "a", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true});
        caller.post("/beta/groups").json(&group).send().is(201);
        let password = json!({"serialNumber": "A1", "currentPassword": "x"});
        let kept = caller.create(sets[1], &password);
        is_full(&caller, sets[1], &password);
        // What can be restored is still there.
        caller.remove(&format!("{}/{}", sets[1], id(&kept)));
        is_full(&caller, sets[1], &password);
        caller.list(sets[0]);
    }
}

#[test]
fn requests_are_counted_by_the_minute() {
    let server = configured(TestDatabase::Sqlite, "quotas = { requests_per_minute = 20 }");
    let caller = of(&server, CONTOSO);
    let answers: Vec<_> = (0..60).map(|_| caller.get(DEVICES).send()).collect();
    let refused: Vec<_> = answers.iter().filter(|answer| answer.status != 200).collect();
    // The calls may lie in two minutes, but not in three.
    assert!((20..=40).contains(&refused.len()), "{} of 60", refused.len());
    for answer in refused {
        assert_eq!(
            (answer.status, answer.code(), code(answer)),
            (429, "TooManyRequests".into(), "RequestQuotaExceeded".into())
        );
        let seconds: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    of(&server, FABRIKAM).list(DEVICES);
}
