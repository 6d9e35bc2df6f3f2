//! A line of JSON as a row: an imported identity, read as a server reads it.

use std::borrow::Cow;
use std::io;

use odata::edm::{Kind, Model, TypeId, Version};
use odata::payload::read::{Leniency, Reader};
use odata::{Json, Record};

use super::outcome::RowFailure;
use super::row_values::RowValues;
use crate::MusterSettings;
use crate::model;

const TYPE: &str = "microsoft.graph.importedWindowsAutopilotDeviceIdentity";
const HASH: &str = "hardwareIdentifier";
/// The version in which imports are sent.
const VERSION: Version = Version::Beta;

/// Reads lines of JSON against the model.
pub(super) struct Objects {
    model: Model,
    entity_type: TypeId,
}

impl Objects {
    pub(super) fn new() -> io::Result<Objects> {
        let model = model::load(&MusterSettings::default()).map_err(io::Error::other)?;
        match model.find_type(TYPE) {
            Some(Kind::Entity(entity_type)) => Ok(Objects { model, entity_type }),
            _ => Err(io::Error::other(format!("the model has no type {TYPE}"))),
        }
    }

    /// What a line says. An id, a state and an import id are the server's to give.
    pub(super) fn values(&self, line: &[u8]) -> Result<RowValues, RowFailure> {
        let (hash, others) = hash_and_others(line)?;
        let reader = Reader { model: &self.model, version: VERSION, leniency: Leniency::default() };
        let record = reader.entity(&others, self.entity_type, None);
        let record = record.map_err(|error| RowFailure::foreseen(&error))?.0;
        let text = |name| self.text(&record, name).trim().to_owned();
        Ok(RowValues {
            serial_number: text("serialNumber"),
            product_key: text("productKey"),
            hash,
            group_tag: text("groupTag"),
            order_identifier: text("orderIdentifier"),
            user: text("assignedUserPrincipalName"),
        })
    }

    fn text<'r>(&self, record: &'r Record, name: &str) -> &'r str {
        let property = self.model.find_property(self.entity_type, name, VERSION);
        property.and_then(|property| record.text(property.slot)).unwrap_or_default()
    }
}

/// An object's hash, trimmed, and what else it has. What is wrong with a hash is told as of any row.
fn hash_and_others(line: &[u8]) -> Result<(String, Json<'_>), RowFailure> {
    let no_object = |cause| RowFailure::new("line-not-json", cause, "Write one JSON object a line.");
    let json =
        Json::read(line).map_err(|error| no_object(format!("the line is not a JSON object: {error}")))?;
    let Json::Object(mut members) = json else {
        return Err(no_object(format!("the line is {}, not a JSON object", json.kind())));
    };
    let is_hash = |(name, _): &(Cow<'_, str>, _)| name.eq_ignore_ascii_case(HASH);
    let hash = match members.iter().position(is_hash).map(|at| members.remove(at)) {
        Some((_, Json::String(hash))) => hash.trim().to_owned(),
        Some(other) => {
            members.push(other);
            String::new()
        }
        None => String::new(),
    };
    Ok((hash, Json::Object(members)))
}

#[cfg(test)]
mod tests {
    use super::{Objects, RowValues};

    #[test]
    fn each_property_is_read_in_any_case_and_trimmed() {
        let line = serde_json::json!({
            "@odata.type": "#microsoft.graph.importedWindowsAutopilotDeviceIdentity",
            "SerialNumber": " A ",
            "productKey": "K",
            "hardwareIdentifier": "b3BhcXVl\n",
            "groupTag": "G",
            "orderIdentifier": "O",
            "assignedUserPrincipalName": "a@b.c\n",
            "importId": "mine",
            "id": "",
            "state": null,
        });
        let text = str::to_owned;
        let expected = RowValues {
            serial_number: text("A"),
            product_key: text("K"),
            hash: text("b3BhcXVl"),
            group_tag: text("G"),
            order_identifier: text("O"),
            user: text("a@b.c"),
        };
        let objects = Objects::new().unwrap();
        assert_eq!(objects.values(line.to_string().as_bytes()), Ok(expected));
        assert_eq!(objects.values(br#"{"serialNumber":null}"#), Ok(RowValues::default()));
    }

    #[test]
    fn what_a_server_would_not_take_is_told_as_it_would() {
        let long = format!(r#"{{"serialNumber":"{}"}}"#, "x".repeat(513));
        let cases = [
            ("not json", "line-not-json", "expected"),
            ("[]", "line-not-json", "the line is an array"),
            (r#"{"serialNumber":5}"#, "7001", "'5' to the expected type 'Edm.String'"),
            (r#"{"hardwareIdentifier":5}"#, "7001", "'5' to the expected type 'Edm.Binary'"),
            (r#"{"serialNumbr":"A"}"#, "7002", "did you mean 'serialNumber'?"),
            (&long, "7005", "serialNumber"),
            (r#"{"serialNumber":"A","serialNumber":"B"}"#, "line-not-json", "twice"),
            (r#"{"serialNumber":"A","SerialNumber":"B"}"#, "7001", "twice"),
        ];
        let objects = Objects::new().unwrap();
        for (line, code, said) in cases {
            let failure = objects.values(line.as_bytes()).unwrap_err();
            assert!(failure.code == code && failure.cause.contains(said), "{line:.60}: {failure}");
        }
    }
}
