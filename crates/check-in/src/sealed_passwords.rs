//! Passwords on their way to a device: sealed to a key that the device made for one request, and keeps in memory only.
//!
//! X25519 with a key of the sender's for this message alone, HKDF-SHA256, AES-256-GCM. The key that is derived serves one message,
//! so its nonce may be zero. Both public keys and the place of the message (tenant and device, action, version) are part of what
//! the key is derived from: at any other place it does not open.

use std::fmt;

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::agreement::{EphemeralPrivateKey, UnparsedPublicKey, X25519, agree_ephemeral};
use aws_lc_rs::hkdf::{HKDF_SHA256, Salt};
use aws_lc_rs::rand::SystemRandom;
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::password_action::PasswordAction;

/// What keeps keys of this purpose apart from all others.
const LABEL: &[u8] = b"muster BIOS passwords 1";
/// The bytes of a public key.
const PUBLIC_KEY_BYTES: usize = 32;
/// The most bytes of a sealed message: two passwords.
const SEALED_BYTES_MAX: usize = 4 << 10;

/// Passwords as they travel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SealedPasswords {
    /// The public key of the sender, made for this message.
    pub key: String,
    /// The passwords, encrypted, in Base64.
    pub ciphertext: String,
}

/// Passwords in plain. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Passwords {
    /// The one that opens the firmware; none if none does.
    pub current: Option<Zeroizing<String>>,
    /// The one that is to take its place.
    pub staged: Option<Zeroizing<String>>,
}

impl fmt::Debug for Passwords {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passwords(***)")
    }
}

/// The place of a message: what it is for, and for whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SealingPlace<'p> {
    /// The name of the device's key, which has the tenant and the device.
    pub key_id: &'p str,
    /// What is to be done.
    pub action: PasswordAction,
    /// The version of the passwords.
    pub version: i64,
}

/// Why passwords cannot be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealingFault {
    /// The key is none.
    #[error("it is no key for passwords")]
    Key,
    /// The message was made for another key or place, or was changed.
    #[error("the passwords were not sealed for this request")]
    Other,
    /// The system gave no randomness.
    #[error("no key can be made")]
    Unmade,
}

/// The private key of one request.
pub struct PasswordKey {
    private: EphemeralPrivateKey,
    public: String,
}

impl PasswordKey {
    /// Makes a key.
    pub fn generate() -> Result<PasswordKey, SealingFault> {
        let private = EphemeralPrivateKey::generate(&X25519, &SystemRandom::new());
        let private = private.map_err(|_| SealingFault::Unmade)?;
        let public = private.compute_public_key().map_err(|_| SealingFault::Unmade)?;
        let public = BASE64URL_NOPAD.encode(public.as_ref());
        Ok(PasswordKey { private, public })
    }

    /// The public half, as a request has it.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// Opens what was sealed to this key. It opens one message.
    pub fn open(self, place: SealingPlace<'_>, sealed: &SealedPasswords) -> Result<Passwords, SealingFault> {
        let theirs = read_key(&sealed.key)?;
        let ours = read_key(&self.public)?;
        let mut text = BASE64URL_NOPAD
            .decode(sealed.ciphertext.as_bytes())
            .ok()
            .filter(|bytes| bytes.len() <= SEALED_BYTES_MAX)
            .map(Zeroizing::new)
            .ok_or(SealingFault::Other)?;
        let cipher = cipher(self.private, &theirs, &information(place, &theirs, &ours))?;
        let plain =
            cipher.open_in_place(nonce(), Aad::empty(), &mut text).map_err(|_| SealingFault::Other)?;
        Passwords::read(plain).ok_or(SealingFault::Other)
    }
}

impl SealedPasswords {
    /// Seals passwords to the public key of a request.
    pub fn seal(
        public_key: &str,
        place: SealingPlace<'_>,
        passwords: &Passwords,
    ) -> Result<SealedPasswords, SealingFault> {
        let theirs = read_key(public_key)?;
        let PasswordKey { private, public } = PasswordKey::generate()?;
        let ours = read_key(&public)?;
        let cipher = cipher(private, &theirs, &information(place, &ours, &theirs))?;
        let mut text = passwords.write();
        cipher
            .seal_in_place_append_tag(nonce(), Aad::empty(), &mut *text)
            .map_err(|_| SealingFault::Unmade)?;
        Ok(SealedPasswords { key: public, ciphertext: BASE64URL_NOPAD.encode(&text) })
    }
}

