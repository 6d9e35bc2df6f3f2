//! The form of a token: three parts, the first two JSON objects that say each thing once (RFC 7515, RFC 7519).
//!
//! What a header offers to verify itself with (`jwk`, `jku`, `x5c`, `x5u`) is never looked at.

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::Algorithm;

use super::claims::Claims;
use crate::request_error::RequestError;

/// The types of token that are taken; a token may leave its type out.
const TYPES: [&str; 3] = ["JWT", "at+jwt", "application/at+jwt"];

/// Members of a header that change what the other parts mean: an extension that must be understood, encryption,
/// compression, a payload that is not encoded, a token in the token.
const MEANING_CHANGING_MEMBERS: [&str; 5] = ["crit", "enc", "zip", "b64", "cty"];

/// The algorithms that an issuer can be trusted with, and their names in a header.
pub const ALGORITHMS: [(&str, Algorithm); 3] =
    [("RS256", Algorithm::RS256), ("PS256", Algorithm::PS256), ("ES256", Algorithm::ES256)];

/// The parts of a token, decoded and not verified.
pub struct TokenParts<'t> {
    /// The text that is signed.
    pub signed: &'t [u8],
    /// The signature, in Base64.
    pub signature: &'t str,
    /// The header, a JSON text.
    pub header: Vec<u8>,
    /// The claims, a JSON text.
    pub claims: Vec<u8>,
}

impl<'t> TokenParts<'t> {
    /// Takes a token apart.
    pub fn of(token: &'t [u8]) -> Result<TokenParts<'t>, RequestError> {
        let malformed = || RequestError::invalid_token("the access token is not a signed JWT");
        let text = std::str::from_utf8(token).map_err(|_| malformed())?;
        let (signed, signature) = text.rsplit_once('.').ok_or_else(malformed)?;
        let (header, claims) = signed.split_once('.').ok_or_else(malformed)?;
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| malformed());
        if decode(signature)?.is_empty() {
            return Err(RequestError::invalid_token("the access token is not signed"));
        }
        let (header, claims) = (decode(header)?, decode(claims)?);
        Ok(TokenParts { signed: signed.as_bytes(), signature, header, claims })
    }
}

/// How a token says that it is signed.
pub struct TokenHeader {
    /// The algorithm of the signature.
    pub algorithm: Algorithm,
    /// The name of the key among those of the issuer.
    pub key_id: String,
}

impl TokenHeader {
    /// Reads a header.
    pub fn read(text: &[u8]) -> Result<TokenHeader, RequestError> {
        let header = Claims::read(text)?;
        if let Some(name) = MEANING_CHANGING_MEMBERS.into_iter().find(|name| header.has(name)) {
            return Err(RequestError::invalid_token(format!(
                "the access token has '{name}' in its header, which is not taken"
            )));
        }
        if let Some(typ) = header.text("typ")?
            && !TYPES.iter().any(|known| typ.eq_ignore_ascii_case(known))
        {
            return Err(RequestError::invalid_token("the token is not an access token by its 'typ'"));
        }
        let name = header.text("alg")?.unwrap_or_default();
        let known = ALGORITHMS.into_iter().find(|(known, _)| *known == name);
        let (_, algorithm) = known.ok_or_else(|| {
            RequestError::invalid_token("the access token is not signed with an algorithm that is taken")
        })?;
        let key_id = header
            .text("kid")?
            .ok_or_else(|| RequestError::invalid_token("the access token does not name its key ('kid')"))?;
        Ok(TokenHeader { algorithm, key_id: key_id.to_owned() })
    }
}
