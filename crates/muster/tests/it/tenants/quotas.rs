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

/// Checks that a request is refused, and that it names the quota and how much that allows.
#[track_caller]
fn is_full(caller: &TestCaller<'_>, path: &str, body: &Value, quota: [&str; 2]) {
    let [name, most] = quota;
    let words = [&*format!("the {most} that its quota '{name}' allows"), "nothing was written"];
    let answer = caller.act(path, body).refused(507, &words);
    assert_eq!((answer.code(), code(&answer)), ("InsufficientStorage".into(), "QuotaExceeded".into()));
}

/// A part of a batch that creates.
fn part(name: &str, set: &str, body: &Value, group: Option<&str>) -> Value {
    let mut part = json!({"id": name, "method": "POST", "url": format!("/deviceManagement/{set}"),
        "headers": {"Content-Type": "application/json"}, "body": body});
    if let Some(group) = group {
        part["atomicityGroup"] = json!(group);
    }
    part
}

fn responses(caller: &TestCaller<'_>, parts: &[Value]) -> Vec<Value> {
    let answer = caller.act("/beta/$batch", &json!({"requests": parts})).is(200).json();
    answer["responses"].as_array().cloned().unwrap_or_default()
}

#[test]
fn devices_are_counted_whichever_way_they_come() {
    for database in TestDatabase::ALL {
        let mut server = configured(database, "quotas = { devices = 3 }");
        let caller = of(&server, CONTOSO);
        let first = caller.create(DEVICES, &json!({"serialNumber": "A1"}));
        caller.act(&format!("{IMPORTS}/import"), &imports(&["A2"])).is(200);
        is_full(&caller, &format!("{IMPORTS}/import"), &imports(&["A3", "A4"]), ["devices", "3"]);
        let batch = |group| {
            let part = |serial: &str| part(serial, DEVICES, &json!({"serialNumber": serial}), group);
            vec![part("A5"), part("A6")]
        };
        let statuses = |parts: &[Value]| -> Vec<Value> {
            responses(&caller, parts).iter().map(|part| part["status"].clone()).collect()
        };
        assert_eq!(statuses(&batch(Some("g"))), [424, 507], "a group stands or falls together");
        assert_eq!(caller.list(DEVICES).len(), 2);
        let mut each = statuses(&batch(None));
        each.sort_by_key(Value::to_string);
        assert_eq!(each, [201, 507]);
        // An import in a group is carried out later, and finds no room then.
        let import = json!({"hardwareIdentifier": "QQ==", "serialNumber": "A10"});
        assert_eq!(statuses(&[part("1", IMPORTS, &import, Some("g"))]), [201]);
        settle(&caller);
        let records = caller.list(&format!("{IMPORTS}?$filter=serialNumber%20eq%20'A10'"));
        assert_eq!(records[0]["state"]["deviceErrorCode"], 640, "{records:?}");
        server.kill();
        server.start_again();
        let caller = of(&server, CONTOSO);
        is_full(&caller, DEVICES, &json!({"serialNumber": "A7"}), ["devices", "3"]);
        of(&server, FABRIKAM).act(&format!("{IMPORTS}/import"), &imports(&["B1", "B2", "B3", "B4"])).is(200);
        caller.remove(&format!("{DEVICES}/{}", id(&first)));
        caller.create(DEVICES, &json!({"serialNumber": "A8"}));
        is_full(&caller, DEVICES, &json!({"serialNumber": "A9"}), ["devices", "3"]);
    }
}

#[test]
fn of_a_group_the_part_is_told_that_is_one_too_many() {
    for database in TestDatabase::ALL {
        let server = configured(database, "quotas = { records = 3 }");
        let caller = of(&server, CONTOSO);
        let sets = ["hardwareConfigurations", "hardwarePasswordInfo"];
        let made = |name: &str| part(name, sets[0], &configuration(name), Some("g"));
        let kept = caller.create(sets[0], &configuration("kept"));
        let full = responses(&caller, &[made("1"), made("2"), made("3"), made("4")]);
        let statuses: Vec<&Value> = full.iter().map(|part| &part["status"]).collect();
        assert_eq!(statuses, [424, 424, 507, 424]);
        let error = &full[2]["body"]["error"];
        assert!(
            error["message"].as_str().unwrap().contains("the 3 that its quota 'records' allows"),
            "{error}"
        );
        assert_eq!(full[0]["body"]["error"]["code"], "FailedDependency");
        assert_eq!(caller.list(sets[0]).len(), 1);
        // What another part takes away makes room.
        let gone = json!({"id": "gone", "method": "DELETE", "atomicityGroup": "g",
            "url": format!("/deviceManagement/{}/{}", sets[0], id(&kept))});
        let swapped = responses(&caller, &[made("1"), made("2"), made("3"), gone]);
        assert!(swapped.iter().all(|part| part["status"].as_u64() < Some(300)), "{swapped:?}");
        assert_eq!(caller.list(sets[0]).len(), 3);
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
        is_full(&caller, sets[0], &made(1_000), ["bytes", "2500"]);
        caller.remove(&format!("{}/{}", sets[0], id(&first)));
        let group =
            json!({"displayName": "a", "mailEnabled": false, "mailNickname": "a", "securityEnabled": true});
        caller.post("/beta/groups").json(&group).send().is(201);
        let password = json!({"serialNumber": "A1", "currentPassword": "x"});
        let kept = caller.create(sets[1], &password);
        is_full(&caller, sets[1], &password, ["records", "3"]);
        // What can be restored is still there.
        caller.remove(&format!("{}/{}", sets[1], id(&kept)));
        is_full(&caller, sets[1], &password, ["records", "3"]);
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
        assert!(answer.message().contains("the 20 requests that its quota 'requests_per_minute' allows"));
        let seconds: u64 = answer.header("Retry-After").unwrap().parse().unwrap();
        assert!((1..=60).contains(&seconds), "{seconds}");
    }
    of(&server, FABRIKAM).list(DEVICES);
}
