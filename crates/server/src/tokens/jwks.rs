//! A published set of keys (RFC 7517): those with which tokens can be verified, and why others cannot.

use std::collections::BTreeMap;
use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::claims::TENANT_PLACEHOLDER;

/// The most keys of a set.
const KEYS_MAX: usize = 100;

/// The bits of the smallest and the largest RSA key that is taken. Larger ones take long to compute with.
const RSA_BITS_MIN: usize = 2_048;
const RSA_BITS_MAX: usize = 8_192;

/// A key with which tokens are verified.
pub struct VerificationKey {
    /// The key as the library takes it.
    pub decoding: DecodingKey,
    /// The algorithms that it can be used with.
    pub algorithms: Vec<Algorithm>,
    /// The issuer for which alone the key is, as Entra says of some.
    issuer: Option<String>,
    /// The key as it was published, by which a change of it shows.
    published: Value,
}

impl VerificationKey {
    /// Whether the key is for tokens of an issuer and a tenant. Entra publishes the keys of its kinds of accounts side by
    /// side; one for personal accounts must not speak for anybody's tenant.
    pub fn is_for(&self, issuer: &str, tenant: Uuid) -> bool {
        let Some(own) = &self.issuer else { return true };
        let tenant = tenant.to_string();
        own == issuer || own.split('/').any(|part| part == TENANT_PLACEHOLDER || part == tenant)
    }
}

/// The keys of a set.
#[derive(Default)]
pub struct PublishedKeys {
    /// Those that can be used, by name.
    pub by_id: BTreeMap<String, Arc<VerificationKey>>,
    /// Those that are meant for signatures and cannot be used: their names, and why.
    pub left_out: Vec<String>,
}

impl PublishedKeys {
    /// Reads a JWKS document.
    pub fn read(text: &[u8]) -> Result<PublishedKeys, String> {
        #[derive(Deserialize)]
        struct KeySetDocument {
            keys: Vec<Value>,
        }
        let document: KeySetDocument =
            serde_json::from_slice(text).map_err(|error| format!("not a JWKS document: {error}"))?;
        if document.keys.len() > KEYS_MAX {
            return Err(format!("more than {KEYS_MAX} keys"));
        }
        let mut keys = PublishedKeys::default();
        document.keys.into_iter().for_each(|published| keys.add(published));
        Ok(keys)
    }

    /// Adds a key, if it can be used.
    pub fn add(&mut self, published: Value) {
        if published["use"].as_str().is_some_and(|usage| usage != "sig") {
            return;
        }
        let id = published["kid"].as_str().unwrap_or_default().to_owned();
        match usable(published) {
            Ok(_) if id.is_empty() => self.left_out.push("a key without a name ('kid')".to_owned()),
            Ok(_) if self.by_id.contains_key(&id) => {
                self.left_out.push(format!("'{id}': another key has this name"));
            }
            Ok(key) => {
                self.by_id.insert(id, Arc::new(key));
            }
            Err(reason) => self.left_out.push(format!("'{id}': {reason}")),
        }
    }

    /// Whether two sets have the same keys.
    pub fn is_same(&self, other: &PublishedKeys) -> bool {
        self.left_out == other.left_out
            && self.by_id.len() == other.by_id.len()
            && self.by_id.values().zip(other.by_id.values()).all(|(a, b)| a.published == b.published)
    }
}

fn usable(published: Value) -> Result<VerificationKey, String> {
    let jwk = Jwk::deserialize(&published).map_err(|error| format!("not a key that is known: {error}"))?;
    let common = &jwk.common;
    let verifies = common.key_operations.as_ref().is_none_or(|uses| uses.contains(&KeyOperations::Verify));
    if !verifies || !matches!(common.public_key_use, None | Some(PublicKeyUse::Signature)) {
        return Err("not for signatures".to_owned());
    }
    let possible = match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => {
            let bits = bits(&rsa.n).ok_or("the modulus is not Base64")?;
            if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&bits) {
                return Err(format!(
                    "an RSA key of {bits} bits; those of {RSA_BITS_MIN} to {RSA_BITS_MAX} bits are taken"
                ));
            }
            vec![(Algorithm::RS256, KeyAlgorithm::RS256), (Algorithm::PS256, KeyAlgorithm::PS256)]
        }
        AlgorithmParameters::EllipticCurve(parameters) if parameters.curve == EllipticCurve::P256 => {
            vec![(Algorithm::ES256, KeyAlgorithm::ES256)]
        }
        _ => return Err("neither an RSA key nor one on the curve P-256".to_owned()),
    };
    let stated = common.key_algorithm;
    let fitting = possible.into_iter().filter(|(_, known)| stated.is_none_or(|stated| stated == *known));
    let algorithms: Vec<Algorithm> = fitting.map(|(algorithm, _)| algorithm).collect();
    if algorithms.is_empty() {
        return Err("for an algorithm that is not taken".to_owned());
    }
    let decoding = DecodingKey::from_jwk(&jwk).map_err(|error| error.to_string())?;
    let issuer = published["issuer"].as_str().map(str::to_owned);
    Ok(VerificationKey { decoding, algorithms, issuer, published })
}

