//! What is asked of a server for an import, and what its answers mean. No I/O: paths and bodies out, JSON in.

use std::collections::HashMap;
use std::fmt::Write;

use serde_json::Value;

use super::identity::Identity;
use super::outcome::{ALREADY_ASSIGNED, DUPLICATED, RowFailure, RowOutcome};

const RECORDS: &str = "/beta/deviceManagement/importedWindowsAutopilotDeviceIdentities";
const DEVICES: &str = "/beta/deviceManagement/windowsAutopilotDeviceIdentities";
/// The most serial numbers, and bytes of them, that are asked about at once.
const SERIAL_NUMBERS_MAX: usize = 100;
const LIST_BYTES_MAX: usize = 6 << 10;

/// The ids of devices by serial number.
pub type Known = HashMap<String, Vec<String>>;

/// The path to which an import is sent.
pub fn import_path() -> String {
    format!("{RECORDS}/import")
}

/// The path that tells whether there is an import of this id: all of its records or none.
pub fn any_record_path(import_id: &str) -> String {
    format!("{RECORDS}?$filter=importId%20eq%20'{import_id}'&$select=id&$top=1")
}

/// The records of an import, in the order in which they were sent.
pub fn records_path(import_id: &str) -> String {
    format!("{RECORDS}?$filter=importId%20eq%20'{import_id}'&$select=id,state")
}

/// The path that tells whether there is a server that answers.
pub fn any_registered_path() -> String {
    format!("{DEVICES}?$select=id&$top=1")
}

/// Whether an import's record has not come to its end.
pub fn is_under_way(record: &Value) -> bool {
    status(record) == "unknown"
}

/// The outcome of a record that has come to its end.
pub fn end_of(record: &Value) -> RowOutcome {
    let state = &record["state"];
    let text = |name: &str| state[name].as_str().unwrap_or_default();
    match (status(record), state["deviceErrorCode"].as_i64().unwrap_or_default()) {
        ("error", ALREADY_ASSIGNED) => RowOutcome::Already(String::new()),
        ("error", code) => RowOutcome::Failed(RowFailure::of_import(code, text("deviceErrorName"))),
        _ => RowOutcome::Registered(text("deviceRegistrationId").to_owned()),
    }
}

/// The outcome of a row that the server does not even take, given the status and the body of its answer.
pub fn refusal(status: u16, body: &Value) -> RowOutcome {
    let error = &body["error"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let number = error["innerError"]["number"].as_u64().unwrap_or_else(|| status.into());
    let (name, message) = (text(&error["innerError"]["code"]), text(&error["message"]));
    RowOutcome::Failed(RowFailure::refused(&number.to_string(), &name, &message))
}

/// The paths of the devices with the serial numbers of rows.
pub fn registered_paths<'r>(identities: impl Iterator<Item = &'r Identity>) -> Vec<String> {
    serial_number_paths(identities.map(|identity| &*identity.registered_serial_number))
}

/// The paths of the devices with serial numbers.
pub fn serial_number_paths<'s>(serial_numbers: impl Iterator<Item = &'s str>) -> Vec<String> {
    let path = |list| format!("{DEVICES}?$filter=serialNumber%20in%20({list})&$select=id,serialNumber");
    lists(serial_numbers).into_iter().map(path).collect()
}

/// Adds a device to those that are known by serial number.
pub fn note(known: &mut Known, device: &Value) {
    let text = |name: &str| device[name].as_str().unwrap_or_default().to_owned();
    known.entry(text("serialNumber")).or_default().push(text("id"));
}

/// The outcome that a row would have on a server that is set as usual, as far as its serial number tells.
pub fn foretold(identity: &Identity, known: &Known) -> RowOutcome {
    match (&identity.doubt, known.get(&identity.registered_serial_number)) {
        (Some(doubt), _) => RowOutcome::Failed(doubt.clone()),
        (None, Some(ids)) => RowOutcome::Already(one_of(ids)),
        (None, None) => RowOutcome::New,
    }
}

/// Whether a row's device was registered before and is not known by its id.
pub fn is_nameless(outcome: &RowOutcome) -> bool {
    matches!(outcome, RowOutcome::Already(device) if device.is_empty())
}

