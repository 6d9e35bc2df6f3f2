//! The life of an import's record: from `unknown` to its end, and out of the way.

use domain::hardware_hash::{HashRecord, Text, TextKind, from_base64, synthetic_tpm, to_base64};
use serde_json::{Value, json};
use testkit::{ServerOptions, TestCaller, TestDatabase, TestServer, assert_subset};
use uuid::{Uuid, uuid};

use super::PATH;
use crate::MUSTER;
use crate::samples::{hash, id, import_of, imported, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";
/// The tenant of the tests that configure one.
const TENANT: Uuid = uuid!("11111111-1111-4111-8111-111111111111");
/// What the documents' examples have for a hash.
const PLACEHOLDER: &str = "aGFyZHdhcmVJZGVudGlmaWVy";

both![
    what_the_hash_says_fills_the_device,
    the_serial_number_in_the_hash_counts,
    base64_of_base64_is_no_device,
    each_error_has_its_code_and_name,
    the_same_hash_twice_in_an_import_is_one_device,
    what_is_too_long_is_told_before_it_is_stored,
    a_placeholder_that_is_no_hash_is_a_devices_name,
    one_placeholder_with_many_serial_numbers_is_many_devices,
];

/// The states of all records, settled, by serial number.
#[track_caller]
pub fn states(caller: &TestCaller<'_>) -> Vec<(String, String)> {
    settle(caller);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let state =
        |record: &Value| (text(&record["serialNumber"]), text(&record["state"]["deviceImportStatus"]));
    caller.list(PATH).iter().map(state).collect()
}

/// Imports a device, and what became of it.
#[track_caller]
pub fn import(caller: &TestCaller<'_>, body: &Value) -> Value {
    let record = id(&caller.create(PATH, body));
    settle(caller);
    caller.read(&format!("{PATH}/{record}"))["state"].clone()
}

/// The error of an import that failed, by code and name.
#[track_caller]
pub fn import_error(caller: &TestCaller<'_>, body: &Value) -> (i64, String) {
    let state = import(caller, body);
    assert_eq!((&state["deviceImportStatus"], &state["deviceRegistrationId"]), (&json!("error"), &json!("")));
    let name = state["deviceErrorName"].as_str().unwrap_or_default().to_owned();
    (state["deviceErrorCode"].as_i64().unwrap_or_default(), name)
}

/// Imports a device that nobody has; the id of its identity.
#[track_caller]
pub fn registered(caller: &TestCaller<'_>, body: &Value) -> String {
    let state = import(caller, body);
    let done = json!({"deviceImportStatus": "complete", "deviceErrorCode": 0, "deviceErrorName": ""});
    assert_subset(&state, &done);
    state["deviceRegistrationId"].as_str().unwrap_or_default().to_owned()
}

fn what_the_hash_says_fills_the_device(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let text = |kind, text: &str| HashRecord::Text(Text::new(kind, text));
    let more = vec![text(TextKind::SkuNumber, "SKU 1"), text(TextKind::SystemFamily, "Family 1")];
    let body = json!({
        "serialNumber": "",
        "productKey": "00330-80000-00000-AA123",
        "groupTag": "Berlin",
        "assignedUserPrincipalName": "ada@contoso.example",
        "hardwareIdentifier": hash(&serial_number, more),
    });
    let device = registered(&caller, &body);
    let expected = json!({
        "id": device,
        "serialNumber": serial_number,
        "manufacturer": "Example Corp",
        "model": "Example Model 1",
        "skuNumber": "SKU 1",
        "systemFamily": "Family 1",
        "productKey": "00330-80000-00000-AA123",
        "groupTag": "Berlin",
        "userPrincipalName": "ada@contoso.example",
        "enrollmentState": "notContacted",
        "remediationState": "noRemediationRequired",
    });
    assert_subset(&caller.read(&format!("{DEVICES}/{device}")), &expected);
    assert_eq!(caller.list(DEVICES).len(), 1);
}

fn the_serial_number_in_the_hash_counts(server: &TestServer) {
    let caller = server.caller();
    let own = format!("000{}", unique("S"));
    let cases =
        [("12345", &*own, &*own), ("the label's", "Default string", "the label's"), ("", "None", "None")];
    for (sent, in_hash, counts) in cases {
        let more = synthetic_tpm(&unique("T")).into();
        let body = json!({"serialNumber": sent, "orderIdentifier": "Paris", "hardwareIdentifier": hash(in_hash, more)});
        let record = id(&caller.create(PATH, &body));
        settle(&caller);
        let record = caller.read(&format!("{PATH}/{record}"));
        assert_eq!(record["serialNumber"], sent, "the record shows what was sent");
        let device = &record["state"]["deviceRegistrationId"];
        let query = format!("serialNumber eq '{}'", counts.replace('\'', "''"));
        let found = caller.get(DEVICES).query("$filter", &query).send().is(200).json();
        assert_subset(
            &found["value"][0],
            &json!({"id": device, "serialNumber": counts, "groupTag": "Paris"}),
        );
    }
}

/// An SDK makes this of a hash that is given to it as bytes.
fn base64_of_base64_is_no_device(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let plain = hash(&serial_number, vec![]);
    let hexadecimal: String =
        from_base64(&plain).unwrap_or_default().iter().map(|byte| format!("{byte:02x}")).collect();
    let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases = [
        (to_base64(plain.as_bytes()), "Base64 of Base64 text"),
        (to_base64(to_base64(plain.as_bytes()).as_bytes()), "Base64 of Base64 text"),
        (to_base64(&wide), "Base64 of Base64 text"),
        (hexadecimal, "hexadecimal"),
        (plain.to_lowercase(), "lower case"),
        (plain[..128].to_owned(), "cut off after 128 characters"),
    ];
    for (mangled, cause) in cases {
        let record = id(&caller.create(PATH, &import_of(&serial_number, &mangled)));
        settle(&caller);
        let path = format!("{PATH}/{record}");
        assert_eq!(caller.read(&path)["state"]["deviceErrorCode"], 802, "{cause}");
        let why = caller.read(&format!("{path}/muster.why()"));
        assert!(why["cause"].as_str().unwrap_or_default().contains(cause), "{why}");
    }
    assert!(caller.list(DEVICES).is_empty());
    registered(&caller, &import_of(&serial_number, &plain));
    assert_eq!(caller.list(DEVICES).len(), 1);
}

fn each_error_has_its_code_and_name(server: &TestServer) {
    let caller = server.caller();
    let good = hash(&unique("S"), vec![]);
    let mut damaged = good.clone();
    damaged.replace_range(40..41, if good.as_bytes()[40] == b'A' { "B" } else { "A" });
    let no_hash = (802, "InvalidZtdHardwareHash");
    let nothing = (803, "MissingZtdSerialNumberAndProductKey");
    let cases = [
        (json!({"serialNumber": "1", "hardwareIdentifier": damaged}), no_hash),
        (json!({"serialNumber": "1", "hardwareIdentifier": "T0E="}), no_hash),
        (json!({"serialNumber": "1"}), no_hash),
        (json!({"productKey": "1", "hardwareIdentifier": ""}), no_hash),
        (json!({"serialNumber": " ", "groupTag": "Berlin"}), no_hash),
        (json!({}), no_hash),
        (json!({"hardwareIdentifier": ""}), no_hash),
        // A placeholder is a device's only with what else it is called.
        (json!({"hardwareIdentifier": PLACEHOLDER}), nothing),
        (json!({"serialNumber": " ", "productKey": "", "hardwareIdentifier": PLACEHOLDER}), nothing),
    ];
    for (body, (code, name)) in cases {
        assert_eq!(import_error(&caller, &body), (code, name.to_owned()), "{body:.80}");
    }
    let record = id(&caller.create(PATH, &json!({})));
    settle(&caller);
    let why = caller.read(&format!("{PATH}/{record}/muster.why()"));
    assert!(why["cause"].as_str().unwrap_or_default().contains("no hash"), "{why}");
    assert!(caller.list(DEVICES).is_empty());
}

fn the_same_hash_twice_in_an_import_is_one_device(server: &TestServer) {
    let caller = server.caller();
    let (one, other) = (unique("S"), unique("S"));
    let (first, second) = (import_of(&one, &hash(&one, vec![])), import_of(&other, &hash(&other, vec![])));
    let damaged = import_of("3", "T0E=");
    let items = json!([first, second, first, damaged, damaged]);
    caller.act(&format!("{PATH}/import"), &json!({PATH: items})).is(200);
    settle(&caller);
    let mut codes: Vec<i64> = caller
        .list(PATH)
        .iter()
        .map(|record| record["state"]["deviceErrorCode"].as_i64().unwrap_or_default())
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, [0, 0, 802, 802, 805]);
    assert_eq!(caller.list(DEVICES).len(), 2);
}