impl Passwords {
    /// Both, each led by whether it is there and its length.
    fn write(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it and the tag, so that nothing is moved and left behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(SEALED_BYTES_MAX));
        for password in [&self.current, &self.staged] {
            bytes.push(u8::from(password.is_some()));
            let text = password.as_ref().map_or("", |password| password.as_str());
            bytes.extend_from_slice(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        bytes
    }

    fn read(mut bytes: &[u8]) -> Option<Passwords> {
        let mut next = || {
            let (head, rest) = bytes.split_first_chunk::<3>()?;
            let (text, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([head[1], head[2]])))?;
            bytes = rest;
            let text = Zeroizing::new(std::str::from_utf8(text).ok()?.to_owned());
            Some((head[0] == 1).then_some(text))
        };
        let (current, staged) = (next()?, next()?);
        bytes.is_empty().then_some(Passwords { current, staged })
    }
}

/// Whether a text is a public key that can be sealed to.
pub fn is_password_key(text: &str) -> bool {
    read_key(text).is_ok()
}

fn read_key(text: &str) -> Result<[u8; PUBLIC_KEY_BYTES], SealingFault> {
    let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| SealingFault::Key)?;
    <[u8; PUBLIC_KEY_BYTES]>::try_from(bytes).map_err(|_| SealingFault::Key)
}

/// What the key of a message is derived from beside the secret: each part led by its length.
fn information(place: SealingPlace<'_>, sender: &[u8], receiver: &[u8]) -> Vec<u8> {
    let version = place.version.to_be_bytes();
    let parts = [place.key_id.as_bytes(), place.action.name().as_bytes(), &version, sender, receiver];
    let mut information = Vec::new();
    for part in parts {
        information.extend_from_slice(&(part.len() as u64).to_be_bytes());
        information.extend_from_slice(part);
    }
    information
}

fn cipher(
    private: EphemeralPrivateKey,
    public: &[u8],
    information: &[u8],
) -> Result<LessSafeKey, SealingFault> {
    agree_ephemeral(private, UnparsedPublicKey::new(&X25519, public), SealingFault::Key, |secret| {
        let derived = Salt::new(HKDF_SHA256, LABEL).extract(secret);
        let information = [information];
        let key = derived.expand(&information, &AES_256_GCM).map_err(|_| SealingFault::Unmade)?;
        Ok(LessSafeKey::new(UnboundKey::from(key)))
    })
}

/// The nonce of a key that serves one message.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; NONCE_LEN])
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::{PasswordKey, Passwords, SealedPasswords, SealingFault, SealingPlace, is_password_key};
    use crate::password_action::PasswordAction;

    const PLACE: SealingPlace<'_> =
        SealingPlace { key_id: "tenant/device", action: PasswordAction::Set, version: 7 };

    fn passwords(current: Option<&str>, staged: Option<&str>) -> Passwords {
        let own = |text: Option<&str>| text.map(|text| Zeroizing::new(text.to_owned()));
        Passwords { current: own(current), staged: own(staged) }
    }

    #[test]
    fn what_is_sealed_opens_with_the_key_of_its_request_once() {
        for passwords in [
            passwords(None, None),
            passwords(Some("old"), None),
            passwords(None, Some("new")),
            passwords(Some(""), Some(&"ü".repeat(256))),
        ] {
            let key = PasswordKey::generate().unwrap();
            let sealed = SealedPasswords::seal(key.public(), PLACE, &passwords).unwrap();
            assert!(key.open(PLACE, &sealed).unwrap() == passwords);
        }
        assert_eq!(format!("{:?}", passwords(Some("old"), None)), "Passwords(***)");
    }

    #[test]
    fn it_opens_with_no_other_key_and_at_no_other_place() {
        let sealed_to = |key: &PasswordKey| {
            SealedPasswords::seal(key.public(), PLACE, &passwords(Some("old"), Some("new"))).unwrap()
        };
        for place in [
            SealingPlace { key_id: "tenant/other", ..PLACE },
            SealingPlace { action: PasswordAction::Clear, ..PLACE },
            SealingPlace { version: 8, ..PLACE },
        ] {
            let key = PasswordKey::generate().unwrap();
            let sealed = sealed_to(&key);
            assert_eq!(key.open(place, &sealed).err(), Some(SealingFault::Other), "{place:?}");
        }
        let (key, other) = (PasswordKey::generate().unwrap(), PasswordKey::generate().unwrap());
        let sealed = sealed_to(&key);
        assert_eq!(other.open(PLACE, &sealed).err(), Some(SealingFault::Other));
        let changed = SealedPasswords { ciphertext: sealed.ciphertext.to_lowercase(), ..sealed };
        assert_eq!(key.open(PLACE, &changed).err(), Some(SealingFault::Other));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "x", "AAAA"] {
            assert!(!is_password_key(text));
            let sealed = SealedPasswords::seal(text, PLACE, &passwords(None, None));
            assert_eq!(sealed.err(), Some(SealingFault::Key), "{text}");
        }
        // The zero point agrees on nothing that is secret.
        let zero = "A".repeat(43);
        assert!(SealedPasswords::seal(&zero, PLACE, &passwords(None, None)).is_err());
    }
}
