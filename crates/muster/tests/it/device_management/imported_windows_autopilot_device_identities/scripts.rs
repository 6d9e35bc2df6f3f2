//! Requests as public scripts and libraries send them, and what they wait for.

use serde_json::json;
use testkit::{TestServer, assert_subset};

use super::PATH;
use crate::samples::{hash, id, settle, unique};

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

both![
    a_form_that_is_filled_in_as_text_is_read,
    bytes_that_a_script_makes_numbers_of_are_refused,
    a_hash_that_a_script_padded_is_taken,
];

/// A window that reads a list writes each row into a text of JSON, and asks for the record until it has ended.
fn a_form_that_is_filled_in_as_text_is_read(server: &TestServer) {
    let caller = server.caller();
    let serial_number = unique("S");
    let text = [
        "{".to_owned(),
        "    \"@odata.type\": \"#microsoft.graph.importedWindowsAutopilotDeviceIdentity\",".to_owned(),
        format!("    \"serialNumber\": \"{serial_number}\", \"productKey\": \"\","),
        format!("    \"hardwareIdentifier\": \"{}\",", hash(&serial_number, vec![])),
        "    \"state\": { \"deviceImportStatus\": \"pending\", \"deviceRegistrationId\": \"\", \"deviceErrorCode\": 0 }".to_owned(),
        "}".to_owned(),
    ];
    let body = text.join("\r\n");
    let created = caller.post(PATH).bytes("application/json", body.as_bytes()).send().is(201).json();
    let record = id(&created);
    settle(&caller);
    let state = caller.read(&format!("{PATH}/{record}"))["state"].clone();
    assert_subset(
        &state,
        &json!({"deviceImportStatus": "complete", "deviceErrorCode": 0, "deviceErrorName": ""}),
    );
}

/// PowerShell writes an array of numbers where it has bytes: nothing is guessed of them.
fn bytes_that_a_script_makes_numbers_of_are_refused(server: &TestServer) {
    let caller = server.caller();
    let body = json!({PATH: [{"serialNumber": "1", "importId": unique("I"), "hardwareIdentifier": [79, 65, 12, 0]}]});
    caller.act(&format!("{PATH}/import"), &body).refused(400, &["Edm.Binary", "array", "hardwareIdentifier"]);
    assert!(caller.list(PATH).is_empty());
}

/// A loop adds characters to a hash without padding until it can be decoded: zero bits more change nothing.
fn a_hash_that_a_script_padded_is_taken(server: &TestServer) {
    let caller = server.caller();
    for (kept, added) in [(3_998, "=="), (3_997, "A=="), (3_999, "=")] {
        let serial_number = unique("S");
        let padded = hash(&serial_number, vec![])[..kept].to_owned() + added;
        let record = id(&caller.create(PATH, &json!({"serialNumber": "", "hardwareIdentifier": padded})));
        settle(&caller);
        let record = caller.read(&format!("{PATH}/{record}"));
        assert_eq!(record["state"]["deviceImportStatus"], "complete", "{added}: {}", record["state"]);
        let query = format!("serialNumber eq '{serial_number}'");
        let found = caller.get(DEVICES).query("$filter", &query).send().is(200).json();
        assert_eq!(found["value"].as_array().map(Vec::len), Some(1));
    }
}
