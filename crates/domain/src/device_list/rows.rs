//! The rows: each by itself, and against those before it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;

use aws_lc_rs::digest::{SHA256, digest};

use super::Teller;
use super::finding::FindingKind;
use super::header::Header;
use super::lines::Line;
use crate::hardware_hash::{
    Base64Fault, Facts, Grounds, HardwareHash, TextKind, Warning, from_base64, is_placeholder,
};

/// How every hardware hash begins.
pub(super) const MAGIC: &[u8] = b"OA";
/// Enough of a digest that two in a million rows do not meet by chance.
const DIGEST_BYTES: usize = 12;

/// What two rows must not share.
#[derive(Clone, Copy)]
enum Shared {
    SerialNumber,
    Hash,
    Device,
}

/// The values of a row, trimmed; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct RowValues {
    pub(super) serial_number: String,
    /// Also called the product id.
    pub(super) product_key: String,
    /// In Base64.
    pub(super) hash: String,
    pub(super) group_tag: String,
    /// What older documents have for the group tag; CSV files never do.
    pub(super) order_identifier: String,
    /// The assigned user's principal name.
    pub(super) user: String,
}

/// What rows are read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To say all that is wrong with them, also with several of them.
    Inspection,
    /// To send them to a server, which knows better which hashes it takes and which devices there are. Nothing is
    /// remembered of a row.
    Import,
}

/// The rows so far.
pub(super) struct Rows {
    purpose: Purpose,
    /// In which line something was first.
    seen: HashMap<[u8; DIGEST_BYTES], u32>,
}

impl Rows {
    pub(super) fn new(purpose: Purpose) -> Rows {
        Rows { purpose, seen: HashMap::new() }
    }

    /// Checks a line of a CSV file; what it says.
    pub(super) fn check_line(
        &mut self,
        header: &Header,
        line: &Line<'_>,
        teller: &mut Teller<'_>,
    ) -> io::Result<RowValues> {
        let Some(content) = line.content(teller)? else { return Ok(RowValues::default()) };
        let values = header.values(content);
        if header.fits(line.number, content, teller)? {
            self.check(line.number, &values, teller)?;
        }
        Ok(values)
    }

    /// Checks what a row says, and remembers it.
    pub(super) fn check(&mut self, line: u64, values: &RowValues, teller: &mut Teller<'_>) -> io::Result<()> {
        let RowValues { serial_number, product_key, hash, user, .. } = values;
        if !user.is_empty() && !is_principal_name(user) {
            let cause = format!("'{}' is not a user principal name", excerpt(user));
            teller.tell(line, FindingKind::AssignedUser, cause)?;
        }
        let decoded = match (hash.is_empty(), serial_number.is_empty() && product_key.is_empty()) {
            (false, _) => self.hash(line, hash, teller)?,
            (true, true) => {
                let cause = "the row has neither a hash nor a serial number nor a product id".to_owned();
                return teller.tell(line, FindingKind::IdentityMissing, cause);
            }
            (true, false) => {
                teller.tell(line, FindingKind::HashMissing, "the row has no hardware hash".to_owned())?;
                None
            }
        };
        self.serial_number(line, serial_number, decoded.as_ref(), teller)
    }

