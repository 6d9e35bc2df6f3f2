//! Parts for devices that do not exist: each the same whenever it is made from the same seed.

use super::facts::sha_256;
use super::hexadecimal::Hexadecimal;
use super::parts::{OfflineDeviceId, TPM_ENDORSEMENT_KEY};
use super::record::Record;
use super::text::{Text, TextKind};

/// The records of a TPM that nobody has.
pub fn synthetic_tpm(seed: &str) -> [Record; 3] {
    let block = |at: u8| sha_256(&[&[at], seed.as_bytes()].concat());
    let mut modulus: Vec<u8> = (0..8).flat_map(block).collect();
    // As every modulus of its size: the highest bit is set, and it is odd.
    modulus[0] |= 0x80;
    modulus[255] |= 1;
    let id = Hexadecimal(sha_256(&modulus).to_vec());
    let description = "TPM-Version:2.0 -Level:0-Revision:1.38-VendorID:'TEST'-Firmware:65536.0";
    [
        Record::OfflineDeviceId(OfflineDeviceId { spare: 0, kind: TPM_ENDORSEMENT_KEY, id }),
        Record::Text(Text::new(TextKind::Tpm, description)),
        Record::EndorsementKey { modulus: Hexadecimal(modulus) },
    ]
}
