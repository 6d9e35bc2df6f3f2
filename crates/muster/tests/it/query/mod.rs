//! The query language, one module for each option.

mod count;
mod documentation;
mod expand;
mod filter;
mod order_by;
mod paging;
mod search;
mod select;

use serde_json::{Value, json};
use testkit::TestCaller;

const DEVICES: &str = "windowsAutopilotDeviceIdentities";

/// Devices that differ in everything that queries look at.
#[track_caller]
fn fleet(caller: &TestCaller<'_>) {
    for (serial, tag, state, contacted, family) in [
        (json!("A-10"), json!("Berlin"), "enrolled", "2024-01-01T00:00:00Z", json!("Latitude")),
        (json!("A-2"), json!("Berlin"), "failed", "2024-06-01T12:00:00.5Z", json!("latitude")),
        (json!("b-1"), json!("O'Brien & Söhne"), "notContacted", "2023-12-31T23:59:59.9999999Z", Value::Null),
        (json!("B-2"), Value::Null, "enrolled", "0001-01-01T00:00:00Z", json!("100%_sure\\")),
        (json!("ö-1"), json!(""), "unknown", "2025-01-01T00:00:00Z", json!("Precision \u{1F4BB}")),
    ] {
        caller.create(DEVICES, &json!({
            "serialNumber": serial, "groupTag": tag, "enrollmentState": state, "lastContactedDateTime": contacted,
            "systemFamily": family, "azureActiveDirectoryDeviceId": "-",
        }));
    }
}

/// The serial numbers that a query finds, in its order.
#[track_caller]
fn found(caller: &TestCaller<'_>, query: &str) -> Vec<String> {
    let items = caller.list(&format!("{DEVICES}?{query}"));
    items.iter().map(|item| item["serialNumber"].as_str().unwrap_or("null").to_owned()).collect()
}
