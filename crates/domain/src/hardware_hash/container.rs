//! The container: a head, records, and a checksum over both, in a blob of usually 3,000 bytes.

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::fault::Fault;
use super::hexadecimal::Hexadecimal;
use super::layout::{CHECKSUM_LENGTH, HEAD_LENGTH, MAGIC, SIZE_DEFAULT, SIZE_MAX, SIZE_MIN};
use super::offline_device_id::TPM_ENDORSEMENT_KEY;
use super::record::{ENDORSEMENT_KEY, HashRecord, OFFLINE_DEVICE_ID, SMBIOS_UUID};
use super::text::{Text, TextKind};

/// The texts that every hash has.
const REQUIRED: [TextKind; 2] = [TextKind::SerialNumber, TextKind::Manufacturer];
/// The texts that devices are known by: those that are read off the hash, and those that tell devices apart.
const KNOWN_BY: [TextKind; 6] = [
    TextKind::SerialNumber,
    TextKind::Manufacturer,
    TextKind::Model,
    TextKind::SkuNumber,
    TextKind::SystemFamily,
    TextKind::ProductKeyId,
];

/// A hardware hash, decoded. Building it gives the bytes it was decoded from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HardwareHash {
    /// The records, in their order.
    pub records: Vec<HashRecord>,
    /// The size of the blob in bytes; what is left after the checksum is zero.
    #[serde(default = "size_default")]
    pub size: usize,
    /// The bytes after the checksum, up to the last that is not zero; none as Windows makes it.
    #[serde(default, skip_serializing_if = "is_empty")]
    pub tail: Hexadecimal,
}

fn size_default() -> usize {
    SIZE_DEFAULT
}

fn is_empty(bytes: &Hexadecimal) -> bool {
    bytes.0.is_empty()
}

impl HardwareHash {
    /// A hash of records, of the usual size.
    pub fn new(records: Vec<HashRecord>) -> HardwareHash {
        HardwareHash { records, size: SIZE_DEFAULT, tail: Hexadecimal::default() }
    }

    /// The hash of a blob in which all holds that can be checked.
    pub fn decode(blob: &[u8]) -> Result<HardwareHash, Fault> {
        let total = checked_total(blob)?;
        let records = records(&blob[..total])?;
        check_texts(&records)?;
        check_endorsement_key(&records)?;
        let rest = &blob[total + CHECKSUM_LENGTH..];
        let tail = rest.iter().rposition(|byte| *byte != 0).map_or(&[][..], |last| &rest[..=last]);
        Ok(HardwareHash { records, size: blob.len(), tail: Hexadecimal(tail.to_vec()) })
    }

    /// The blob of the hash, as large as is said or as it must be; one that would not decode is refused.
    pub fn build(&self) -> Result<Vec<u8>, Fault> {
        let mut blob = MAGIC.to_vec();
        blob.extend([0; 2]);
        for record in &self.records {
            let start = blob.len();
            blob.extend(record.number().to_le_bytes());
            blob.extend([0; 2]);
            record.write(&mut blob);
            let length = blob.len() - start;
            put_length(&mut blob, start + 2, length)?;
        }
        let total = blob.len();
        put_length(&mut blob, 2, total)?;
        let checksum = digest(&SHA256, &blob);
        blob.extend(b"CS");
        blob.extend((CHECKSUM_LENGTH as u16).to_le_bytes());
        blob.extend(checksum.as_ref());
        blob.extend(&self.tail.0);
        if blob.len().max(self.size) > SIZE_MAX {
            return Err(Fault::Size(blob.len().max(self.size)));
        }
        blob.resize(blob.len().max(self.size), 0);
        HardwareHash::decode(&blob).map(|_| blob)
    }

    /// The first text of a kind.
    pub fn text(&self, kind: TextKind) -> Option<&str> {
        text_of(&self.records, kind)
    }

    /// Puts a record in the place of the first of its type, or at the end.
    pub fn put(&mut self, record: HashRecord) {
        match self.records.iter_mut().find(|known| known.number() == record.number()) {
            Some(known) => *known = record,
            None => self.records.push(record),
        }
    }

    /// Each record with the offset at which it begins.
    pub fn at_offsets(&self) -> impl Iterator<Item = (usize, &HashRecord)> {
        at_offsets(&self.records)
    }
}

fn at_offsets(records: &[HashRecord]) -> impl Iterator<Item = (usize, &HashRecord)> {
    records.iter().scan((HEAD_LENGTH, Vec::new()), |(next, content), record| {
        content.clear();
        record.write(content);
        let offset = *next;
        *next += HEAD_LENGTH + content.len();
        Some((offset, record))
    })
}

fn text_of(records: &[HashRecord], kind: TextKind) -> Option<&str> {
    records.iter().find_map(|record| match record {
        HashRecord::Text(Text { kind: known, text, .. }) if *known == kind => Some(text.as_str()),
        _ => None,
    })
}

