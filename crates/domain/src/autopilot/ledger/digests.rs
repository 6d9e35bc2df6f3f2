//! The digests by which the ledger knows a device.

use aws_lc_rs::digest::{SHA256, digest};
use odata::Key;
use store::LedgerKey;
use uuid::Uuid;

use super::claim::HardwareClaim;
use super::device_entry::DeviceEntry;
use crate::hardware_hash::{DevicePart, Facts, Fingerprint, Grounds, HardwareHash};

/// The digests by which the ledger knows a device, the strongest first, and the fingerprint of its parts.
pub(in crate::autopilot) struct HardwareDigests {
    pub(super) by_grounds: Vec<(Grounds, LedgerKey)>,
    /// The digest of the SMBIOS UUID within the tenant, of a device without a TPM.
    pub(super) uuid: Option<LedgerKey>,
    pub(in crate::autopilot) fingerprint: Fingerprint,
}

impl HardwareDigests {
    /// The digests of a decoded hash. That of the hash itself counts only where nothing else does.
    pub(super) fn of(tenant: Uuid, hash: &HardwareHash, facts: &Facts) -> HardwareDigests {
        let mut by_grounds = facts.keys();
        if by_grounds.len() > 1 {
            by_grounds.retain(|(grounds, _)| *grounds != Grounds::Blob);
        }
        let uuid = facts.smbios_uuid.filter(|_| facts.endorsement_key_digest.is_none());
        let uuid = uuid.map(|uuid| ledger_key(&[b"uuid", tenant.as_bytes(), uuid.as_bytes()]));
        HardwareDigests { by_grounds, uuid, fingerprint: Fingerprint::of(hash, facts) }
    }

    /// The digest of an opaque blob together with its serial number.
    pub(super) fn of_opaque(blob: &str, serial_number: &str) -> HardwareDigests {
        let serial_number = serial_number.trim().to_ascii_lowercase();
        let key = ledger_key(&[b"opaque", blob.as_bytes(), serial_number.as_bytes()]);
        let fingerprint = Fingerprint::of_blob(blob.as_bytes());
        HardwareDigests { by_grounds: vec![(Grounds::Blob, key)], uuid: None, fingerprint }
    }

    /// All digests under which the ledger has the device.
    pub(in crate::autopilot) fn all(&self) -> impl Iterator<Item = &LedgerKey> {
        self.by_grounds.iter().map(|(_, key)| key).chain(&self.uuid)
    }

    /// The device's own entry, given the parts that its last report had otherwise.
    pub(super) fn device_entry(&self, changed: Vec<DevicePart>) -> DeviceEntry {
        let keys = self.all().copied().collect();
        DeviceEntry { keys, fingerprint: self.fingerprint.clone(), changed }
    }

    /// The claim of a tenant's device that goes by these digests.
    pub(super) fn claim(&self, tenant: Uuid, device: &Key) -> HardwareClaim {
        HardwareClaim { tenant, device: device.clone(), known_parts: self.known_parts() }
    }

    /// Whether they tell the device from others of its model.
    pub(in crate::autopilot) fn tell_apart(&self) -> bool {
        self.by_grounds.iter().any(|(grounds, _)| *grounds != Grounds::Blob)
    }

    /// The identifying parts that are known of the device, a bit for each.
    pub(super) fn known_parts(&self) -> u8 {
        let parts = self.by_grounds.iter().filter(|(grounds, _)| *grounds < Grounds::SerialNumber);
        parts.fold(0, |known, (grounds, _)| known | 1 << (*grounds as u8))
    }
}

/// The keys that a device's own entry may have: the one it has now, and the one that older versions gave it. Devices with
/// GUIDs of version 7 are new one after the other, so that their entries lie together.
pub(super) fn device_keys(tenant: Uuid, device: &Key) -> [LedgerKey; 2] {
    let older = ledger_key(&[b"device", tenant.as_bytes(), &device.to_bytes()]);
    let Some(guid) = device.guid() else { return [older, older] };
    let mut key = ledger_key(&[b"devices", tenant.as_bytes()]);
    key[16..].copy_from_slice(guid.as_bytes());
    [key, older]
}

/// The digest of a list of parts. Each part is led by its length, so that no two lists have the same bytes.
fn ledger_key(parts: &[&[u8]]) -> LedgerKey {
    let mut bytes = Vec::new();
    for part in parts {
        bytes.extend((part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part);
    }
    let mut key = LedgerKey::default();
    key.copy_from_slice(digest(&SHA256, &bytes).as_ref());
    key
}

#[cfg(test)]
mod tests {
    use odata::Key;
    use uuid::Uuid;

    use super::device_keys;

    #[test]
    fn entries_of_new_devices_lie_together_and_no_two_have_one_key() {
        let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let devices: Vec<Key> = (0..100).map(|_| Key::new()).collect();
        let keys = |tenant| devices.iter().map(move |device| device_keys(tenant, device)[0]);
        assert!(keys(one).is_sorted_by(|before, after| before < after));
        assert!(keys(one).zip(keys(other)).all(|(one, other)| one != other));
        let text = Key::parse("a client's");
        assert_ne!(device_keys(one, &text), device_keys(other, &text));
    }

    /// Entries are rows of the database: an earlier Muster's must be found by a later one.
    #[test]
    fn an_older_entry_is_found_by_the_digest_of_tenant_and_device() {
        let device = Key::parse("00112233-4455-6677-8899-aabbccddeeff");
        let [_, older] = device_keys(Uuid::from_u128(7), &device);
        let hexadecimal: String = older.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hexadecimal, "923faf23c661204019c87787c1193d1331ece528aa095b09e74d1affb8226a49");
    }
}
