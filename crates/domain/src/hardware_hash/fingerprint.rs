//! What is left of a hash when it is gone: a short digest of each part that Windows counts as the device's own. Two
//! fingerprints tell which parts were changed. What differs in every capture, the time above all, is in neither.

use std::collections::BTreeMap;

use super::container::HardwareHash;
use super::facts::{Facts, sha_256};
use super::record::HashRecord;
use super::text::TextKind;

/// A part of a device. The numbers are in the database and never change their meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum DevicePart {
    /// The TPM's endorsement key.
    EndorsementKey = 1,
    /// The UUID by which the firmware knows the device.
    SmbiosUuid = 2,
    /// The serial number.
    SerialNumber = 3,
    /// The manufacturer of the device.
    Manufacturer = 4,
    /// The product's name.
    Model = 5,
    /// The family of products.
    SystemFamily = 6,
    /// The id of the product key in the firmware.
    ProductKeyId = 7,
    /// Version, vendor and firmware of the TPM.
    Tpm = 8,
    /// The disks, by their serial numbers.
    Disk = 9,
    /// The network adapters that are no virtual ones, by their addresses.
    Network = 10,
    /// A whole blob that is taken as it is.
    Blob = 11,
}

/// The bytes of a part's digest that are kept: enough to see that it changed.
const DIGEST_BYTES: usize = 8;
/// The medium of a network adapter that comes and goes with software.
const VIRTUAL: u16 = 0;

/// Digests of a device's parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprint(BTreeMap<DevicePart, [u8; DIGEST_BYTES]>);

impl DevicePart {
    const ALL: [(DevicePart, &'static str); 11] = [
        (DevicePart::EndorsementKey, "endorsementKey"),
        (DevicePart::SmbiosUuid, "smbiosUuid"),
        (DevicePart::SerialNumber, "serialNumber"),
        (DevicePart::Manufacturer, "manufacturer"),
        (DevicePart::Model, "model"),
        (DevicePart::SystemFamily, "systemFamily"),
        (DevicePart::ProductKeyId, "productKeyId"),
        (DevicePart::Tpm, "tpm"),
        (DevicePart::Disk, "disk"),
        (DevicePart::Network, "network"),
        (DevicePart::Blob, "hardwareIdentifier"),
    ];

    /// The part of a number.
    pub fn of(number: u8) -> Option<DevicePart> {
        DevicePart::ALL.into_iter().map(|(part, _)| part).find(|part| *part as u8 == number)
    }

    /// The name of the part, as clients are told it.
    pub fn name(self) -> &'static str {
        DevicePart::ALL.into_iter().find(|(part, _)| *part == self).map_or("", |(_, name)| name)
    }
}

impl Fingerprint {
    /// The fingerprint of a hash; `facts` are its own.
    pub fn of(hash: &HardwareHash, facts: &Facts) -> Fingerprint {
        let text = |text: &str| Some(text.as_bytes().to_vec()).filter(|text| !text.is_empty());
        let folded = |kind| hash.text(kind).and_then(|value| text(&value.trim().to_ascii_lowercase()));
        let parts = [
            (DevicePart::EndorsementKey, facts.endorsement_key_digest.map(|key| key.to_vec())),
            (DevicePart::SmbiosUuid, facts.smbios_uuid.map(|uuid| uuid.as_bytes().to_vec())),
            (DevicePart::SerialNumber, text(&facts.serial_number)),
            (DevicePart::Manufacturer, text(&facts.manufacturer)),
            (DevicePart::Model, text(&facts.model)),
            (DevicePart::SystemFamily, folded(TextKind::SystemFamily)),
            (DevicePart::ProductKeyId, facts.product_key_id.as_deref().and_then(text)),
            (DevicePart::Tpm, folded(TextKind::Tpm)),
            (DevicePart::Disk, joined(hash, disk)),
            (DevicePart::Network, joined(hash, address)),
        ];
        let known = parts.into_iter().filter_map(|(part, content)| Some((part, short(&content?))));
        Fingerprint(known.collect())
    }

    /// The fingerprint of a blob that is taken as it is.
    pub fn of_blob(blob: &[u8]) -> Fingerprint {
        Fingerprint([(DevicePart::Blob, short(blob))].into())
    }

    /// Whether no part is known.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The parts that one has otherwise than the other, or that one of them lacks.
    pub fn changes(&self, other: &Fingerprint) -> Vec<DevicePart> {
        let parts = DevicePart::ALL.into_iter().map(|(part, _)| part);
        parts.filter(|part| self.0.get(part) != other.0.get(part)).collect()
    }

    /// Whether both are of one device, on the grounds on which [`Facts::compare`] says so.
    pub fn is_same_device(&self, other: &Fingerprint) -> bool {
        let equal = |part: &DevicePart| self.0.contains_key(part) && self.0.get(part) == other.0.get(part);
        let all = |parts: &[DevicePart]| parts.iter().all(equal);
        let differ = |part: &DevicePart| {
            self.0.contains_key(part) && other.0.contains_key(part) && self.0.get(part) != other.0.get(part)
        };
        let named = [DevicePart::Manufacturer, DevicePart::Model, DevicePart::SerialNumber];
        all(&[DevicePart::EndorsementKey])
            || all(&[DevicePart::SmbiosUuid]) && all(&named)
            || all(&[DevicePart::ProductKeyId, DevicePart::SerialNumber])
            || all(&named)
                && ![DevicePart::EndorsementKey, DevicePart::SmbiosUuid, DevicePart::ProductKeyId]
                    .iter()
                    .any(differ)
            || all(&[DevicePart::Blob])
    }

    /// Appends each part's number and digest.
    pub fn write(&self, out: &mut Vec<u8>) {
        for (part, digest) in &self.0 {
            out.push(*part as u8);
            out.extend(digest);
        }
    }

    /// Reads what is left of some bytes; none if it never was one. A part that a newer Muster wrote is left out.
    pub fn read(bytes: &[u8]) -> Option<Fingerprint> {
        let (entries, []) = bytes.as_chunks::<{ 1 + DIGEST_BYTES }>() else { return None };
        let entry = |entry: &[u8; 1 + DIGEST_BYTES]| {
            let (number, digest) = entry.split_first()?;
            Some((DevicePart::of(*number)?, digest.try_into().ok()?))
        };
        Some(Fingerprint(entries.iter().filter_map(entry).collect()))
    }
}

/// The contents of records of which there may be several, in an order that does not depend on theirs.
fn joined(hash: &HardwareHash, said: fn(&HashRecord) -> Option<Vec<u8>>) -> Option<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = hash.records.iter().filter_map(said).collect();
    all.sort();
    (!all.is_empty()).then(|| all.join(&0))
}

fn disk(record: &HashRecord) -> Option<Vec<u8>> {
    match record {
        HashRecord::Text(text) if text.kind == TextKind::DiskId => {
            let serial_number = text.text.split('|').next().unwrap_or_default();
            Some(serial_number.trim().as_bytes().to_vec())
        }
        _ => None,
    }
}

fn address(record: &HashRecord) -> Option<Vec<u8>> {
    match record {
        HashRecord::Network(network) if network.medium != VIRTUAL => Some(network.mac.to_vec()),
        _ => None,
    }
}

fn short(content: &[u8]) -> [u8; DIGEST_BYTES] {
    let mut kept = [0; DIGEST_BYTES];
    kept.copy_from_slice(&sha_256(content)[..DIGEST_BYTES]);
    kept
}