fn what_is_too_long_is_told_before_it_is_stored(server: &TestServer) {
    let caller = server.caller();
    let long = "x".repeat(513);
    let body = json!({"groupTag": long, "hardwareIdentifier": hash(&unique("S"), vec![])});
    caller.act(PATH, &body).refused(400, &["groupTag", "512"]);
    // The hash tells it, and nobody but the import sees it.
    let error = import_error(&caller, &import_of("", &hash(&long, vec![])));
    assert_eq!(error, (802, "InvalidZtdHardwareHash".to_owned()));
}

fn a_placeholder_that_is_no_hash_is_a_devices_name(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let device = registered(&caller, &imported(&serial_number));
    let expected = json!({"serialNumber": serial_number, "manufacturer": null});
    assert_subset(&caller.read(&format!("{DEVICES}/{device}")), &expected);
    assert_eq!(import_error(&caller, &imported(&serial_number)).0, 806);
    registered(&caller, &imported(&unique("S")));
}

fn one_placeholder_with_many_serial_numbers_is_many_devices(server: &TestServer) {
    let caller = server.caller();
    let (one, other) = (unique("S"), unique("S"));
    let again = format!(" {} ", one.to_uppercase());
    let with_key = json!({"hardwareIdentifier": PLACEHOLDER, "productKey": unique("K")});
    let items = json!([imported(&one), imported(&other), imported(&again), with_key]);
    caller.act(&format!("{PATH}/import"), &json!({PATH: items})).is(200);
    settle(&caller);
    let code = |serial_number: &str| {
        let records = caller.list(PATH);
        let found = records.iter().find(|record| record["serialNumber"] == serial_number).cloned();
        found.unwrap_or_default()["state"]["deviceErrorCode"].as_i64()
    };
    assert_eq!((code(&one), code(&other), code(&again)), (Some(0), Some(0), Some(805)));
    assert!(caller.list(DEVICES).len() >= 2);
}

