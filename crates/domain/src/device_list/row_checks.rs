//! The checks of rows: of each by itself, and against those before it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::io;

use aws_lc_rs::digest::{SHA256, digest};

use super::finding::FindingSink;
use super::finding_kind::FindingKind;
use super::row_values::RowValues;
use crate::hardware_hash::{
    Base64Fault, Facts, Fault, Grounds, HardwareHash, MAGIC, Mangling, SIZE_MAX, TextKind, Warning,
    from_base64, is_placeholder,
};

/// The bytes of a digest that are kept: two in a million rows do not meet by chance.
const DIGEST_BYTES: usize = 12;

/// The things that two rows must not share.
#[derive(Clone, Copy)]
enum Shared {
    SerialNumber,
    Hash,
    Device,
}

/// The purpose for which rows are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To say all that is wrong with them, also with several of them.
    Inspection,
    /// To send them to a server, which knows better which hashes it takes and which devices there are. Nothing is
    /// remembered of a row.
    Import,
}

/// The checks of rows, with what is remembered of those before.
pub(super) struct RowChecks {
    purpose: Purpose,
    /// The line in which something was first.
    seen: HashMap<[u8; DIGEST_BYTES], u32>,
}

impl RowChecks {
    pub(super) fn new(purpose: Purpose) -> RowChecks {
        RowChecks { purpose, seen: HashMap::new() }
    }

    /// Checks what a row says, and remembers it.
    pub(super) fn check(
        &mut self,
        line: u64,
        values: &RowValues,
        sink: &mut FindingSink<'_>,
    ) -> io::Result<()> {
        let RowValues { serial_number, product_key, hash, user, .. } = values;
        if !user.is_empty() && !is_principal_name(user) {
            let cause = format!("'{}' is not a user principal name", excerpt(user));
            sink.report(line, FindingKind::AssignedUser, cause)?;
        }
        let decoded = match (hash.is_empty(), serial_number.is_empty() && product_key.is_empty()) {
            (false, _) => self.hash(line, hash, sink)?,
            (true, true) => {
                let cause = "the row has neither a hash nor a serial number nor a product id".to_owned();
                return sink.report(line, FindingKind::IdentityMissing, cause);
            }
            (true, false) => {
                sink.report(line, FindingKind::HashMissing, "the row has no hardware hash".to_owned())?;
                None
            }
        };
        self.serial_number(line, serial_number, decoded.as_ref(), sink)
    }

    /// Checks a row's hash; what it holds, if it holds.
    fn hash(
        &mut self,
        line: u64,
        base64: &str,
        sink: &mut FindingSink<'_>,
    ) -> io::Result<Option<HardwareHash>> {
        if let Some(first) = self.first(Shared::Hash, base64.as_bytes(), line) {
            let cause = format!("the hash is that of line {first}");
            sink.report(line, FindingKind::HashDuplicate, cause)?;
            return Ok(None);
        }
        let blob = match from_base64(base64) {
            Ok(blob) => blob,
            Err(fault) => return self.unreadable(line, base64, &fault, sink).map(|()| None),
        };
        let hash = match HardwareHash::decode(&blob) {
            Ok(hash) => hash,
            Err(fault) => return self.invalid(line, base64, &blob, &fault, sink).map(|()| None),
        };
        if let Some((grounds, key)) = Facts::of(&hash, &blob).keys().first()
            && let Some(first) = self.first(Shared::Device, key, line)
            && let Some(grounds) = name(*grounds)
        {
            let cause = format!("the hash is of the device of line {first}: {grounds}");
            sink.report(line, FindingKind::DeviceDuplicate, cause)?;
        }
        if hash.warnings().contains(&Warning::PlaceholderUuid) {
            let cause = Warning::PlaceholderUuid.to_string();
            sink.report(line, FindingKind::UuidPlaceholder, cause)?;
        }
        Ok(Some(hash))
    }

    /// Reports a hash that is not Base64.
    fn unreadable(
        &self,
        line: u64,
        base64: &str,
        fault: &Base64Fault,
        sink: &mut FindingSink<'_>,
    ) -> io::Result<()> {
        if let Some(mangling) = Mangling::of(base64) {
            return sink.report(line, FindingKind::HashMangled(mangling), mangling.to_string());
        }
        match fault {
            // A server may pad it.
            Base64Fault::Unpadded { .. } if self.purpose == Purpose::Import => Ok(()),
            Base64Fault::Unpadded { .. } => sink.report(line, FindingKind::HashUnpadded, fault.to_string()),
            _ => sink.report(line, FindingKind::HashNotBase64, fault.to_string()),
        }
    }