/// Names the devices that were registered before, and says of a hash that stands twice what became of the first.
pub fn complete(identities: &[&Identity], outcomes: &mut [RowOutcome], known: &Known) {
    let mut first: HashMap<u64, usize> = HashMap::new();
    for (at, identity) in identities.iter().enumerate() {
        if let (Some(outcome), Some(ids)) =
            (outcomes.get_mut(at), known.get(&identity.registered_serial_number))
            && is_nameless(outcome)
        {
            *outcome = RowOutcome::Already(one_of(ids));
        }
        let earlier = *first.entry(identity.hash).or_insert(at);
        if identity.hash == 0 || earlier == at || !outcomes.get(at).is_some_and(is_duplicate) {
            continue;
        }
        let said = match outcomes.get(earlier) {
            Some(RowOutcome::Registered(device) | RowOutcome::Already(device)) => {
                RowOutcome::Already(device.clone())
            }
            Some(RowOutcome::New) => RowOutcome::Already(String::new()),
            Some(failed) => failed.clone(),
            None => continue,
        };
        if let Some(outcome) = outcomes.get_mut(at) {
            *outcome = said;
        }
    }
}

fn is_duplicate(outcome: &RowOutcome) -> bool {
    match outcome {
        RowOutcome::Failed(failure) => failure.code == DUPLICATED.to_string(),
        outcome => *outcome == RowOutcome::New,
    }
}

/// Lists of serial numbers as a filter has them, none too long for a URL.
fn lists<'r>(serial_numbers: impl Iterator<Item = &'r str>) -> Vec<String> {
    let (mut lists, mut count) = (Vec::new(), 0);
    for serial_number in serial_numbers.filter(|text| !text.is_empty()) {
        let mut literal = String::from("'");
        for byte in serial_number.replace('\'', "''").bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'\'' => literal.push(byte.into()),
                // A String takes whatever is written to it.
                other => drop(write!(literal, "%{other:02X}")),
            }
        }
        literal.push('\'');
        match lists.last_mut() {
            Some(list) if count < SERIAL_NUMBERS_MAX && String::len(list) < LIST_BYTES_MAX => {
                list.push(',');
                list.push_str(&literal);
                count += 1;
            }
            _ => {
                lists.push(literal);
                count = 1;
            }
        }
    }
    lists
}

/// The id, if there is only one.
fn one_of(ids: &[String]) -> String {
    match ids {
        [id] => id.clone(),
        _ => String::new(),
    }
}

fn status(record: &Value) -> &str {
    record["state"]["deviceImportStatus"].as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{Known, complete, lists};
    use crate::device_list::{Identity, RowFailure, RowOutcome};

    #[test]
    fn serial_numbers_are_asked_about_in_lists_that_fit_a_url() {
        assert_eq!(lists(["A-1", "", "it's", "ä b"].into_iter()), ["'A-1','it''s','%C3%A4%20b'"]);
        let many: Vec<String> = (0..250).map(|number| format!("S{number}")).collect();
        assert_eq!(lists(many.iter().map(String::as_str)).len(), 3);
        let long = "x".repeat(6_000);
        assert_eq!(lists([&*long, &long, &long].into_iter()).len(), 2);
    }

    #[test]
    fn a_hash_that_stands_twice_ends_as_the_first_does() {
        let identity = |hash| Identity {
            serial_number: "the row's".to_owned(),
            registered_serial_number: format!("S{hash}"),
            hash,
            json: String::new(),
            doubt: None,
        };
        let identities = [identity(1), identity(2), identity(1), identity(2), identity(0), identity(0)];
        let failed = |code| RowOutcome::Failed(RowFailure::of_import(code, ""));
        let registered = || RowOutcome::Registered("d".to_owned());
        let mut outcomes = [
            registered(),
            failed(808),
            failed(805),
            failed(805),
            RowOutcome::Already(String::new()),
            failed(805),
        ];
        let known: Known = [("S0".to_owned(), vec!["e".to_owned()])].into();
        complete(&identities.iter().collect::<Vec<_>>(), &mut outcomes, &known);
        let already = |device: &str| RowOutcome::Already(device.to_owned());
        assert_eq!(
            outcomes,
            [registered(), failed(808), already("d"), failed(808), already("e"), failed(805)]
        );
    }
}