/// Writes a length where it belongs; one that no hash can have is refused.
fn put_length(blob: &mut [u8], at: usize, length: usize) -> Result<(), Fault> {
    let bytes = u16::try_from(length).map_err(|_| Fault::Size(length))?.to_le_bytes();
    blob[at..at + 2].copy_from_slice(&bytes);
    Ok(())
}

/// The number at an offset that is known to be within.
fn number_at(blob: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([blob[at], blob[at + 1]])
}

/// The offset at which the records end, in a blob whose head and checksum hold.
fn checked_total(blob: &[u8]) -> Result<usize, Fault> {
    let size = blob.len();
    if !(SIZE_MIN..=SIZE_MAX).contains(&size) {
        return Err(Fault::Size(size));
    }
    if !blob.starts_with(MAGIC) {
        return Err(Fault::Magic([blob[0], blob[1]]));
    }
    let total = usize::from(number_at(blob, 2));
    if total < HEAD_LENGTH || total + CHECKSUM_LENGTH > size {
        return Err(Fault::Total { total, size });
    }
    if blob[total..total + 2] != *b"CS" || usize::from(number_at(blob, total + 2)) != CHECKSUM_LENGTH {
        return Err(Fault::Checksum { offset: total });
    }
    let offset = total + HEAD_LENGTH;
    if digest(&SHA256, &blob[..total]).as_ref() != &blob[offset..total + CHECKSUM_LENGTH] {
        return Err(Fault::Digest { offset });
    }
    Ok(total)
}

/// The records of a blob, which ends where they do.
fn records(blob: &[u8]) -> Result<Vec<HashRecord>, Fault> {
    let mut records = Vec::new();
    let mut offset = HEAD_LENGTH;
    while offset < blob.len() {
        let room = blob.len() - offset;
        if room < HEAD_LENGTH {
            return Err(Fault::Remainder { offset, room });
        }
        let (number, length) = (number_at(blob, offset), usize::from(number_at(blob, offset + 2)));
        if !(HEAD_LENGTH..=room).contains(&length) {
            return Err(Fault::RecordLength { offset, number, length, room });
        }
        let content = &blob[offset + HEAD_LENGTH..offset + length];
        let expected = match number {
            OFFLINE_DEVICE_ID => Some(42),
            SMBIOS_UUID => Some(16),
            ENDORSEMENT_KEY => Some(256),
            _ => None,
        };
        if let Some(expected) = expected.filter(|expected| *expected != content.len()) {
            return Err(Fault::ContentSize { offset, number, size: content.len(), expected });
        }
        let record = HashRecord::read(number, content);
        if let HashRecord::Other { number: OFFLINE_DEVICE_ID, content } = &record {
            // Its size is right, so the length that it gives its id is not.
            let size = usize::from(number_at(&content.0, 6));
            return Err(Fault::ContentSize { offset, number, size, expected: 32 });
        }
        records.push(record);
        offset += length;
    }
    Ok(records)
}

/// Checks that serial number and manufacturer are there, and that the texts a device is known by can be kept.
fn check_texts(records: &[HashRecord]) -> Result<(), Fault> {
    for kind in REQUIRED {
        if text_of(records, kind).is_some_and(|text| !text.trim().is_empty()) {
            continue;
        }
        // What is no text was kept as the bytes it is.
        let mut bytes = at_offsets(records).filter(
            |(_, record)| matches!(record, HashRecord::Other { number, .. } if *number == kind.number()),
        );
        let missing = Fault::Missing(kind);
        return Err(bytes.next().map_or(missing, |(offset, _)| Fault::NotText { offset, kind }));
    }
    let nul = at_offsets(records).find_map(|(offset, record)| match record {
        HashRecord::Text(Text { kind, text, .. }) if KNOWN_BY.contains(kind) && text.contains('\0') => {
            Some(Fault::Nul { offset, kind: *kind })
        }
        _ => None,
    });
    nul.map_or(Ok(()), Err)
}

/// Checks that the id that is derived from the endorsement key is that key's.
fn check_endorsement_key(records: &[HashRecord]) -> Result<(), Fault> {
    let modulus = records.iter().find_map(|record| match record {
        HashRecord::EndorsementKey { modulus } => Some(modulus),
        _ => None,
    });
    let Some(modulus) = modulus else { return Ok(()) };
    let expected = digest(&SHA256, &modulus.0);
    for (offset, record) in at_offsets(records) {
        if let HashRecord::OfflineDeviceId(id) = record
            && id.kind == TPM_ENDORSEMENT_KEY
            && id.id.0 != expected.as_ref()
        {
            return Err(Fault::EndorsementKey { offset });
        }
    }
    Ok(())
}
