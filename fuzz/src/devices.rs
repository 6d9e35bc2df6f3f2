//! The targets that read what says of itself that it comes from devices: hashes, lists of them, and what agents send.

use std::io::{self, Cursor, Read};

use aws_lc_rs::digest::{SHA256, digest};
use check_in::{AttributeValues, CheckInRequest, EnrollRequest, is_password_key};
use domain::device_list::{ListReader, inspect_whole};
use domain::hardware_hash::{Facts, HardwareHash, MAGIC, from_base64, to_base64};
use request_proof::{PROOF_BYTES_MAX, SignedProof, Signer};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of a list that come at once where it comes slowly.
const PIECE: usize = 7;

/// A hash: what is taken is built again as the same bytes, and shown as JSON that says the same.
pub fn hash(data: &[u8]) {
    decoded(data);
    // Nobody finds a checksum by trying: the same bytes once more as the records of a hash whose checksum holds.
    if let Some(blob) = sealed(data) {
        decoded(&blob);
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(blob) = from_base64(text)
    {
        assert_eq!(from_base64(&to_base64(&blob)).as_ref(), Ok(&blob));
        decoded(&blob);
    }
    // What `muster hash build` is given.
    if let Ok(hash) = serde_json::from_slice::<HardwareHash>(data)
        && let Ok(blob) = hash.build()
    {
        decoded(&blob);
    }
}

fn decoded(blob: &[u8]) {
    let Ok(hash) = HardwareHash::decode(blob) else { return };
    assert_eq!(hash.build().as_deref(), Ok(blob));
    assert_eq!(hash.at_offsets().count(), hash.records.len());
    let shown = serde_json::to_vec(&hash).expect("a hash can be shown");
    assert_eq!(serde_json::from_slice::<HardwareHash>(&shown).expect("what is shown can be read"), hash);
    let facts = Facts::of(&hash, blob);
    assert_eq!(facts.keys(), Facts::of(&hash, blob).keys());
    assert_eq!(facts.compare(&facts), facts.compare(&facts));
}

/// A hash of these records, or what stands in their place.
fn sealed(records: &[u8]) -> Option<Vec<u8>> {
    let total = u16::try_from(records.len() + 4).ok()?;
    let mut blob = [&MAGIC[..], &total.to_le_bytes(), records].concat();
    let checksum = digest(&SHA256, &blob);
    blob.extend(b"CS\x24\0");
    blob.extend(checksum.as_ref());
    Some(blob)
}

/// A list: the same is found however it comes in pieces, and each row has a line after that of the row before.
pub fn list(data: &[u8]) {
    let whole = inspect_whole(data, 0).expect("memory can be read");
    let slow = inspect_whole(InPieces(data), 0).expect("memory can be read");
    assert_eq!(format!("{whole:?}"), format!("{slow:?}"));
    serde_json::to_vec(&whole).expect("findings can be shown");
    // A reader of JSON reads the model first, which takes longer than anything else here.
    let is_json = data.first() == Some(&b'{');
    for open in [ListReader::csv, ListReader::ndjson].into_iter().take(if is_json { 2 } else { 1 }) {
        let Ok(mut reader) = open(Box::new(Cursor::new(data.to_vec()))).expect("memory can be read") else {
            continue;
        };
        let mut line = 0;
        while let Some(row) = reader.next_row(Some("Kiosk")).expect("memory can be read") {
            assert!(row.line > line, "{} follows {line}", row.line);
            line = row.line;
        }
    }
}

/// Bytes that come a few at a time.
struct InPieces<'d>(&'d [u8]);

impl Read for InPieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(PIECE);
        self.0.read(&mut buffer[..count])
    }
}

/// A proof: one that is taken apart is not too long, and holds only if it was signed.
pub fn proof(data: &[u8]) {
    let Ok(proof) = SignedProof::read(data) else { return };
    assert!(data.len() <= PROOF_BYTES_MAX);
    if let Signer::New(key) = &proof.signer {
        // Refused or not is all that there is to it.
        let _ = proof.verify(key);
    }
}

/// What an agent says: what is taken says the same when it is written and read again.
pub fn check_in(data: &[u8]) {
    same_again::<EnrollRequest>(data);
    let Some(request) = same_again::<CheckInRequest>(data) else { return };
    let texts = request.machine.texts();
    assert!(
        texts.iter().all(|(name, _)| !name.is_empty()) && request.machine.is_same_machine(&request.machine)
    );
    let known = AttributeValues::default();
    if let Ok(values) = known.after(&request.attributes) {
        assert_eq!(values.digest(), request.attributes.digest);
    }
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = is_password_key(text);
    }
}

fn same_again<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(data: &[u8]) -> Option<T> {
    let read: T = serde_json::from_slice(data).ok()?;
    let written = serde_json::to_vec(&read).expect("what was read can be written");
    assert_eq!(serde_json::from_slice::<T>(&written).expect("what was written can be read"), read);
    Some(read)
}
