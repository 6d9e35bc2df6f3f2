//! A row of a list as what is sent of it: a JSON object with the properties of an imported identity.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Map, Value};

use super::finding_kind::FindingKind;
use super::outcome::RowFailure;
use super::row_values::RowValues;
use crate::hardware_hash::{Base64Fault, HardwareHash, MAGIC, TextKind, from_base64, is_placeholder};

/// A row as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The serial number that a report shows: the row's own, or its hash's.
    pub serial_number: String,
    /// The serial number that the registered device has: its hash's, or the row's if the hash has none to speak of.
    pub registered_serial_number: String,
    /// A digest that tells devices apart by their hashes, as a server does; 0 if there is no hash.
    pub hash: u64,
    /// The JSON object that is sent.
    pub json: String,
    /// Why only a server takes it that is set to.
    pub doubt: Option<RowFailure>,
}

impl Identity {
    /// The identity of a row with nothing wrong. A tag that is given counts more than the row's.
    pub(super) fn new(row: &RowValues, group_tag: Option<&str>) -> Identity {
        let RowValues { serial_number, product_key, hash, group_tag: own_tag, order_identifier, user } = row;
        let values = [
            ("serialNumber", serial_number.as_str()),
            ("productKey", product_key),
            ("hardwareIdentifier", hash),
            ("groupTag", group_tag.unwrap_or(own_tag)),
            ("orderIdentifier", order_identifier),
            ("assignedUserPrincipalName", user),
        ];
        let given = values.into_iter().filter(|(_, value)| !value.is_empty());
        let members: Map<String, Value> =
            given.map(|(name, value)| (name.to_owned(), value.into())).collect();
        let in_hash = serial_number_in(hash);
        let shown = if serial_number.is_empty() { &in_hash } else { serial_number };
        let registered = if is_placeholder(&in_hash) { shown } else { &in_hash };
        Identity {
            serial_number: shown.clone(),
            registered_serial_number: registered.clone(),
            hash: hash_of(hash, shown),
            json: Value::Object(members).to_string(),
            doubt: doubt(hash),
        }
    }
}

/// The property that the records of one import have in common.
const IMPORT_ID: &str = "importId";

/// The body of an import of some identities under an id.
pub fn import_body<'r>(identities: impl Iterator<Item = &'r str>, import_id: &str) -> String {
    let mut body = String::from("{\"importedWindowsAutopilotDeviceIdentities\":[");
    for (at, identity) in identities.enumerate() {
        if at > 0 {
            body.push(',');
        }
        // Each is an object that serde_json wrote.
        let members = identity.strip_suffix('}').unwrap_or(identity);
        body.push_str(members);
        if members.len() > 1 {
            body.push(',');
        }
        body.push_str(&format!("\"{IMPORT_ID}\":\"{import_id}\"}}"));
    }
    body.push_str("]}");
    body
}

/// The serial number in a hash; empty if it holds none.
fn serial_number_in(hash: &str) -> String {
    let decoded = from_base64(hash).ok().and_then(|blob| HardwareHash::decode(&blob).ok());
    decoded.and_then(|hash| Some(hash.text(TextKind::SerialNumber)?.trim().to_owned())).unwrap_or_default()
}

/// The digest that tells a hash from others in a batch. A placeholder counts together with the serial number.
fn hash_of(base64: &str, serial_number: &str) -> u64 {
    if base64.is_empty() {
        return 0;
    }
    let start = base64.get(..4).and_then(|start| from_base64(start).ok()).unwrap_or_default();
    let mut hasher = DefaultHasher::new();
    base64.trim_end_matches('=').hash(&mut hasher);
    if !start.starts_with(MAGIC) {
        serial_number.to_ascii_lowercase().hash(&mut hasher);
    }
    hasher.finish().max(1)
}

/// The reason for which a server may refuse a hash.
fn doubt(base64: &str) -> Option<RowFailure> {
    let fault = from_base64(base64).err().filter(|fault| matches!(fault, Base64Fault::Unpadded { .. }))?;
    let cause = format!("{fault}; only a server with autopilot.lenient_base64 takes it");
    let kind = FindingKind::HashUnpadded;
    Some(RowFailure::new(kind.code(), cause, kind.remedy()))
}

#[cfg(test)]
mod tests {
    use super::{Identity, RowValues, hash_of, import_body};

    #[test]
    fn each_identity_gets_the_import_id() {
        let body = import_body(["{}", r#"{"serialNumber":"}"}"#].into_iter(), "7");
        let expected = r#"{"importedWindowsAutopilotDeviceIdentities":[{"importId":"7"},{"serialNumber":"}","importId":"7"}]}"#;
        assert_eq!(body, expected);
    }

    #[test]
    fn hashes_are_told_apart_and_names_by_the_serial_number_too() {
        let cases = [
            ("T0FB", "A", "T0FB", "B", true),
            ("T0FBQQ==", "A", "T0FBQQ", "B", true),
            ("T0FB", "A", "T0FC", "A", false),
            ("b3BhcXVl", "A-1", "b3BhcXVl", "a-1", true),
            ("b3BhcXVl", "A", "b3BhcXVl", "B", false),
            ("b3BhcXVl", "A", "b3BhcXVm", "A", false),
        ];
        for (one, name, other, other_name, are_equal) in cases {
            assert_eq!(hash_of(one, name) == hash_of(other, other_name), are_equal, "{one} {name}");
        }
        assert_eq!(hash_of("", "A"), 0, "no hash is like no other");
    }

    #[test]
    fn what_only_some_servers_take_is_doubted() {
        for (hash, code) in [("", None), ("b3BhcXVl", None), ("T0E=", None), ("T0E", Some("hash-unpadded"))] {
            let row = RowValues { hash: hash.to_owned(), ..RowValues::default() };
            let doubt = Identity::new(&row, None).doubt;
            assert_eq!(doubt.as_ref().map(|doubt| &*doubt.code), code, "{hash}");
        }
    }
}
