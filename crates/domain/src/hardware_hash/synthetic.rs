//! Parts for devices that do not exist: each the same whenever it is made from the same seed.

use super::facts::sha_256;
use super::hexadecimal::Hexadecimal;
use super::offline_device_id::{OfflineDeviceId, TPM_ENDORSEMENT_KEY};
use super::record::HashRecord;
use super::text::{Text, TextKind};

/// The records of a TPM that nobody has.
pub fn synthetic_tpm(seed: &str) -> [HashRecord; 3] {
    let block = |at: u8| sha_256(&[&[at], seed.as_bytes()].concat());
    let mut modulus: Vec<u8> = (0..8).flat_map(block).collect();
    // As every modulus of its size: the highest bit is set, and it is odd.
    modulus[0] |= 0x80;
    modulus[255] |= 1;
    let id = Hexadecimal(sha_256(&modulus).to_vec());
    let description = "TPM-Version:2.0 -Level:0-Revision:1.38-VendorID:'TEST'-Firmware:65536.0";
    [
        HashRecord::OfflineDeviceId(OfflineDeviceId { spare: 0, kind: TPM_ENDORSEMENT_KEY, id }),
        HashRecord::Text(Text::new(TextKind::Tpm, description)),
        HashRecord::EndorsementKey { modulus: Hexadecimal(modulus) },
    ]
}
