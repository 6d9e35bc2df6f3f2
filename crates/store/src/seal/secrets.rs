//! The sealed form of an entity's secrets: written by `seal`, read by `open`.
//!
//! ```text
//! format (1) · version of the data key (4) · number of secrets (2)
//! then for each secret, by ascending slot: slot (2) · nonce (12) · length (4) · ciphertext and tag (length)
//! ```
//! Numbers are big-endian. The number of secrets is part of the associated data, so that none can be cut away.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce};
use zeroize::Zeroizing;

use super::data_key::DataKey;
use super::error::SealError;
use super::keyring::Keyring;
use super::owner::SecretOwner;
use super::receipt::Receipt;

/// The first byte of a sealed value, for the day the format changes.
const FORMAT: u8 = 1;
/// The beginning of the associated data of secrets, which keeps it apart from that of wrapped keys.
const LABEL: &[u8] = b"muster secret";
/// The largest number of secrets of one entity.
const SECRETS_MAX: usize = 256;
/// The largest length of one secret, in bytes of JSON text.
const SECRET_LENGTH_MAX: usize = 1 << 20;

/// A secret property of an entity, about to be sealed.
#[derive(Clone, Copy)]
pub struct Secret<'a> {
    /// The property's slot.
    pub slot: u16,
    /// The property's name.
    pub name: &'a str,
    /// The property's value as JSON text.
    pub plain: &'a [u8],
}

impl fmt::Debug for Secret<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Secret({}, ***)", self.name)
    }
}

/// A secret property's value, opened. Wiped from memory when dropped.
pub struct OpenedSecret {
    /// The property's slot.
    pub slot: u16,
    /// The property's value as JSON text.
    pub plain: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for OpenedSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "OpenedSecret(slot {}, ***)", self.slot)
    }
}

impl Keyring {
    /// Seals the secrets of one entity; None if it has none.
    pub fn seal(
        data_key: &DataKey,
        owner: SecretOwner<'_>,
        secrets: &[Secret<'_>],
    ) -> Result<Option<Vec<u8>>, SealError> {
        if secrets.is_empty() {
            return Ok(None);
        }
        let count = u16::try_from(secrets.len())
            .ok()
            .filter(|_| secrets.len() <= SECRETS_MAX)
            .ok_or_else(|| too_large(owner, "256 secrets of an entity"))?;
        let mut ordered = secrets.to_vec();
        ordered.sort_by_key(|secret| secret.slot);
        if !ordered.is_sorted_by(|before, after| before.slot < after.slot) {
            return Err(too_large(owner, "one value for each property"));
        }
        let header = SealedHeader { version: data_key.version(), count };
        let mut sealed = header.write();
        for secret in ordered {
            seal_one(data_key, owner, header, secret, &mut sealed)?;
        }
        Ok(Some(sealed))
    }

    /// Opens the secrets of one entity, by ascending slot. `names` gives the name of the property in a slot.
    pub fn open<'n>(
        data_key: &DataKey,
        owner: SecretOwner<'_>,
        sealed: &[u8],
        names: impl Fn(u16) -> Option<&'n str>,
        receipt: &Receipt,
    ) -> Result<Vec<OpenedSecret>, SealError> {
        if !receipt.covers(owner) {
            return Err(SealError::NoReceipt { set: owner.set.into(), key: owner.key.clone() });
        }
        Keyring::unseal(data_key, owner, sealed, names)
    }

    /// Opens without a receipt, for [`crate::Store`] to seal anew what an update carries over. Nothing that is opened
    /// so leaves this crate.
    pub(crate) fn unseal<'n>(
        data_key: &DataKey,
        owner: SecretOwner<'_>,
        sealed: &[u8],
        names: impl Fn(u16) -> Option<&'n str>,
    ) -> Result<Vec<OpenedSecret>, SealError> {
        let mut reader = SealedBytes(sealed);
        let header = SealedHeader::read(&mut reader).ok_or_else(|| damaged(owner))?;
        if header.version != data_key.version() {
            let (set, key) = (owner.set.into(), owner.key.clone());
            return Err(SealError::NoSuchVersion { set, key, version: header.version });
        }
        let mut opened: Vec<OpenedSecret> = Vec::with_capacity(usize::from(header.count));
        for _ in 0..header.count {
            let secret = SealedSecret::read(&mut reader).ok_or_else(|| damaged(owner))?;
            // Ascending slots: otherwise one secret, repeated, could stand in for another that was cut away.
            let ascends = opened.last().is_none_or(|before| before.slot < secret.slot);
            let name = names(secret.slot).filter(|_| ascends).ok_or_else(|| damaged(owner))?;
            let plain = open_one(data_key, owner, header, name, &secret)?;
            opened.push(OpenedSecret { slot: secret.slot, plain });
        }
        if reader.0.is_empty() { Ok(opened) } else { Err(damaged(owner)) }
    }
}

