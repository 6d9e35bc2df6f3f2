//! What the ledger keeps under a device's own digest: the digests it stands under, the fingerprint of the hash that was
//! accepted last, and the parts that the last report of another hash had otherwise.

use store::LedgerKey;

use crate::hardware_hash::{DevicePart, Fingerprint};

/// A device's own entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Holding {
    /// None for a device that no hash was imported for.
    pub(super) keys: Vec<LedgerKey>,
    /// Empty if no hash is known.
    pub(super) fingerprint: Fingerprint,
    pub(super) changed: Vec<DevicePart>,
}

/// No digest is that: it ends the list of digests.
const END: LedgerKey = [0; 32];

impl Holding {
    pub(super) fn write(&self) -> Box<[u8]> {
        let mut out = self.keys.concat();
        if !self.fingerprint.is_empty() {
            out.extend(END);
            out.push(u8::try_from(self.changed.len()).unwrap_or(u8::MAX));
            out.extend(self.changed.iter().map(|part| *part as u8));
            self.fingerprint.write(&mut out);
        }
        out.into()
    }

    /// None if it never was one.
    pub(super) fn read(mut bytes: &[u8]) -> Option<Holding> {
        let mut keys = Vec::new();
        loop {
            match bytes.split_first_chunk::<32>() {
                None if bytes.is_empty() => return Some(Holding { keys, ..Holding::default() }),
                None => return None,
                Some((&END, rest)) => {
                    let (length, rest) = rest.split_first()?;
                    let (changed, rest) = rest.split_at_checked(usize::from(*length))?;
                    let changed = changed.iter().filter_map(|number| DevicePart::of(*number)).collect();
                    return Some(Holding { keys, fingerprint: Fingerprint::read(rest)?, changed });
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
    use super::Holding;
    use crate::hardware_hash::{DevicePart, Fingerprint};

    #[test]
    fn a_holding_is_read_as_it_was_written() {
        let fingerprint = Fingerprint::of_blob(b"blob");
        for keys in [vec![], vec![[1; 32], [2; 32]]] {
            for (fingerprint, changed) in [
                (Fingerprint::default(), vec![]),
                (fingerprint.clone(), vec![]),
                (fingerprint.clone(), vec![DevicePart::Disk, DevicePart::Tpm]),
            ] {
                let holding = Holding { keys: keys.clone(), fingerprint, changed };
                let bytes = holding.write();
                assert_eq!(Holding::read(&bytes), Some(holding));
                assert_eq!(Holding::read(&[&bytes[..], &[9; 31]].concat()), None);
            }
        }
    }
}
