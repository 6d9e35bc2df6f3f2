//! Hashes travel as Base64 with padding; devices like to emit it without, and that is worth a message of its own.

use data_encoding::{BASE64, BASE64_NOPAD, DecodeError, DecodeKind};

/// Why a text is not the Base64 of a hash.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Base64Fault {
    /// The text would be Base64 with this padding at its end.
    #[error("the Base64 text has {length} characters and lacks the padding '{padding}' at its end")]
    Unpadded {
        /// The length of the text in characters.
        length: usize,
        /// The padding that is missing.
        padding: &'static str,
    },
    /// A character that Base64 does not have.
    #[error("character {position} is {character:?}, which Base64 does not have")]
    Character {
        /// The position, counted from 1.
        position: usize,
        /// The character itself.
        character: char,
    },
    /// The text is Base64 neither with nor without padding.
    #[error("the Base64 text is cut or damaged near character {position} of {length}")]
    Damaged {
        /// The position, counted from 1.
        position: usize,
        /// The length of the text in bytes.
        length: usize,
    },
}

/// The bytes of a padded Base64 text.
pub fn from_base64(text: &str) -> Result<Vec<u8>, Base64Fault> {
    BASE64.decode(text.as_bytes()).map_err(|error| fault(text, error))
}

/// The padded Base64 text of bytes.
pub fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

fn fault(text: &str, error: DecodeError) -> Base64Fault {
    let strange = |character: &char| !(character.is_ascii_alphanumeric() || "+/=".contains(*character));
    if let Some((at, character)) = text.chars().enumerate().find(|(_, character)| strange(character)) {
        return Base64Fault::Character { position: at + 1, character };
    }
    let length = text.len();
    let error = match error.kind {
        DecodeKind::Length => match BASE64_NOPAD.decode(text.as_bytes()) {
            Ok(_) => {
                return Base64Fault::Unpadded { length, padding: if length % 4 == 2 { "==" } else { "=" } };
            }
            Err(error) => error,
        },
        _ => error,
    };
    Base64Fault::Damaged { position: error.position + 1, length }
}