    /// Checks a row's hash; what it holds, if it holds.
    fn hash(&mut self, line: u64, base64: &str, teller: &mut Teller<'_>) -> io::Result<Option<HardwareHash>> {
        if let Some(first) = self.first(Shared::Hash, base64.as_bytes(), line) {
            let cause = format!("the hash is that of line {first}");
            teller.tell(line, FindingKind::HashDuplicate, cause)?;
            return Ok(None);
        }
        let blob = match from_base64(base64) {
            Ok(blob) => blob,
            // A server may pad it.
            Err(Base64Fault::Unpadded { .. }) if self.purpose == Purpose::Import => return Ok(None),
            Err(fault) => {
                let kind = match fault {
                    Base64Fault::Unpadded { .. } => FindingKind::HashUnpadded,
                    _ => FindingKind::HashNotBase64,
                };
                teller.tell(line, kind, fault.to_string())?;
                return Ok(None);
            }
        };
        let hash = match HardwareHash::decode(&blob) {
            Ok(hash) => hash,
            // A server may take it as the name of a device.
            Err(_) if self.purpose == Purpose::Import && !blob.starts_with(MAGIC) => return Ok(None),
            Err(fault) => {
                teller.tell(line, FindingKind::HashInvalid, fault.to_string())?;
                return Ok(None);
            }
        };
        if let Some((grounds, key)) = Facts::of(&hash, &blob).keys().first()
            && let Some(first) = self.first(Shared::Device, key, line)
            && let Some(grounds) = name(*grounds)
        {
            let cause = format!("the hash is of the device of line {first}: {grounds}");
            teller.tell(line, FindingKind::DeviceDuplicate, cause)?;
        }
        if hash.warnings().contains(&Warning::PlaceholderUuid) {
            let cause = Warning::PlaceholderUuid.to_string();
            teller.tell(line, FindingKind::UuidPlaceholder, cause)?;
        }
        Ok(Some(hash))
    }

    /// Checks a row's serial number, against that of its hash too.
    fn serial_number(
        &mut self,
        line: u64,
        written: &str,
        hash: Option<&HardwareHash>,
        teller: &mut Teller<'_>,
    ) -> io::Result<()> {
        let in_hash = hash.and_then(|hash| hash.text(TextKind::SerialNumber)).unwrap_or_default().trim();
        if written.is_empty() {
            teller.tell(line, FindingKind::SerialNumberMissing, "the row has no serial number".to_owned())?;
        } else if !in_hash.is_empty() && !written.eq_ignore_ascii_case(in_hash) {
            let cause = format!("the row says '{}', its hash '{}'", excerpt(written), excerpt(in_hash));
            teller.tell(line, FindingKind::SerialNumberDiffers, cause)?;
        }
        let counts = if in_hash.is_empty() { written } else { in_hash };
        if counts.is_empty() {
            return Ok(());
        }
        if is_placeholder(counts) {
            let cause = format!("the serial number '{}' is a placeholder", excerpt(counts));
            return teller.tell(line, FindingKind::SerialNumberPlaceholder, cause);
        }
        if let Some(first) = self.first(Shared::SerialNumber, counts.to_ascii_lowercase().as_bytes(), line) {
            let cause = format!("the serial number '{}' is that of line {first}", excerpt(counts));
            return teller.tell(line, FindingKind::SerialNumberDuplicate, cause);
        }
        Ok(())
    }

    /// The line in which something was first, if it was before.
    fn first(&mut self, shared: Shared, content: &[u8], line: u64) -> Option<u32> {
        if self.purpose == Purpose::Import {
            return None;
        }
        let digest = digest(&SHA256, &[&[shared as u8], content].concat());
        let key = digest.as_ref().first_chunk::<DIGEST_BYTES>().copied().unwrap_or_default();
        match self.seen.entry(key) {
            Entry::Occupied(first) => Some(*first.get()),
            Entry::Vacant(place) => {
                place.insert(u32::try_from(line).unwrap_or(u32::MAX));
                None
            }
        }
    }
}

/// What two hashes have in common, as far as it is not told otherwise: the same serial number is.
fn name(grounds: Grounds) -> Option<&'static str> {
    match grounds {
        Grounds::EndorsementKey => Some("they have the same TPM"),
        Grounds::Uuid => Some("they have the same UUID and serial number"),
        Grounds::ProductKey => Some("they have the same product key and serial number"),
        Grounds::SerialNumber | Grounds::Blob => None,
    }
}

/// Whether a text has the form `name@domain`. Only the domain part counts for an import.
fn is_principal_name(text: &str) -> bool {
    let strange = |character: char| character.is_whitespace() || character == '@';
    match text.split_once('@') {
        Some((name, domain)) => {
            !name.is_empty() && domain.contains('.') && !name.contains(strange) && !domain.contains(strange)
        }
        None => false,
    }
}

/// The start of a text, fit for a message: it comes from the file.
fn excerpt(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