pub fn with(database: TestDatabase, autopilot: &str) -> TestServer {
    let config = Some(format!("[autopilot]\n{autopilot}\n"));
    TestServer::start(MUSTER, database, ServerOptions { config, ..ServerOptions::default() })
}

#[test]
fn an_import_reads_unknown_for_as_long_as_it_takes() {
    for database in TestDatabase::ALL {
        let server = with(database, "delays = \"realistic\"");
        let caller = server.caller();
        let serial_number = unique("S");
        let body = import_of(&serial_number, &hash(&serial_number, synthetic_tpm(&serial_number).into()));
        let path = format!("{PATH}/{}", id(&caller.create(PATH, &body)));
        let working = json!({"deviceImportStatus": "unknown", "deviceRegistrationId": "", "deviceErrorCode": 0, "deviceErrorName": ""});
        for advance in ["PT0S", "PT1M30S"] {
            // The most used client goes on with whatever is not unknown.
            caller.change(&path, &json!({"state": {"deviceImportStatus": "pending"}}));
            caller.act("/_/clock", &json!({"advance": advance})).is(200);
            assert_subset(&caller.read(&path)["state"], &working);
            assert_subset(&caller.list(PATH)[0]["state"], &working);
        }
        assert!(caller.list(DEVICES).is_empty());
        caller.act("/_/clock", &json!({"advance": "PT5S"})).is(200);
        let state = caller.read(&path)["state"].clone();
        assert_subset(
            &state,
            &json!({"deviceImportStatus": "complete", "deviceErrorCode": 0, "deviceErrorName": ""}),
        );
        let device = state["deviceRegistrationId"].as_str().unwrap_or_default();
        assert_eq!(caller.read(&format!("{DEVICES}/{device}"))["serialNumber"], serial_number.as_str());
        assert_eq!(caller.read(&path)["hardwareIdentifier"], body["hardwareIdentifier"]);
    }
}

