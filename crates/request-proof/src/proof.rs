//! The proof as text: three parts, a header that says whose key it is, the claims, and the signature.

use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};

use crate::claims::ProofClaims;
use crate::key::{Jwk, KeyFault, PrivateKey, PublicKey};

/// The most bytes of a proof. One with a long path takes a kilobyte.
pub const PROOF_BYTES_MAX: usize = 4 << 10;
/// The longest id of a key.
const KEY_ID_BYTES_MAX: usize = 512;
const TYPE: &str = "muster-proof+jwt";
const ALGORITHM: &str = "ES256";

/// Why a text proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofFault {
    /// It is longer than any proof.
    #[error("the proof is longer than {PROOF_BYTES_MAX} bytes")]
    Long,
    /// It has not the form of one.
    #[error("the proof is not a compact JWS with the header and claims of a proof")]
    Malformed,
    /// It is signed in a way that is not taken.
    #[error("the proof must have 'alg' {ALGORITHM} and 'typ' {TYPE}")]
    Algorithm,
    /// It names no key, or two.
    #[error("the proof must name its key, either by 'kid' or as 'jwk'")]
    Key,
    /// The key itself is no key.
    #[error("the key of the proof is none on P-256")]
    UnreadableKey,
    /// It is not signed with the key that it names.
    #[error("the proof is not signed with the key that it names")]
    Signature,
}

/// Whose key a proof is signed with.
#[derive(Clone, Debug, PartialEq)]
pub enum Signer {
    /// A key that the server knows, by the id that it gave out.
    Known(String),
    /// A key that the server is told with the proof.
    New(PublicKey),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ProofHeader {
    alg: String,
    typ: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    jwk: Option<Jwk>,
}

/// A proof that was read. What it claims is known only once a key has verified it.
#[derive(Debug)]
pub struct SignedProof<'t> {
    /// Whose key it names.
    pub signer: Signer,
    signed: &'t [u8],
    claims: Vec<u8>,
    signature: Vec<u8>,
}

impl<'t> SignedProof<'t> {
    /// Takes a proof apart.
    pub fn read(text: &'t [u8]) -> Result<SignedProof<'t>, ProofFault> {
        if text.len() > PROOF_BYTES_MAX {
            return Err(ProofFault::Long);
        }
        let mut parts = text.split(|byte| *byte == b'.');
        let (Some(header), Some(claims), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(ProofFault::Malformed);
        };
        let signed = &text[..header.len() + 1 + claims.len()];
        let decode = |part| BASE64URL_NOPAD.decode(part).map_err(|_| ProofFault::Malformed);
        let (header, claims, signature) = (decode(header)?, decode(claims)?, decode(signature)?);
        let header: ProofHeader = serde_json::from_slice(&header).map_err(|_| ProofFault::Malformed)?;
        if header.alg != ALGORITHM || header.typ != TYPE {
            return Err(ProofFault::Algorithm);
        }
        let signer = match (header.kid, header.jwk) {
            (Some(id), None) if (1..=KEY_ID_BYTES_MAX).contains(&id.len()) => Signer::Known(id),
            (None, Some(jwk)) => {
                Signer::New(PublicKey::from_jwk(&jwk).map_err(|_| ProofFault::UnreadableKey)?)
            }
            _ => return Err(ProofFault::Key),
        };
        Ok(SignedProof { signer, signed, claims, signature })
    }

    /// The claims, if the proof is signed with this key.
    pub fn verify(&self, key: &PublicKey) -> Result<ProofClaims, ProofFault> {
        if !key.verify(self.signed, &self.signature) {
            return Err(ProofFault::Signature);
        }
        serde_json::from_slice(&self.claims).map_err(|_| ProofFault::Malformed)
    }
}

/// A proof by a key that the server knows under an id.
pub fn sign(key: &PrivateKey, key_id: &str, claims: &ProofClaims) -> Result<String, KeyFault> {
    text(key, Some(key_id.to_owned()), None, claims)
}

/// A proof by a key that the server does not know yet.
pub fn sign_with_new_key(key: &PrivateKey, claims: &ProofClaims) -> Result<String, KeyFault> {
    text(key, None, Some(key.public_key()?.to_jwk()), claims)
}

fn text(
    key: &PrivateKey,
    kid: Option<String>,
    jwk: Option<Jwk>,
    claims: &ProofClaims,
) -> Result<String, KeyFault> {
    let header = ProofHeader { alg: ALGORITHM.to_owned(), typ: TYPE.to_owned(), kid, jwk };
    let part = |json: serde_json::Result<Vec<u8>>| {
        json.map(|json| BASE64URL_NOPAD.encode(&json)).map_err(|_| KeyFault::Unmade)
    };
    let signed = format!("{}.{}", part(serde_json::to_vec(&header))?, part(serde_json::to_vec(claims))?);
    let signature = BASE64URL_NOPAD.encode(&key.sign(signed.as_bytes())?);
    Ok(format!("{signed}.{signature}"))
}

#[cfg(test)]
mod tests {
    use data_encoding::BASE64URL_NOPAD;

