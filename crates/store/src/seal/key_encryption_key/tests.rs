//! Fingerprints, and keys of the oldest format.

use aws_lc_rs::aead::{AES_256_GCM, Aad, RandomizedNonceKey};
use uuid::Uuid;

use super::{KeyEncryptionKey, SealError, associated_data};

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191A1B1C1D1E1F";
const TENANT: Uuid = Uuid::from_u128(1);

#[test]
fn the_fingerprint_belongs_to_the_key_and_not_to_its_source() {
    let key = KeyEncryptionKey::parse(HEX).unwrap();
    let same = KeyEncryptionKey::parse(HEX).unwrap().from_source("file:elsewhere");
    assert_eq!(key.fingerprint(), same.fingerprint());
    assert_eq!(same.source(), "file:elsewhere");
    assert_ne!(key.fingerprint(), KeyEncryptionKey::generate().unwrap().fingerprint());
    assert_eq!(key.fingerprint().to_string().len(), 16);
}

#[test]
fn debug_shows_stars() {
    let key = KeyEncryptionKey::parse(HEX).unwrap();
    assert_eq!(format!("{key:?}"), "KeyEncryptionKey(***)");
}

#[tokio::test]
async fn a_key_that_was_wrapped_without_a_fingerprint_opens_with_the_right_key() {
    let cipher = RandomizedNonceKey::new(&AES_256_GCM, &(0..32).collect::<Vec<u8>>()).unwrap();
    let mut key = vec![9; 32];
    let nonce =
        cipher.seal_in_place_append_tag(Aad::from(associated_data(&[], TENANT, 1)), &mut key).unwrap();
    let wrapped = [&[1], nonce.as_ref().as_slice(), &key].concat();
    let right = KeyEncryptionKey::parse(HEX).unwrap();
    assert_eq!(*right.unwrap(TENANT, 1, &wrapped).await.unwrap(), [9; 32]);
    let other = KeyEncryptionKey::generate().unwrap();
    let error = other.unwrap(TENANT, 1, &wrapped).await.unwrap_err();
    assert!(matches!(error, SealError::WrongKey { wanted: None, .. }), "{error}");
}
