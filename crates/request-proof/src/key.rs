//! The key of a client: made by it on P-256, and told to the server as a JWK.

use std::fmt;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, ParsedPublicKey,
};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The bytes of a point: a tag, and two coordinates of 32 bytes.
const POINT_BYTES: usize = 65;
const COORDINATE_BYTES: usize = 32;
/// The tag of a point with both coordinates.
const UNCOMPRESSED: u8 = 4;

/// Why a key cannot be made, read or used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The bytes are no key of this kind.
    #[error("it is no key on P-256")]
    Unreadable,
    /// The system gave no randomness, or refused the key.
    #[error("no key can be made")]
    Unmade,
}

/// A private key. It is shown to nobody, and its file is the client's own.
pub struct PrivateKey(EcdsaKeyPair);

impl PrivateKey {
    /// Makes a new key.
    pub fn generate() -> Result<PrivateKey, KeyFault> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map(PrivateKey).map_err(|_| KeyFault::Unmade)
    }

    /// Reads a key as [`PrivateKey::to_pkcs8`] wrote it.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<PrivateKey, KeyFault> {
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, bytes)
            .map(PrivateKey)
            .map_err(|_| KeyFault::Unreadable)
    }

    /// The key as it is kept (PKCS #8, DER).
    pub fn to_pkcs8(&self) -> Result<Zeroizing<Vec<u8>>, KeyFault> {
        let document = self.0.to_pkcs8v1().map_err(|_| KeyFault::Unmade)?;
        Ok(Zeroizing::new(document.as_ref().to_vec()))
    }

    /// The public half.
    pub fn public_key(&self) -> Result<PublicKey, KeyFault> {
        PublicKey::from_point(self.0.public_key().as_ref())
    }

    pub(crate) fn sign(&self, content: &[u8]) -> Result<Vec<u8>, KeyFault> {
        let signature = self.0.sign(&SystemRandom::new(), content).map_err(|_| KeyFault::Unmade)?;
        Ok(signature.as_ref().to_vec())
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("PrivateKey(***)")
    }
}

/// A public key, ready to verify with.
#[derive(Clone)]
pub struct PublicKey {
    point: [u8; POINT_BYTES],
    parsed: ParsedPublicKey,
}

/// A public key as a JWK (RFC 7518, 6.2.1).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
}

impl PublicKey {
    fn from_point(point: &[u8]) -> Result<PublicKey, KeyFault> {
        let point = <[u8; POINT_BYTES]>::try_from(point).map_err(|_| KeyFault::Unreadable)?;
        if point[0] != UNCOMPRESSED {
            return Err(KeyFault::Unreadable);
        }
        let parsed = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
        Ok(PublicKey { point, parsed: parsed.map_err(|_| KeyFault::Unreadable)? })
    }

    /// Reads a key as [`PublicKey::to_text`] wrote it.
    pub fn from_text(text: &str) -> Result<PublicKey, KeyFault> {
        PublicKey::from_point(&BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| KeyFault::Unreadable)?)
    }

    /// The point that the key is.
    pub fn point(&self) -> &[u8] {
        &self.point
    }

    /// The key as it is kept: its point in Base64. Two keys are one if these texts are equal.
    pub fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.point)
    }

    pub(crate) fn to_jwk(&self) -> Jwk {
        let (x, y) = self.point[1..].split_at(COORDINATE_BYTES);
        let [x, y] = [x, y].map(|coordinate| BASE64URL_NOPAD.encode(coordinate));
        Jwk { kty: "EC".to_owned(), crv: "P-256".to_owned(), x, y }
    }

    pub(crate) fn from_jwk(jwk: &Jwk) -> Result<PublicKey, KeyFault> {
        if jwk.kty != "EC" || jwk.crv != "P-256" {
            return Err(KeyFault::Unreadable);
        }
        let coordinate = |text: &str| {
            let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
            (bytes.len() == COORDINATE_BYTES).then_some(bytes)
        };
        let (x, y) = coordinate(&jwk.x).zip(coordinate(&jwk.y)).ok_or(KeyFault::Unreadable)?;
        PublicKey::from_point(&[&[UNCOMPRESSED], &x[..], &y[..]].concat())
    }

    pub(crate) fn verify(&self, content: &[u8], signature: &[u8]) -> bool {
        self.parsed.verify_sig(content, signature).is_ok()
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.to_text())
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &PublicKey) -> bool {
        self.point == other.point
    }
}
