//! A claim of the ledger: a tenant's device that goes by a digest. The entry of a digest is the list of its claims.

use engine::Error;
use odata::Key;
use uuid::Uuid;

/// A tenant's device that goes by a digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::autopilot) struct HardwareClaim {
    pub(in crate::autopilot) tenant: Uuid,
    pub(in crate::autopilot) device: Key,
    /// The identifying parts that are known of the device, a bit for each.
    pub(super) known_parts: u8,
}

impl HardwareClaim {
    /// Appends the claim to an entry: tenant, known parts, length of the device's key, key.
    pub(super) fn write(&self, entry: &mut Vec<u8>) -> Result<(), Error> {
        let device = self.device.to_bytes();
        let length =
            u8::try_from(device.len()).map_err(|_| Error::defect("a device's key is too long to claim"))?;
        entry.extend_from_slice(self.tenant.as_bytes());
        entry.push(self.known_parts);
        entry.push(length);
        entry.extend_from_slice(&device);
        Ok(())
    }

    fn read(bytes: &mut &[u8]) -> Option<HardwareClaim> {
        let (tenant, rest) = bytes.split_first_chunk::<16>()?;
        let ([known_parts, length], rest) = rest.split_first_chunk::<2>()?;
        let (device, rest) = rest.split_at_checked(usize::from(*length))?;
        *bytes = rest;
        let (tenant, device) = (Uuid::from_bytes(*tenant), Key::from_bytes(device)?);
        Some(HardwareClaim { tenant, device, known_parts: *known_parts })
    }

    /// Whether the claim is that of this device.
    pub(in crate::autopilot) fn is_of(&self, tenant: Uuid, device: &Key) -> bool {
        self.tenant == tenant && self.device == *device
    }
}

/// The claims of an entry.
pub(super) fn read_claims(mut bytes: &[u8]) -> Result<Vec<HardwareClaim>, Error> {
    let mut claims = Vec::new();
    while !bytes.is_empty() {
        claims.push(HardwareClaim::read(&mut bytes).ok_or_else(damaged)?);
    }
    Ok(claims)
}

/// The error of an entry that cannot be read.
pub(super) fn damaged() -> Error {
    store::ReadError::Corrupt("an entry of the ledger of devices".to_owned()).into()
}

#[cfg(test)]
mod tests {
    use super::{HardwareClaim, read_claims};
    use odata::Key;
    use uuid::Uuid;

    #[test]
    fn claims_are_read_as_they_were_written() {
        let claim = |device, known_parts| HardwareClaim { tenant: Uuid::from_u128(7), device, known_parts };
        let all = [claim(Key::new(), 5), claim(Key::parse("not a guid"), 0)];
        let mut bytes = Vec::new();
        all.iter().for_each(|claim| claim.write(&mut bytes).unwrap());
        assert_eq!(read_claims(&bytes).unwrap(), all);
        for cut in 1..bytes.len() {
            let read = read_claims(&bytes[..cut]);
            assert!(read.map_or(true, |read| read == all[..1]), "cut at {cut}");
        }
    }

    #[test]
    fn a_key_that_is_too_long_is_not_cut() {
        let claim =
            HardwareClaim { tenant: Uuid::nil(), device: Key::parse(&"k".repeat(300)), known_parts: 0 };
        let mut bytes = Vec::new();
        claim.write(&mut bytes).unwrap_err();
        assert!(bytes.is_empty());
    }

    /// Entries are rows of the database: an earlier Muster's must be read by a later one.
    #[test]
    fn stored_claims_keep_their_form() {
        let device = Key::parse("00112233-4455-6677-8899-aabbccddeeff");
        let claim = HardwareClaim { tenant: Uuid::from_bytes([7; 16]), device, known_parts: 5 };
        let mut bytes = Vec::new();
        claim.write(&mut bytes).unwrap();
        let key = claim.device.to_bytes();
        let stored = [&[7; 16][..], &[5, u8::try_from(key.len()).unwrap()], &key].concat();
        assert_eq!(bytes, stored);
    }
}