    /// Reports a hash whose bytes do not hold.
    fn invalid(
        &self,
        line: u64,
        base64: &str,
        blob: &[u8],
        fault: &Fault,
        sink: &mut FindingSink<'_>,
    ) -> io::Result<()> {
        if let Some(mangling) = Mangling::of(base64) {
            return sink.report(line, FindingKind::HashMangled(mangling), mangling.to_string());
        }
        // A server may take it as the name of a device.
        let may_be_name = !blob.starts_with(MAGIC) && blob.len() <= SIZE_MAX;
        match self.purpose {
            Purpose::Import if may_be_name => Ok(()),
            _ => sink.report(line, FindingKind::HashInvalid, fault.to_string()),
        }
    }

    /// Checks a row's serial number, against that of its hash too.
    fn serial_number(
        &mut self,
        line: u64,
        written: &str,
        hash: Option<&HardwareHash>,
        sink: &mut FindingSink<'_>,
    ) -> io::Result<()> {
        let in_hash = hash.and_then(|hash| hash.text(TextKind::SerialNumber)).unwrap_or_default().trim();
        if written.is_empty() {
            sink.report(line, FindingKind::SerialNumberMissing, "the row has no serial number".to_owned())?;
        } else if let Some(alteration) = alteration(written, in_hash) {
            let cause = format!("the serial number '{}' {alteration}", excerpt(written));
            sink.report(line, FindingKind::SerialNumberAltered, cause)?;
        } else if !in_hash.is_empty() && !written.eq_ignore_ascii_case(in_hash) {
            let cause = format!("the row says '{}', its hash '{}'", excerpt(written), excerpt(in_hash));
            sink.report(line, FindingKind::SerialNumberDiffers, cause)?;
        }
        let counts = if in_hash.is_empty() { written } else { in_hash };
        if counts.is_empty() {
            return Ok(());
        }
        if is_placeholder(counts) {
            let cause = format!("the serial number '{}' is a placeholder", excerpt(counts));
            return sink.report(line, FindingKind::SerialNumberPlaceholder, cause);
        }
        if let Some(first) = self.first(Shared::SerialNumber, counts.to_ascii_lowercase().as_bytes(), line) {
            let cause = format!("the serial number '{}' is that of line {first}", excerpt(counts));
            return sink.report(line, FindingKind::SerialNumberDuplicate, cause);
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

/// The change that a spreadsheet or a script made to a serial number, as far as it shows by itself or beside the one in
/// the hash.
fn alteration(written: &str, in_hash: &str) -> Option<&'static str> {
    const ERRORS: [&str; 7] = ["#N/A", "#NAME?", "#NUM!", "#REF!", "#VALUE!", "#NULL!", "#DIV/0!"];
    if written.eq_ignore_ascii_case(in_hash) {
        return None;
    }
    if is_scientific(written) {
        return Some("is a number in scientific notation, which has lost its other digits");
    }
    if ERRORS.contains(&written) || written.len() > 2 && written.bytes().all(|byte| byte == b'#') {
        return Some("is what a spreadsheet shows in place of a value");
    }
    if written.starts_with("@{") || written.starts_with("System.") && written.ends_with("[]") {
        return Some("is what PowerShell writes in place of an object's value");
    }
    let is_number = !written.is_empty() && written.bytes().all(|byte| byte.is_ascii_digit());
    let without_zeros = in_hash.trim_start_matches('0');
    if is_number && without_zeros != in_hash && without_zeros == written.trim_start_matches('0') {
        return Some("has lost its leading zeros");
    }
    // Spreadsheets keep fifteen digits of a number.
    let is_rounded = is_number && written.len() > 15 && written.len() == in_hash.len() && {
        let (digits, rest) = written.split_at(15);
        rest.bytes().all(|byte| byte == b'0') && in_hash.get(..14) == digits.get(..14)
    };
    is_rounded.then_some("has lost its last digits")
}

/// Whether a text is a number such as `1.23E+11`, with a point or a comma.
fn is_scientific(text: &str) -> bool {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some((mantissa, exponent)) = text.split_once(['E', 'e']) else { return false };
    let exponent = exponent.strip_prefix(['+', '-']);
    let mut parts = mantissa.splitn(2, ['.', ',']);
    exponent.is_some_and(is_digits)
        && parts.next().is_some_and(|whole| whole.len() == 1)
        && parts.all(is_digits)
        && mantissa.starts_with(|first: char| first.is_ascii_digit())
}

/// The grounds on which two hashes are of one device, in words; none if another finding tells them.
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
