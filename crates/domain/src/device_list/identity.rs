//! A row of a list as what is sent of it: a JSON object with the properties of an imported identity.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use serde_json::{Map, Value};

use super::{DeviceRow, Failure, FindingKind, RowValues};
use crate::hardware_hash::{HardwareHash, TextKind, from_base64};

/// A row as it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// By which people know the device: the row's own, or its hash's.
    pub serial_number: String,
    /// Tells hashes apart; 0 if there is none.
    pub hash: u64,
    /// A JSON object.
    pub json: String,
}

impl Identity {
    /// Of a row of a CSV file. A tag that is given counts more than the row's.
    pub fn of_row(row: &DeviceRow, group_tag: Option<&str>) -> Result<Identity, Failure> {
        if let Some(finding) = row.error() {
            return Err(Failure::found(finding));
        }
        let RowValues { serial_number, product_key, hash, group_tag: own_tag, user } = &row.values;
        let values = [
            ("serialNumber", serial_number.as_str()),
            ("productKey", product_key),
            ("hardwareIdentifier", hash),
            ("groupTag", group_tag.unwrap_or(own_tag)),
            ("assignedUserPrincipalName", user),
        ];
        let given = values.into_iter().filter(|(_, value)| !value.is_empty());
        let members = given.map(|(name, value)| (name.to_owned(), value.into())).collect();
        Ok(Identity::new(serial_number, hash, members))
    }

    /// Of a line of JSON.
    pub fn of_line(line: &[u8], group_tag: Option<&str>) -> Result<Identity, Failure> {
        let mut members: Map<String, Value> = serde_json::from_slice(line).map_err(|error| {
            let cause = format!("the line is not a JSON object: {error}");
            Failure::new("line-not-json", cause, "Write one JSON object a line.")
        })?;
        members.remove(IMPORT_ID);
        if let Some(tag) = group_tag {
            members.insert("groupTag".to_owned(), tag.into());
        }
        let text =
            |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
        let (serial_number, hash) = (text("serialNumber"), text("hardwareIdentifier"));
        if !hash.is_empty()
            && let Err(fault) = from_base64(&hash)
        {
            let kind = FindingKind::HashNotBase64;
            return Err(Failure::new(kind.code(), format!("hardwareIdentifier: {fault}"), kind.remedy()));
        }
        Ok(Identity::new(&serial_number, &hash, members))
    }

    fn new(serial_number: &str, hash: &str, members: Map<String, Value>) -> Identity {
        let serial_number = match serial_number {
            "" => serial_number_in(hash),
            written => written.to_owned(),
        };
        Identity { serial_number, hash: hash_of(hash), json: Value::Object(members).to_string() }
    }
}

/// What the records of one import have in common.
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

/// The serial number that a hash tells; nothing if it tells none.
fn serial_number_in(hash: &str) -> String {
    let decoded = from_base64(hash).ok().and_then(|blob| HardwareHash::decode(&blob).ok());
    decoded.and_then(|hash| Some(hash.text(TextKind::SerialNumber)?.trim().to_owned())).unwrap_or_default()
}

/// What tells a hash from others in a batch.
fn hash_of(base64: &str) -> u64 {
    if base64.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    base64.hash(&mut hasher);
    hasher.finish().max(1)
}

#[cfg(test)]
mod tests {
    use super::{Identity, hash_of, import_body};

    #[test]
    fn each_identity_gets_the_import_id() {
        let body = import_body(["{}", r#"{"serialNumber":"}"}"#].into_iter(), "7");
        let expected = r#"{"importedWindowsAutopilotDeviceIdentities":[{"importId":"7"},{"serialNumber":"}","importId":"7"}]}"#;
        assert_eq!(body, expected);
    }

    #[test]
    fn no_hash_is_like_no_other() {
        assert_eq!(
            (hash_of(""), hash_of("a") == hash_of("a"), hash_of("a") == hash_of("b")),
            (0, true, false)
        );
    }

    #[test]
    fn a_line_is_sent_as_it_is_but_for_what_the_import_decides() {
        for (line, tag, expected) in [
            (
                r#"{"serialNumber":"A","x":[1],"importId":"mine"}"#,
                None,
                Ok(r#"{"serialNumber":"A","x":[1]}"#),
            ),
            (
                r#"{"groupTag":"a","serialNumber":"A"}"#,
                Some("b"),
                Ok(r#"{"groupTag":"b","serialNumber":"A"}"#),
            ),
            ("[]", None, Err("line-not-json")),
            (r#"{"hardwareIdentifier":"?"}"#, None, Err("hash-not-base64")),
        ] {
            let identity = Identity::of_line(line.as_bytes(), tag);
            let said = identity.map(|identity| identity.json).map_err(|failure| failure.code);
            assert_eq!(said.as_deref().map_err(String::as_str), expected, "{line}");
        }
    }
}
