//! A key-encryption key whose bytes are here: from a file, the environment or a credential.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{hmac, rand};
use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::error::SealError;

/// The length of AES-256 keys, in bytes.
pub(super) const KEY_LENGTH: usize = 32;

/// The bytes of a key. Wiped from memory when dropped.
#[derive(Clone)]
pub(super) struct LocalKey(Zeroizing<[u8; KEY_LENGTH]>);

impl LocalKey {
    /// A key from its bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<LocalKey, SealError> {
        // Copied into owner instead of converted, so that no second array is left behind unwiped.
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if bytes.len() != KEY_LENGTH {
            return Err(SealError::NotAKey);
        }
        key.copy_from_slice(bytes);
        Ok(LocalKey(key))
    }

    /// A key from its text: standard base64 or hexadecimal digits, with white space around it.
    pub fn parse(text: &str) -> Result<LocalKey, SealError> {
        let text = text.trim();
        let bytes = match text.len() {
            length if length == 2 * KEY_LENGTH => from_hex(text),
            _ => BASE64.decode(text.as_bytes()).map(Zeroizing::new).ok(),
        };
        LocalKey::from_bytes(&bytes.ok_or(SealError::NotAKey)?)
    }

    /// A new random key.
    pub fn generate() -> Result<LocalKey, SealError> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        rand::fill(key.as_mut_slice()).map_err(|_| SealError::Cipher)?;
        Ok(LocalKey(key))
    }

    pub fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// A digest that nobody can make without the key, and that tells nothing of it.
    pub fn digest(&self) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.bytes()), b"muster: fingerprint of a key")
    }

    /// Seals a data key: nonce, ciphertext and tag.
    pub fn wrap(&self, plain: &[u8], associated_data: &[u8]) -> Result<Vec<u8>, SealError> {
        // Room for the tag, so that appending it does not move the key and leave a copy behind.
        let mut key = Zeroizing::new(Vec::with_capacity(plain.len() + AES_256_GCM.tag_len()));
        key.extend_from_slice(plain);
        let nonce = self.cipher()?.seal_in_place_append_tag(Aad::from(associated_data), &mut *key);
        Ok([nonce.map_err(|_| SealError::Cipher)?.as_ref().as_slice(), key.as_slice()].concat())
    }

    /// Opens what [`wrap`](LocalKey::wrap) sealed; none if it was sealed by another key, for something else, or is damaged.
    pub fn unwrap(&self, wrapped: &[u8], associated_data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (nonce, sealed) = wrapped.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut key = Zeroizing::new(sealed.to_vec());
        let length = {
            let plain = self.cipher().ok()?.open_in_place(nonce, Aad::from(associated_data), &mut key);
            plain.ok()?.len()
        };
        key.truncate(length);
        Some(key)
    }

    fn cipher(&self) -> Result<RandomizedNonceKey, SealError> {
        RandomizedNonceKey::new(&AES_256_GCM, self.bytes()).map_err(|_| SealError::Cipher)
    }
}

fn from_hex(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let mut bytes = Zeroizing::new(Vec::with_capacity(KEY_LENGTH));
    let (pairs, _) = text.as_bytes().as_chunks::<2>();
    for [high, low] in pairs {
        bytes.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{LocalKey, SealError};

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn a_key_is_read_from_base64_and_hexadecimal() {
        let expected: Vec<u8> = (0..32).collect();
        for text in [HEX, BASE64, " \t AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n"] {
            let key = LocalKey::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(key.bytes(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let ü = "ü".repeat(32);
        let cases = ["", "secret", &HEX[1..], &format!("{HEX}0"), &BASE64[..43], &BASE64[4..], &ü];
        for text in cases.into_iter().chain(["g".repeat(64).as_str(), "AAAA".repeat(12).as_str()]) {
            assert_eq!(LocalKey::parse(text).err(), Some(SealError::NotAKey), "{text:?}");
        }
        assert_eq!(LocalKey::from_bytes(&[7; 31]).err(), Some(SealError::NotAKey));
    }

    #[test]
    fn a_generated_key_is_not_another_one() {
        assert_ne!(LocalKey::generate().unwrap().bytes(), LocalKey::generate().unwrap().bytes());
    }
}
