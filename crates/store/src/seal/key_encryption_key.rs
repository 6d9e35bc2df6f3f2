//! The key-encryption key: comes from outside (a file, the environment, a credential), never from the database.

use std::fmt;

use aws_lc_rs::rand;
use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::error::SealError;

/// The length of AES-256 keys, in bytes.
pub(super) const KEY_LENGTH: usize = 32;

/// The key that wraps the data keys. Wiped from memory when dropped.
#[derive(Clone)]
pub struct KeyEncryptionKey(Zeroizing<[u8; KEY_LENGTH]>);

impl KeyEncryptionKey {
    /// A key from its 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<KeyEncryptionKey, SealError> {
        // Copied into owner instead of converted, so that no second array is left behind unwiped.
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        if bytes.len() != KEY_LENGTH {
            return Err(SealError::NotAKey);
        }
        key.copy_from_slice(bytes);
        Ok(KeyEncryptionKey(key))
    }

    /// A key from its text: standard base64 or 64 hexadecimal digits; white space around it is ignored, because
    /// files end with a line feed.
    pub fn parse(text: &str) -> Result<KeyEncryptionKey, SealError> {
        let text = text.trim();
        let bytes = match text.len() {
            length if length == 2 * KEY_LENGTH => from_hex(text),
            _ => BASE64.decode(text.as_bytes()).map(Zeroizing::new).ok(),
        };
        KeyEncryptionKey::from_bytes(&bytes.ok_or(SealError::NotAKey)?)
    }

    /// A new random key.
    pub fn generate() -> Result<KeyEncryptionKey, SealError> {
        let mut key = Zeroizing::new([0; KEY_LENGTH]);
        rand::fill(key.as_mut_slice()).map_err(|_| SealError::Cipher)?;
        Ok(KeyEncryptionKey(key))
    }

    /// The key's text, as [`KeyEncryptionKey::parse`] reads it: for the file a generated key is kept in.
    pub fn to_base64(&self) -> Zeroizing<String> {
        Zeroizing::new(BASE64.encode(self.0.as_slice()))
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl fmt::Debug for KeyEncryptionKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("KeyEncryptionKey(***)")
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
    use super::{KeyEncryptionKey, SealError};

    const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
    const BASE64: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    #[test]
    fn a_key_is_read_from_base64_and_hexadecimal() {
        let expected: Vec<u8> = (0..32).collect();
        for text in [HEX, BASE64, " \t AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\r\n"] {
            let key = KeyEncryptionKey::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(key.bytes(), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        let ü = "ü".repeat(32);
        let cases = ["", "secret", &HEX[1..], &format!("{HEX}0"), &BASE64[..43], &BASE64[4..], &ü];
        for text in cases.into_iter().chain(["g".repeat(64).as_str(), "AAAA".repeat(12).as_str()]) {
            assert_eq!(KeyEncryptionKey::parse(text).err(), Some(SealError::NotAKey), "{text:?}");
        }
        assert_eq!(KeyEncryptionKey::from_bytes(&[7; 31]).err(), Some(SealError::NotAKey));
    }

    #[test]
    fn a_generated_key_survives_its_text_and_is_not_another_one() {
        let key = KeyEncryptionKey::generate().unwrap();
        let read = KeyEncryptionKey::parse(&key.to_base64()).unwrap();
        assert_eq!(key.bytes(), read.bytes());
        assert_ne!(key.bytes(), KeyEncryptionKey::generate().unwrap().bytes());
    }

    #[test]
    fn debug_shows_stars() {
        let key = KeyEncryptionKey::parse(HEX).unwrap();
        assert_eq!(format!("{key:?}"), "KeyEncryptionKey(***)");
    }
}
