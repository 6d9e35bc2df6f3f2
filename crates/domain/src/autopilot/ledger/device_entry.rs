//! A device's own entry in the ledger: its digests, the fingerprint of the hash that was accepted last, and the parts
//! that the last report of another hash had otherwise.

use engine::Error;
use store::LedgerKey;

use crate::hardware_hash::{DevicePart, Fingerprint};

/// A device's own entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::autopilot) struct DeviceEntry {
    /// The digests the device goes by; none of a device that no hash was imported for.
    pub(in crate::autopilot) keys: Vec<LedgerKey>,
    /// The fingerprint of its parts; empty if no hash is known.
    pub(in crate::autopilot) fingerprint: Fingerprint,
    /// The parts that the last report had otherwise.
    pub(in crate::autopilot) changed: Vec<DevicePart>,
}

/// The end of the list of digests: no digest is that.
const END: LedgerKey = [0; 32];

impl DeviceEntry {
    pub(super) fn write(&self) -> Result<Box<[u8]>, Error> {
        let mut out = self.keys.concat();
        if !self.fingerprint.is_empty() {
            out.extend(END);
            out.push(
                u8::try_from(self.changed.len()).map_err(|_| Error::defect("a device has too many parts"))?,
            );
            out.extend(self.changed.iter().map(|part| *part as u8));
            self.fingerprint.write(&mut out);
        }
        Ok(out.into())
    }

    /// The entry of these bytes; none if they are no entry.
    pub(super) fn read(mut bytes: &[u8]) -> Option<DeviceEntry> {
        let mut keys = Vec::new();
        loop {
            match bytes.split_first_chunk::<32>() {
                None if bytes.is_empty() => return Some(DeviceEntry { keys, ..DeviceEntry::default() }),
                None => return None,
                Some((&END, rest)) => {
                    let (length, rest) = rest.split_first()?;
                    let (changed, rest) = rest.split_at_checked(usize::from(*length))?;
                    let changed = changed.iter().filter_map(|number| DevicePart::of(*number)).collect();
                    return Some(DeviceEntry { keys, fingerprint: Fingerprint::read(rest)?, changed });
                }
                Some((key, rest)) => {
                    keys.push(*key);
                    bytes = rest;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceEntry;
    use crate::hardware_hash::{DevicePart, Fingerprint};

    #[test]
    fn an_entry_is_read_as_it_was_written() {
        let fingerprint = Fingerprint::of_blob(b"blob");
        for keys in [vec![], vec![[1; 32], [2; 32]]] {
            for (fingerprint, changed) in [
                (Fingerprint::default(), vec![]),
                (fingerprint.clone(), vec![]),
                (fingerprint.clone(), vec![DevicePart::Disk, DevicePart::Tpm]),
            ] {
                let entry = DeviceEntry { keys: keys.clone(), fingerprint, changed };
                let bytes = entry.write().unwrap();
                assert_eq!(DeviceEntry::read(&bytes), Some(entry));
                assert_eq!(DeviceEntry::read(&[&bytes[..], &[9; 31]].concat()), None);
            }
        }
    }

    /// Entries are rows of the database: an earlier Muster's must be read by a later one.
    #[test]
    fn stored_entries_keep_their_form() {
        let (keys, fingerprint) = (vec![[1; 32], [2; 32]], Fingerprint::of_blob(b"blob"));
        let changed = vec![DevicePart::Disk, DevicePart::Tpm];
        let mut stored = [[1; 32], [2; 32], [0; 32]].concat();
        stored.extend([2, DevicePart::Disk as u8, DevicePart::Tpm as u8]);
        fingerprint.write(&mut stored);
        assert_eq!(*DeviceEntry { keys, fingerprint, changed }.write().unwrap(), *stored);
    }
}
