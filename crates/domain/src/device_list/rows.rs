//! The rows: each by itself, and against those before it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;

use aws_lc_rs::digest::{SHA256, digest};
use csv::ByteRecord;

use super::Teller;
use super::finding::{Finding, FindingKind};
use super::header::{ASSIGNED_USER, GROUP_TAG, HASH, Header, PRODUCT_ID, SERIAL_NUMBER};
use super::lines::text;
use crate::hardware_hash::{
    Base64Fault, Facts, Grounds, HardwareHash, TextKind, Warning, from_base64, is_placeholder,
};

/// How every hardware hash begins.
const MAGIC: &[u8] = b"OA";
/// Enough of a digest that two in a million rows do not meet by chance.
const DIGEST_BYTES: usize = 12;

/// What two rows must not share.
#[derive(Clone, Copy)]
enum Shared {
    SerialNumber,
    Hash,
    Device,
}

/// The values of a row; empty where there is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowValues {
    /// As it is written in the row.
    pub serial_number: String,
    /// Also called the product id.
    pub product_key: String,
    /// In Base64.
    pub hash: String,
    /// The group tag.
    pub group_tag: String,
    /// The assigned user's principal name.
    pub user: String,
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
    header: Header,
    purpose: Purpose,
    /// The line of the last one.
    pub(super) last_line: u64,
    /// In which line something was first.
    seen: HashMap<[u8; DIGEST_BYTES], u32>,
}

impl Rows {
    pub(super) fn new(header: Header, purpose: Purpose) -> Rows {
        Rows { header, purpose, last_line: 1, seen: HashMap::new() }
    }

    /// What a row says, checked or not.
    pub(super) fn values(&self, record: &ByteRecord) -> RowValues {
        let value = |column| bare(self.header.value(record, column).unwrap_or_default()).trim().to_owned();
        RowValues {
            serial_number: value(SERIAL_NUMBER),
            product_key: value(PRODUCT_ID),
            hash: value(HASH),
            group_tag: value(GROUP_TAG),
            user: value(ASSIGNED_USER),
        }
    }

    /// Checks a row and remembers it.
    pub(super) fn check<T: FnMut(&Finding) -> io::Result<()>>(
        &mut self,
        record: &ByteRecord,
        teller: &mut Teller<T>,
    ) -> io::Result<()> {
        teller.summary.rows += 1;
        let line = record.position().map_or(0, csv::Position::line);
        self.last_line = line;
        let quoted = record.as_slice().contains(&b'"');
        if quoted {
            let cause = "the row has quotation marks".to_owned();
            teller.tell(line, FindingKind::QuotationMarks, cause)?;
        }
        let (count, width) = (record.len(), self.header.width);
        if count > width {
            // Commas within quotation marks look like columns; the marks have been told.
            if !quoted {
                let cause = format!("the row has {count} values for {width} columns");
                teller.tell(line, FindingKind::ExtraColumns, cause)?;
            }
            return Ok(());
        }
        if count < self.header.least() {
            let cause = format!("the row has {count} values; it must have {}", self.header.least());
            return teller.tell(line, FindingKind::MissingColumns, cause);
        }
        let value = |column| bare(self.header.value(record, column).unwrap_or_default());
        let (serial_number, product_id) = (value(SERIAL_NUMBER), value(PRODUCT_ID));
        let (hash, user) = (value(HASH), value(ASSIGNED_USER));
        if !user.is_empty() && !is_principal_name(&user) {
            let cause = format!("'{}' is not a user principal name", excerpt(&user));
            teller.tell(line, FindingKind::AssignedUser, cause)?;
        }
        let decoded = match (hash.is_empty(), serial_number.is_empty() && product_id.is_empty()) {
            (false, _) => self.hash(line, &hash, teller)?,
            (true, true) => {
                let cause = "the row has neither a hash nor a serial number nor a product id".to_owned();
                return teller.tell(line, FindingKind::IdentityMissing, cause);
            }
            (true, false) => {
                teller.tell(line, FindingKind::HashMissing, "the row has no hardware hash".to_owned())?;
                None
            }
        };
        self.serial_number(line, &serial_number, decoded.as_ref(), teller)
    }

    /// Checks a row's hash; what it holds, if it holds.
    fn hash<T: FnMut(&Finding) -> io::Result<()>>(
        &mut self,
        line: u64,
        base64: &str,
        teller: &mut Teller<T>,
    ) -> io::Result<Option<HardwareHash>> {
        if let Some(first) = self.first(Shared::Hash, base64.as_bytes(), line) {
            let cause = format!("the hash is that of line {first}");
            teller.tell(line, FindingKind::HashDuplicate, cause)?;
            return Ok(None);
        }
        let blob = match from_base64(base64) {
            Ok(blob) => blob,
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
    fn serial_number<T: FnMut(&Finding) -> io::Result<()>>(
        &mut self,
        line: u64,
        written: &str,
        hash: Option<&HardwareHash>,
        teller: &mut Teller<T>,
    ) -> io::Result<()> {
        let in_hash = hash.and_then(|hash| hash.text(TextKind::SerialNumber)).unwrap_or_default().trim();
        let written = written.trim();
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

/// A value without the quotation marks around it.
fn bare(field: &[u8]) -> String {
    let field = field.strip_prefix(b"\"").and_then(|field| field.strip_suffix(b"\"")).unwrap_or(field);
    text(field)
}

/// Whether a text has the form `name@domain`. Only the domain part counts for an import.
fn is_principal_name(text: &str) -> bool {
    let strange = |character: char| character.is_whitespace() || character == '@';
    match text.trim().split_once('@') {
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