/// The bits of an unsigned number, the most significant byte first.
fn bits(base64: &str) -> Option<usize> {
    let bytes = BASE64URL_NOPAD.decode(base64.as_bytes()).ok()?;
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let first = bytes.get(zeros)?;
    Some((bytes.len() - zeros) * 8 - first.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use uuid::uuid;

    use super::PublishedKeys;

    /// A key of 2,048 bits. Nobody has the other half.
    fn key(change: Value) -> Value {
        let modulus = data_encoding::BASE64URL_NOPAD.encode(&[0xa5; 256]);
        let mut key = json!({"kty": "RSA", "use": "sig", "kid": "k", "n": modulus, "e": "AQAB"});
        for (name, value) in change.as_object().unwrap() {
            key[name] = value.clone();
        }
        key
    }

    #[test]
    fn a_key_that_cannot_be_used_is_left_out_and_named() {
        let small: Value = serde_json::from_str(include_str!("../../tests/data/small_rsa_key.json")).unwrap();
        let curve = json!({"kty": "EC", "crv": "P-384", "kid": "k", "x": "AAAA", "y": "AAAA"});
        let cases = [
            (key(json!({})), 1, None),
            (key(json!({"alg": "PS256", "key_ops": ["verify"]})), 1, None),
            (key(json!({"use": "enc"})), 0, None),
            (small["jwk"].clone(), 0, Some("'small': an RSA key of 1024 bits")),
            (key(json!({"n": "pQ"})), 0, Some("of 8 bits")),
            (key(json!({"n": "+"})), 0, Some("not Base64")),
            (key(json!({"alg": "RS512"})), 0, Some("algorithm that is not taken")),
            (key(json!({"key_ops": ["sign"]})), 0, Some("not for signatures")),
            (key(json!({"kid": ""})), 0, Some("without a name")),
            (key(json!({"kty": "AKP"})), 0, Some("'k':")),
            (json!({"kty": "oct", "kid": "k", "k": "c2VjcmV0"}), 0, Some("neither an RSA key nor")),
            (curve, 0, Some("P-256")),
        ];
        for (published, usable, reason) in cases {
            let keys = PublishedKeys::read(json!({"keys": [published]}).to_string().as_bytes()).unwrap();
            assert_eq!(keys.by_id.len(), usable, "{published}");
            match reason {
                None => assert!(keys.left_out.is_empty(), "{published}: {:?}", keys.left_out),
                Some(reason) => {
                    assert!(keys.left_out[0].contains(reason), "{published}: {:?}", keys.left_out)
                }
            }
        }
        let twice = json!({"keys": [key(json!({})), key(json!({"e": "Aw"}))]}).to_string();
        let keys = PublishedKeys::read(twice.as_bytes()).unwrap();
        assert!(keys.left_out[0].contains("another key has this name"), "{:?}", keys.left_out);
        let many = json!({"keys": vec![key(json!({})); 101]}).to_string();
        assert!(PublishedKeys::read(many.as_bytes()).is_err());
    }

    #[test]
    fn a_key_may_be_for_one_tenant_only() {
        let tenant = uuid!("00000000-0000-4000-8000-000000000001");
        let v2 = "https://login.example/00000000-0000-4000-8000-000000000001/v2.0";
        for (issuer, is_for) in [
            (json!("https://login.example/{tenantid}/v2.0"), true),
            (json!(v2), true),
            (json!("https://sts.example/00000000-0000-4000-8000-000000000001/"), true),
            (json!("https://login.example/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0"), false),
            (json!("https://elsewhere.example"), false),
            (Value::Null, true),
        ] {
            let mut keys = PublishedKeys::default();
            keys.add(key(json!({ "issuer": issuer })));
            assert_eq!(keys.by_id["k"].is_for(v2, tenant), is_for, "{issuer}");
        }
    }
}
