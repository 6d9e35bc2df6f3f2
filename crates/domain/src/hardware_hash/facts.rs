//! What tells one device from another. Two hashes of one device are never equal: they hold the time.

use aws_lc_rs::digest::{SHA256, digest};
use uuid::Uuid;

use super::container::HardwareHash;
use super::offline_device_id::TPM_ENDORSEMENT_KEY;
use super::placeholder::{is_placeholder, is_placeholder_uuid};
use super::record::HashRecord;
use super::text::TextKind;

/// The facts that tell one device from another. Texts are trimmed and in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The SHA-256 of the TPM's endorsement key, from the key or from the id derived from it.
    pub endorsement_key_digest: Option<[u8; 32]>,
    /// The UUID by which the firmware knows the device; none if the maker never gave one.
    pub smbios_uuid: Option<Uuid>,
    /// The id of the product key in the firmware.
    pub product_key_id: Option<String>,
    /// The manufacturer of the device.
    pub manufacturer: String,
    /// The product's name; empty if the hash has none.
    pub model: String,
    /// The serial number.
    pub serial_number: String,
    /// The SHA-256 of the blob.
    pub blob_digest: [u8; 32],
}

/// The likeness of one device to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likeness {
    /// The same, on these grounds.
    Same(Grounds),
    /// Manufacturer, model and serial number are the same, but a part that makes the device is another.
    HardwareChange,
    /// The UUID is the same, the serial number is not: virtual machines of one template.
    SharedUuid,
    /// The other is another device.
    Different,
}

/// Why two devices are the same; the first that holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grounds {
    /// The same TPM.
    EndorsementKey,
    /// The same UUID, manufacturer, model and serial number.
    Uuid,
    /// The same product key and serial number.
    ProductKey,
    /// The same manufacturer, model and serial number, and nothing that says otherwise.
    SerialNumber,
    /// The very same blob.
    Blob,
}

impl Facts {
    /// The facts of a hash; `blob` is what it was decoded from.
    pub fn of(hash: &HardwareHash, blob: &[u8]) -> Facts {
        let folded = |kind| hash.text(kind).map(fold);
        Facts {
            endorsement_key_digest: endorsement_key_digest(&hash.records),
            smbios_uuid: smbios_uuid(&hash.records),
            product_key_id: folded(TextKind::ProductKeyId).filter(|id| !id.is_empty()),
            manufacturer: folded(TextKind::Manufacturer).unwrap_or_default(),
            model: folded(TextKind::Model).unwrap_or_default(),
            serial_number: folded(TextKind::SerialNumber).unwrap_or_default(),
            blob_digest: sha_256(blob),
        }
    }

    /// The likeness of another device to this one.
    pub fn compare(&self, other: &Facts) -> Likeness {
        let same_serial_number = self.serial_number == other.serial_number;
        let same_tuple =
            same_serial_number && self.manufacturer == other.manufacturer && self.model == other.model;
        let same_uuid = equal(self.smbios_uuid, other.smbios_uuid);
        if equal(self.endorsement_key_digest, other.endorsement_key_digest) {
            Likeness::Same(Grounds::EndorsementKey)
        } else if same_uuid && same_tuple {
            Likeness::Same(Grounds::Uuid)
        } else if equal(self.product_key_id.as_ref(), other.product_key_id.as_ref()) && same_serial_number {
            Likeness::Same(Grounds::ProductKey)
        } else if same_tuple && !is_placeholder(&self.serial_number) {
            if self.contradicts(other) {
                Likeness::HardwareChange
            } else {
                Likeness::Same(Grounds::SerialNumber)
            }
        } else if self.blob_digest == other.blob_digest {
            Likeness::Same(Grounds::Blob)
        } else if same_uuid {
            Likeness::SharedUuid
        } else {
            Likeness::Different
        }
    }

    /// A digest for each grounds that this device gives, the strongest first: two devices that share one are the same,
    /// by serial number only if no part says otherwise.
    pub fn keys(&self) -> Vec<(Grounds, [u8; 32])> {
        let tuple = [self.manufacturer.as_bytes(), self.model.as_bytes(), self.serial_number.as_bytes()];
        let serial_number = self.serial_number.as_bytes();
        let named = !is_placeholder(&self.serial_number);
        let parts = [
            (Grounds::EndorsementKey, self.endorsement_key_digest.as_ref().map(|key| vec![&key[..]])),
            (
                Grounds::Uuid,
                self.smbios_uuid.as_ref().map(|uuid| [&[&uuid.as_bytes()[..]], &tuple[..]].concat()),
            ),
            (Grounds::ProductKey, self.product_key_id.as_ref().map(|id| vec![id.as_bytes(), serial_number])),
            (Grounds::SerialNumber, named.then(|| tuple.to_vec())),
            (Grounds::Blob, Some(vec![&self.blob_digest[..]])),
        ];
        parts.into_iter().filter_map(|(grounds, parts)| Some((grounds, key(grounds, &parts?)))).collect()
    }

    /// Whether both know a part that makes the device, and know it differently.
    fn contradicts(&self, other: &Facts) -> bool {
        differ(self.endorsement_key_digest, other.endorsement_key_digest)
            || differ(self.smbios_uuid, other.smbios_uuid)
            || differ(self.product_key_id.as_ref(), other.product_key_id.as_ref())
    }
}

/// No two lists of parts give the same bytes: each part is led by its length.
fn key(grounds: Grounds, parts: &[&[u8]]) -> [u8; 32] {
    let mut bytes = vec![grounds as u8];
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend(*part);
    }
    sha_256(&bytes)
}

fn equal<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.is_some() && one == other
}

fn differ<T: PartialEq>(one: Option<T>, other: Option<T>) -> bool {
    one.is_some() && other.is_some() && one != other
}

fn fold(text: &str) -> String {
    text.trim().to_ascii_lowercase()
}

pub(super) fn sha_256(bytes: &[u8]) -> [u8; 32] {
    let mut result = [0; 32];
    result.copy_from_slice(digest(&SHA256, bytes).as_ref());
    result
}

fn endorsement_key_digest(records: &[HashRecord]) -> Option<[u8; 32]> {
    let of_key = records.iter().find_map(|record| match record {
        HashRecord::EndorsementKey { modulus } => Some(sha_256(&modulus.0)),
        _ => None,
    });
    let of_id = || {
        records.iter().find_map(|record| match record {
            HashRecord::OfflineDeviceId(id) if id.kind == TPM_ENDORSEMENT_KEY => {
                id.id.0.as_slice().try_into().ok()
            }
            _ => None,
        })
    };
    of_key.or_else(of_id)
}

fn smbios_uuid(records: &[HashRecord]) -> Option<Uuid> {
    let uuid = records.iter().find_map(|record| match record {
        HashRecord::SmbiosUuid { uuid } => Some(*uuid),
        _ => None,
    });
    uuid.filter(|uuid| !is_placeholder_uuid(*uuid))
}
