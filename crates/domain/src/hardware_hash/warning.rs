//! What is odd about a valid hash.

use super::container::HardwareHash;
use super::placeholder::{is_placeholder, is_placeholder_uuid};
use super::record::HashRecord;
use super::text::TextKind;

/// An oddity of a valid hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// The serial number was never given by the maker.
    #[error("the serial number '{0}' is a placeholder, which many devices share")]
    PlaceholderSerialNumber(String),
    /// The UUID was never given by the maker.
    #[error("the SMBIOS UUID is all zeros or all ones, which many devices share")]
    PlaceholderUuid,
    /// No record of a TPM: a virtual machine, or a TPM that is switched off.
    #[error("no record of a TPM (types 11, 13, 25): self-deploying profiles will not work")]
    NoTpm,
    /// No record of a disk.
    #[error("no record of a disk (types 6, 7)")]
    NoDisk,
    /// No record of a network adapter.
    #[error("no record of a network adapter (type 8)")]
    NoNetwork,
    /// No record of the tool that collects hashes.
    #[error("no record of the tool and the time (type 1): Windows did not collect this hash")]
    NoTool,
    /// Bytes that are not zero follow the checksum.
    #[error("bytes other than zero follow the checksum")]
    Tail,
}

impl HardwareHash {
    /// The oddities of the hash.
    pub fn warnings(&self) -> Vec<Warning> {
        let lacks = |numbers: &[u16]| !self.records.iter().any(|record| numbers.contains(&record.number()));
        let mut warnings = Vec::new();
        let serial_number = self.text(TextKind::SerialNumber).unwrap_or_default();
        if is_placeholder(serial_number) {
            warnings.push(Warning::PlaceholderSerialNumber(serial_number.to_owned()));
        }
        let placeholder = |record: &HashRecord| matches!(record, HashRecord::SmbiosUuid { uuid } if is_placeholder_uuid(*uuid));
        let oddities = [
            (self.records.iter().any(placeholder), Warning::PlaceholderUuid),
            (lacks(&[11, 13, 25]), Warning::NoTpm),
            (lacks(&[6, 7]), Warning::NoDisk),
            (lacks(&[8]), Warning::NoNetwork),
            (lacks(&[1]), Warning::NoTool),
            (!self.tail.0.is_empty(), Warning::Tail),
        ];
        warnings.extend(oddities.into_iter().filter(|(odd, _)| *odd).map(|(_, warning)| warning));
        warnings
    }
}