    use super::{PROOF_BYTES_MAX, ProofFault, SignedProof, Signer, sign, sign_with_new_key};
    use crate::{PrivateKey, ProofClaims, PublicKey, body_digest};

    fn claims() -> ProofClaims {
        ProofClaims {
            method: "POST".into(),
            path: "/_/x".into(),
            body: body_digest(b"{}"),
            nonce: "n".into(),
            sequence: 7,
        }
    }

    #[test]
    fn a_proof_is_verified_by_its_own_key_and_by_no_other() {
        let (own, other) = (PrivateKey::generate().unwrap(), PrivateKey::generate().unwrap());
        let known = sign(&own, "tenant/1", &claims()).unwrap();
        let read = SignedProof::read(known.as_bytes()).unwrap();
        assert_eq!(read.signer, Signer::Known("tenant/1".into()));
        assert_eq!(read.verify(&own.public_key().unwrap()), Ok(claims()));
        assert_eq!(read.verify(&other.public_key().unwrap()), Err(ProofFault::Signature));

        let new = sign_with_new_key(&own, &claims()).unwrap();
        let read = SignedProof::read(new.as_bytes()).unwrap();
        let Signer::New(key) = &read.signer else { panic!("{:?}", read.signer) };
        assert_eq!(*key, own.public_key().unwrap());
        assert_eq!(read.verify(key), Ok(claims()));
    }

    #[test]
    fn keys_are_read_as_they_were_written() {
        let key = PrivateKey::generate().unwrap();
        let again = PrivateKey::from_pkcs8(&key.to_pkcs8().unwrap()).unwrap();
        let public = again.public_key().unwrap();
        assert_eq!(public, key.public_key().unwrap());
        assert_eq!(PublicKey::from_text(&public.to_text()), Ok(public));
        assert!(PrivateKey::from_pkcs8(b"no key").is_err() && PublicKey::from_text("AAAA").is_err());
        assert_eq!(format!("{key:?}"), "PrivateKey(***)");
    }

    #[test]
    fn any_changed_character_is_noticed() {
        let key = PrivateKey::generate().unwrap();
        let (public, text) = (key.public_key().unwrap(), sign(&key, "k", &claims()).unwrap());
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let verified = SignedProof::read(&changed).and_then(|proof| proof.verify(&public));
            assert!(verified.is_err(), "at {at}: {}", String::from_utf8_lossy(&changed));
        }
    }

    #[test]
    fn what_is_no_proof_is_refused() {
        let part = |json: &str| BASE64URL_NOPAD.encode(json.as_bytes());
        let text = |header: &str| format!("{}.{}.AAAA", part(header), part("{}"));
        for (text, fault) in [
            (String::new(), ProofFault::Malformed),
            ("a.b".into(), ProofFault::Malformed),
            ("a.b.c.d".into(), ProofFault::Malformed),
            (text("[]"), ProofFault::Malformed),
            (text(r#"{"alg":"ES256","typ":"muster-proof+jwt","x5u":"http://x"}"#), ProofFault::Malformed),
            (text(r#"{"alg":"none","typ":"muster-proof+jwt","kid":"k"}"#), ProofFault::Algorithm),
            (text(r#"{"alg":"ES256","typ":"JWT","kid":"k"}"#), ProofFault::Algorithm),
            (text(r#"{"alg":"ES256","typ":"muster-proof+jwt"}"#), ProofFault::Key),
            (text(r#"{"alg":"ES256","typ":"muster-proof+jwt","kid":""}"#), ProofFault::Key),
            (
                text(
                    r#"{"alg":"ES256","typ":"muster-proof+jwt","jwk":{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}}"#,
                ),
                ProofFault::UnreadableKey,
            ),
            ("a".repeat(PROOF_BYTES_MAX + 1), ProofFault::Long),
        ] {
            assert_eq!(SignedProof::read(text.as_bytes()).err(), Some(fault), "{text}");
        }
    }
}
