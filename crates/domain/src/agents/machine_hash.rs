//! The hardware hash that stands for a machine without one: of the texts of SMBIOS alone. It goes by the same digests as a
//! hash that Windows collects on the machine, as far as both know its parts.

use check_in::{Machine, TEXT_BYTES_MAX};
use engine::Error;
use uuid::Uuid;

use crate::hardware_hash::{HardwareHash, HashRecord, Text, TextKind, from_base64};

/// Refuses a machine with a text that is too long.
pub(super) fn check_texts(machine: &Machine) -> Result<(), Error> {
    match machine.texts().iter().find(|(_, text)| text.len() > TEXT_BYTES_MAX) {
        Some((name, _)) => {
            let message = format!("The property '{name}' of 'machine' has at most {TEXT_BYTES_MAX} bytes.");
            Err(Error::bad_request(message).coded(odata::code::LONG_VALUE).about(name))
        }
        None => Ok(()),
    }
}

/// The bytes of the hash that a device reports.
pub(super) fn reported_hash(base64: &str) -> Result<Vec<u8>, Error> {
    from_base64(base64).map_err(|fault| {
        let message = format!("The property 'hardwareHash' is no hash: {fault}.");
        Error::bad_request(message).coded(odata::code::INVALID_VALUE).about("hardwareHash")
    })
}

/// The hash of a machine.
pub(super) fn machine_hash(machine: &Machine) -> Result<Vec<u8>, Error> {
    for (name, text) in [("manufacturer", &machine.manufacturer), ("serialNumber", &machine.serial_number)] {
        if text.trim().is_empty() {
            let message = format!("The machine has no '{name}', without which it cannot be registered.");
            return Err(Error::bad_request(message).about(name));
        }
    }
    let uuid = match machine.uuid.trim() {
        "" => None,
        text => {
            let uuid = Uuid::parse_str(text).map_err(|_| {
                Error::bad_request(format!("The property 'uuid' of 'machine' is no UUID: '{text}'."))
                    .coded(odata::code::INVALID_VALUE)
                    .about("uuid")
            })?;
            Some(HashRecord::SmbiosUuid { uuid })
        }
    };
    let texts = [
        (TextKind::SerialNumber, &machine.serial_number),
        (TextKind::Manufacturer, &machine.manufacturer),
        (TextKind::Model, &machine.model),
        (TextKind::SkuNumber, &machine.sku_number),
        (TextKind::SystemFamily, &machine.system_family),
    ];
    let texts = texts.into_iter().filter(|(_, text)| !text.trim().is_empty());
    let texts = texts.map(|(kind, text)| HashRecord::Text(Text::new(kind, text.trim())));
    HardwareHash::new(uuid.into_iter().chain(texts).collect()).build().map_err(|fault| {
        Error::bad_request(format!("The texts of the machine cannot stand for a hash: {fault}."))
    })
}

#[cfg(test)]
mod tests {
    use check_in::Machine;

    use super::machine_hash;
    use crate::hardware_hash::{Facts, HardwareHash, Likeness};

    fn facts(machine: &Machine) -> Facts {
        let blob = machine_hash(machine).unwrap();
        Facts::of(&HardwareHash::decode(&blob).unwrap(), &blob)
    }

    #[test]
    fn the_hash_tells_machines_apart_as_a_collected_one_does() {
        let machine = Machine {
            manufacturer: "Dell Inc.".into(),
            model: "Latitude 7440".into(),
            serial_number: "7XK2M94".into(),
            uuid: "4c4c4544-0058-4b10-8032-b7c04f4d3934".into(),
            ..Machine::default()
        };
        let newer = Machine { firmware_version: "1.2".into(), ..machine.clone() };
        let other = Machine { serial_number: "7XK2M95".into(), ..machine.clone() };
        assert!(matches!(facts(&machine).compare(&facts(&newer)), Likeness::Same(_)));
        assert_eq!(facts(&machine).compare(&facts(&other)), Likeness::SharedUuid);
        for (machine, named) in [
            (Machine { serial_number: " ".into(), ..machine.clone() }, "serialNumber"),
            (Machine { manufacturer: String::new(), ..machine.clone() }, "manufacturer"),
            (Machine { uuid: "none".into(), ..machine.clone() }, "uuid"),
        ] {
            let error = machine_hash(&machine).unwrap_err();
            assert_eq!(error.target.as_deref(), Some(named));
        }
    }
}