#[test]
fn the_clock_can_be_turned_until_an_import_is_done() {
    let server = with(TestDatabase::Sqlite, "delays = \"realistic\"");
    let caller = server.caller();
    let record = id(&caller.create(PATH, &imported("1")));
    let event = json!({"until": format!("import:{record}")});
    caller.elsewhere().act("/_/clock", &event).refused(404, &["until", &record]);
    assert_eq!(caller.read(&format!("{PATH}/{record}"))["state"]["deviceImportStatus"], "unknown");
    caller.act("/_/clock", &event).is(200);
    assert_eq!(caller.read(&format!("{PATH}/{record}"))["state"]["deviceImportStatus"], "complete");
    let now = caller.read("/_/clock")["now"].clone();
    caller.act("/_/clock", &event).is(200);
    let cases = [
        (json!({}), "until"),
        (json!({"advance": "-PT1S"}), "PT15M"),
        (json!({"advance": "PT1S", "until": "import:1"}), "one of"),
        (json!({"advance": 5}), "one of"),
        (json!({"until": "shipment:1"}), "import:<id>"),
        (json!({"until": "import:"}), "import:<id>"),
        (json!({"advance": "P9999D"}), "ten years"),
    ];
    for (body, word) in cases {
        caller.act("/_/clock", &body).refused(400, &[word]);
    }
    for event in ["import:nope", "assignment:nope", "deletion:nope", "retention:nope", "import:\0"] {
        caller.act("/_/clock", &json!({"until": event})).refused(404, &["until"]);
    }
    for (word, is_known) in
        [("import", false), ("assignment", false), ("deletion", true), ("retention", true)]
    {
        let gone = json!({"until": format!("{word}:{}", uuid::Uuid::new_v4())});
        match is_known {
            true => drop(caller.act("/_/clock", &gone).is(200)),
            false => drop(caller.act("/_/clock", &gone).refused(404, &["until", word])),
        }
    }
    caller.post("/_/clock?advance=PT1S").json(&event).send().refused(400, &["advance"]);
    caller.get("/_/clock?now=now").send().refused(400, &["now"]);
    caller.delete("/_/clock").send().refused(405, &[]);
    let seconds =
        |text: &Value| testkit::in_utc(text.as_str().unwrap_or_default()).map(|time| time.as_second());
    assert!(
        seconds(&caller.read("/_/clock")["now"]) < seconds(&now).map(|now| now + 60),
        "nothing turned it"
    );
}

#[test]
fn a_record_is_kept_for_so_many_days_and_its_device_for_good() {
    for (days, kept) in [(30, false), (0, true)] {
        let server = with(TestDatabase::Sqlite, &format!("import_retention_days = {days}"));
        let caller = server.caller();
        let device = registered(&caller, &import_of("1", &hash("1", vec![])));
        import_error(&caller, &json!({}));
        caller.act("/_/clock", &json!({"advance": "P29DT23H"})).is(200);
        assert_eq!(states(&caller).len(), 2);
        caller.act("/_/clock", &json!({"advance": "PT2H"})).is(200);
        assert_eq!(states(&caller).len(), if kept { 2 } else { 0 });
        assert_eq!(caller.read(&format!("{DEVICES}/{device}"))["serialNumber"], "1");
    }
}

/// A server with these settings, and a tenant that has these domains.
fn with_domains(settings: &str, domains: &str) -> TestServer {
    let config = format!("{settings}\n[[tenants]]\nid = \"{TENANT}\"\ndomains = {domains}\n");
    let options = ServerOptions { config: Some(config), ..ServerOptions::default() };
    TestServer::start(MUSTER, TestDatabase::Sqlite, options)
}

#[test]
fn settings_decide_which_hashes_and_users_are_taken() {
    let server = with_domains("[autopilot]\nhash_validation = \"strict\"", "[\"contoso.example\"]");
    let caller = server.caller().tenant(TENANT);
    assert_eq!(import_error(&caller, &imported("1")).0, 802);
    let body = |serial: &str, user: &str| json!({"hardwareIdentifier": hash(serial, vec![]), "assignedUserPrincipalName": user});
    registered(&caller, &body("1", "nobody.yet@CONTOSO.example"));
    let refused = import_error(&caller, &body("2", "ada@fabrikam.example"));
    assert_eq!(refused, (400, "InvalidUserPrincipalName".to_owned()));
    assert_eq!(import_error(&caller, &body("1", "ada@fabrikam.example")).0, 806, "the device comes first");
    // The documents' examples have such users.
    let record = id(&caller.create(PATH, &body("3", "Assigned User Principal Name value")));
    settle(&caller);
    assert_eq!(caller.read(&format!("{PATH}/{record}"))["state"]["deviceImportStatus"], "complete");
    let why = caller.read(&format!("{PATH}/{record}/muster.why()"));
    assert!(why["breaches"][0].as_str().unwrap_or_default().contains("none of the tenant's"), "{why}");
}

#[test]
fn strictly_a_user_needs_a_domain_where_the_tenant_has_some() {
    for (domains, code) in [("[\"contoso.example\"]", 400), ("[]", 0)] {
        let server = with_domains("validation = \"strict\"", domains);
        let caller = server.caller().tenant(TENANT);
        let user = "Assigned User Principal Name value";
        let body = json!({"hardwareIdentifier": hash("1", vec![]), "assignedUserPrincipalName": user});
        let state = import(&caller, &body);
        assert_eq!(state["deviceErrorCode"], code, "{state}");
        assert_eq!(state["deviceErrorName"], if code == 0 { "" } else { "InvalidUserPrincipalName" });
    }
}
