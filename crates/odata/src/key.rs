//! Entity keys: the one string property `id`, nearly always a GUID, kept as 17 bytes instead of 36 letters.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// The key of an entity within its tenant and set.
///
/// Ordered as its bytes are: GUIDs by their value (version 7: by age), before any other text.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(KeyForm);

#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum KeyForm {
    Guid(Uuid),
    Text(Box<str>),
}

const GUID_TAG: u8 = 1;
const TEXT_TAG: u8 = 2;

impl Key {
    /// A new key of ours: a version 7 UUID, so that keys ascend as entities are created.
    pub fn new() -> Key {
        Key(KeyForm::Guid(Uuid::now_v7()))
    }

    /// The key that a text spells. Only a GUID in canonical lower-case form is kept as one, so that every text
    /// comes back as it was; upper-case GUIDs are the same key as lower-case ones.
    pub fn parse(text: &str) -> Key {
        match Uuid::try_parse(text) {
            Ok(uuid) if text.len() == uuid::fmt::Hyphenated::LENGTH => Key(KeyForm::Guid(uuid)),
            _ => Key(KeyForm::Text(text.into())),
        }
    }

    /// The GUID, if the key is one.
    pub fn guid(&self) -> Option<Uuid> {
        match &self.0 {
            KeyForm::Guid(uuid) => Some(*uuid),
            KeyForm::Text(_) => None,
        }
    }

    /// The stored form: a tag, then the GUID's 16 bytes or the text.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.0 {
            KeyForm::Guid(uuid) => [&[GUID_TAG], uuid.as_bytes().as_slice()].concat(),
            KeyForm::Text(text) => [&[TEXT_TAG], text.as_bytes()].concat(),
        }
    }

    /// Reads the stored form; None if the bytes never were one.
    pub fn from_bytes(bytes: &[u8]) -> Option<Key> {
        match bytes.split_first()? {
            (&GUID_TAG, rest) => Uuid::from_slice(rest).ok().map(Key::from),
            (&TEXT_TAG, rest) => std::str::from_utf8(rest).ok().map(|text| Key(KeyForm::Text(text.into()))),
            _ => None,
        }
    }
}

impl Default for Key {
    fn default() -> Key {
        Key::new()
    }
}

impl From<Uuid> for Key {
    fn from(uuid: Uuid) -> Key {
        Key(KeyForm::Guid(uuid))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Key, D::Error> {
        Cow::<str>::deserialize(deserializer).map(|text| Key::parse(&text))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            KeyForm::Guid(uuid) => uuid.hyphenated().fmt(formatter),
            KeyForm::Text(text) => formatter.write_str(text),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Key({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn every_text_survives_storage() {
        for text in ["0198c7e2-7c1e-7000-8000-000000000001", "0", "a_b_0", "", "ü/'", "{0198c7e2}"] {
            let key = Key::parse(text);
            assert_eq!(key.to_string(), text);
            assert_eq!(Key::from_bytes(&key.to_bytes()), Some(key));
        }
    }

    #[test]
    fn keys_of_ours_ascend() {
        let keys: Vec<Key> = (0..100).map(|_| Key::new()).collect();
        assert!(keys.is_sorted());
        assert!(keys.windows(2).all(|pair| pair[0].to_bytes() < pair[1].to_bytes()));
    }
}
