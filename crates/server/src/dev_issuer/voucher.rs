//! What the issuer hands out to be brought back: authorization codes, device codes and refresh tokens. Each is signed
//! and says itself what it is for, so that it holds after a restart, and nothing need be remembered but those spent.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::tokens::issue::{SigningKey, sign};
use crate::tokens::unix_seconds_now;

/// The most codes that are remembered as spent: older ones go first.
const SPENT_CODES_MAX: usize = 100_000;

/// The audience of each kind of voucher. None is one of Graph's, so that no voucher is an access token.
#[derive(Clone, Copy)]
pub(super) enum VoucherKind {
    AuthorizationCode,
    DeviceCode,
    RefreshToken,
}

impl VoucherKind {
    fn audience(self) -> &'static str {
        match self {
            VoucherKind::AuthorizationCode => "urn:muster:authorization_code",
            VoucherKind::DeviceCode => "urn:muster:device_code",
            VoucherKind::RefreshToken => "urn:muster:refresh_token",
        }
    }
}

/// A voucher as it is signed.
#[derive(Serialize, Deserialize)]
pub(super) struct Voucher<C> {
    aud: String,
    /// The end of its life, in seconds since 1970.
    pub(super) exp: u64,
    /// The id of this voucher.
    pub(super) jti: Uuid,
    /// What it is for.
    #[serde(flatten)]
    pub(super) content: C,
}

/// Why a voucher does not hold.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum VoucherError {
    Expired,
    Unknown,
}

impl<C: Serialize + DeserializeOwned> Voucher<C> {
    /// Signs a voucher that holds until then.
    pub(super) fn sign(key: &SigningKey, kind: VoucherKind, exp: u64, content: C) -> Result<String, String> {
        sign(key, &Voucher { aud: kind.audience().to_owned(), exp, jti: Uuid::new_v4(), content })
    }

    /// Checks a voucher that was brought back.
    pub(super) fn open(key: &SigningKey, kind: VoucherKind, text: &str) -> Result<Voucher<C>, VoucherError> {
        let decoding = DecodingKey::from_jwk(&key.jwk).map_err(|_| VoucherError::Unknown)?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.leeway = 0;
        validation.set_audience(&[kind.audience()]);
        let opened = jsonwebtoken::decode::<Voucher<C>>(text, &decoding, &validation);
        opened.map(|opened| opened.claims).map_err(|error| match error.kind() {
            ErrorKind::ExpiredSignature => VoucherError::Expired,
            _ => VoucherError::Unknown,
        })
    }
}

/// The codes that were redeemed, until they would have expired.
#[derive(Default)]
pub(super) struct SpentCodes(Mutex<BTreeSet<(u64, Uuid)>>);

impl SpentCodes {
    /// Spends a code; whether it was not spent before.
    pub(super) fn spend<C>(&self, code: &Voucher<C>) -> bool {
        let now = unix_seconds_now();
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while spent.first().is_some_and(|(exp, _)| *exp < now) || spent.len() >= SPENT_CODES_MAX {
            spent.pop_first();
        }
        spent.insert((code.exp, code.jti))
    }
}

#[cfg(test)]
mod tests {
    use rcgen::{KeyPair, PKCS_RSA_SHA256, RsaKeySize};

    use super::{SpentCodes, Voucher, VoucherError, VoucherKind};
    use crate::tokens::issue::SigningKey;
    use crate::tokens::unix_seconds_now;

    fn key() -> SigningKey {
        let pem = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap().serialize_pem();
        SigningKey::from_pem(pem.as_bytes()).unwrap()
    }

    #[test]
    fn a_voucher_holds_for_its_kind_until_its_end_and_codes_once() {
        use VoucherKind::{AuthorizationCode, RefreshToken};
        let (key, other, now) = (key(), key(), unix_seconds_now());
        let sign = |key: &SigningKey, exp| {
            Voucher::sign(key, AuthorizationCode, exp, serde_json::json!({"a": 1})).unwrap()
        };
        let open = |kind, text: &str| {
            Voucher::<serde_json::Value>::open(&key, kind, text).map(|v| v.content["a"].clone())
        };
        let cases = [
            ("good", AuthorizationCode, sign(&key, now + 60), Ok(1.into())),
            ("late", AuthorizationCode, sign(&key, now - 1), Err(VoucherError::Expired)),
            ("of another kind", RefreshToken, sign(&key, now + 60), Err(VoucherError::Unknown)),
            ("of another key", AuthorizationCode, sign(&other, now + 60), Err(VoucherError::Unknown)),
            ("none", AuthorizationCode, "x".to_owned(), Err(VoucherError::Unknown)),
        ];
        for (name, kind, text, expected) in cases {
            assert_eq!(open(kind, &text), expected, "{name}");
        }
        let code: Voucher<serde_json::Value> =
            Voucher::open(&key, AuthorizationCode, &sign(&key, now + 60)).unwrap();
        let spent = SpentCodes::default();
        assert_eq!([spent.spend(&code), spent.spend(&code)], [true, false]);
    }
}