/// The slots of an entity's sealed secrets; None if the bytes never were such.
pub(crate) fn sealed_slots(sealed: &[u8]) -> Option<Vec<u16>> {
    let mut reader = SealedBytes(sealed);
    let header = SealedHeader::read(&mut reader)?;
    (0..header.count).map(|_| Some(SealedSecret::read(&mut reader)?.slot)).collect()
}

/// The version of the data key that sealed an entity's secrets; None if the bytes never were such.
pub(crate) fn sealed_version(sealed: &[u8]) -> Option<u32> {
    SealedHeader::read(&mut SealedBytes(sealed)).map(|header| header.version)
}

fn seal_one(
    data_key: &DataKey,
    owner: SecretOwner<'_>,
    header: SealedHeader,
    secret: Secret<'_>,
    sealed: &mut Vec<u8>,
) -> Result<(), SealError> {
    if secret.plain.len() > SECRET_LENGTH_MAX {
        return Err(too_large(owner, "1 MiB of JSON text in a secret"));
    }
    // Room for the tag, so that appending it does not move the plain text and leave a copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(secret.plain.len() + AES_256_GCM.tag_len()));
    text.extend_from_slice(secret.plain);
    let nonce = data_key
        .cipher()
        .seal_in_place_append_tag(Aad::from(associated_data(owner, header, secret.name)), &mut *text)
        .map_err(|_| SealError::Cipher)?;
    let length = u32::try_from(text.len()).map_err(|_| SealError::Cipher)?;
    sealed.extend_from_slice(&secret.slot.to_be_bytes());
    sealed.extend_from_slice(nonce.as_ref());
    sealed.extend_from_slice(&length.to_be_bytes());
    sealed.extend_from_slice(&text);
    Ok(())
}

fn open_one(
    data_key: &DataKey,
    owner: SecretOwner<'_>,
    header: SealedHeader,
    name: &str,
    secret: &SealedSecret<'_>,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let mut text = Zeroizing::new(secret.ciphertext.to_vec());
    let nonce = Nonce::assume_unique_for_key(secret.nonce);
    let plain_length = data_key
        .cipher()
        .open_in_place(nonce, Aad::from(associated_data(owner, header, name)), &mut text)
        .map(|plain| plain.len())
        .map_err(|_| damaged(owner))?;
    text.truncate(plain_length);
    Ok(text)
}

/// The associated data that ties a secret to its owner. Every part of variable length is preceded by its length, so that
/// no two owners agree.
fn associated_data(owner: SecretOwner<'_>, header: SealedHeader, name: &str) -> Vec<u8> {
    let mut data = LABEL.to_vec();
    data.extend_from_slice(&header.write());
    data.extend_from_slice(owner.tenant.as_bytes());
    for part in [owner.set.as_bytes(), &owner.key.to_bytes(), name.as_bytes()] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}

#[derive(Clone, Copy)]
struct SealedHeader {
    version: u32,
    count: u16,
}

impl SealedHeader {
    fn write(self) -> Vec<u8> {
        [&[FORMAT], self.version.to_be_bytes().as_slice(), &self.count.to_be_bytes()].concat()
    }

    fn read(reader: &mut SealedBytes<'_>) -> Option<SealedHeader> {
        let [FORMAT] = reader.array()? else { return None };
        let version = u32::from_be_bytes(reader.array()?);
        let count = u16::from_be_bytes(reader.array()?);
        (1..=SECRETS_MAX).contains(&usize::from(count)).then_some(SealedHeader { version, count })
    }
}

struct SealedSecret<'a> {
    slot: u16,
    nonce: [u8; NONCE_LEN],
    ciphertext: &'a [u8],
}

impl<'a> SealedSecret<'a> {
    fn read(reader: &mut SealedBytes<'a>) -> Option<SealedSecret<'a>> {
        let slot = u16::from_be_bytes(reader.array()?);
        let nonce = reader.array()?;
        let length = usize::try_from(u32::from_be_bytes(reader.array()?)).ok()?;
        Some(SealedSecret { slot, nonce, ciphertext: reader.slice(length)? })
    }
}

/// The sealed bytes that are left to read.
struct SealedBytes<'a>(&'a [u8]);

impl<'a> SealedBytes<'a> {
    fn array<const LENGTH: usize>(&mut self) -> Option<[u8; LENGTH]> {
        let (array, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*array)
    }

    fn slice(&mut self, length: usize) -> Option<&'a [u8]> {
        let (slice, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(slice)
    }
}

fn damaged(owner: SecretOwner<'_>) -> SealError {
    SealError::Damaged { set: owner.set.into(), key: owner.key.clone() }
}

fn too_large(owner: SecretOwner<'_>, limit: &'static str) -> SealError {
    SealError::TooLarge { set: owner.set.into(), key: owner.key.clone(), limit }
}

#[cfg(test)]
mod tests;
