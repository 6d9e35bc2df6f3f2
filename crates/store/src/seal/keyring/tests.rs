//! Data keys: admitted, refused, and opened by either of two keys.

use super::{KeyEncryptionKey, Keyring, SealError, Uuid, WrappedKey};

const TENANT: Uuid = Uuid::from_u128(1);

fn keyring() -> Keyring {
    Keyring::new(KeyEncryptionKey::generate().unwrap())
}

#[tokio::test]
async fn a_stored_key_is_admitted_and_kept() {
    let keyring = keyring();
    assert!(keyring.cached(TENANT).is_none());
    assert!(keyring.admit(TENANT, &[]).await.unwrap().is_none());
    let (first, second) =
        (keyring.create(TENANT, 1).await.unwrap(), keyring.create(TENANT, 2).await.unwrap());
    let keys = keyring.admit(TENANT, &[second, first]).await.unwrap().unwrap();
    assert_eq!(keys.newest().version(), 2);
    assert_eq!(keys.of(1).map(|key| key.version()), Some(1));
    assert!(keys.of(3).is_none());
    assert!(keyring.cached(TENANT).is_some());
    assert!(keyring.cached(Uuid::nil()).is_none());
}

#[tokio::test]
async fn a_key_wrapped_by_another_one_is_told_from_one_for_another_tenant_or_version() {
    let keyring = keyring();
    let created = keyring.create(TENANT, 1).await.unwrap();
    let version_two = WrappedKey { version: 2, ..created.clone() };
    let same = || Keyring::new(keyring.current());
    let other = super::tests::keyring();
    let wrong = other.current().is_wrong(TENANT, Some(keyring.current().fingerprint()));
    let cases = [
        (other, TENANT, &created, wrong, "another key-encryption key"),
        (same(), Uuid::nil(), &created, SealError::DamagedKey { tenant: Uuid::nil(), version: 1 }, "tenant"),
        (same(), TENANT, &version_two, SealError::DamagedKey { tenant: TENANT, version: 2 }, "version"),
    ];
    for (keyring, tenant, stored, expected, case) in cases {
        let error = keyring.admit(tenant, std::slice::from_ref(stored)).await.err();
        assert_eq!(error, Some(expected), "{case}");
        assert!(keyring.cached(tenant).is_none(), "{case}");
    }
}

#[tokio::test]
async fn a_wrapped_key_with_any_byte_changed_or_missing_is_refused() {
    let keyring = keyring();
    let created = keyring.create(TENANT, 1).await.unwrap();
    for at in 0..created.wrapped.len() {
        let mut changed = created.clone();
        changed.wrapped[at] ^= 1;
        assert!(keyring.admit(TENANT, &[changed]).await.is_err(), "byte {at} changed");
        let mut cut = created.clone();
        cut.wrapped.truncate(at);
        assert!(keyring.admit(TENANT, &[cut]).await.is_err(), "cut after {at} bytes");
    }
}

#[tokio::test]
async fn while_a_key_is_replaced_either_opens_and_then_the_new_one_alone() {
    let (old, new) = (KeyEncryptionKey::generate().unwrap(), KeyEncryptionKey::generate().unwrap());
    let keyring = Keyring::new(old.clone());
    let mut stored = keyring.create(TENANT, 1).await.unwrap();
    let plain = keyring.unwrap(TENANT, &stored).await.unwrap();
    stored.rewrapped = Some(new.wrap(TENANT, 1, &plain).await.unwrap());
    for key in [&old, &new] {
        assert_eq!(Keyring::new(key.clone()).unwrap(TENANT, &stored).await.unwrap(), plain);
    }
    keyring.hold(new.clone());
    assert_eq!(keyring.current().fingerprint(), old.fingerprint());
    assert!(!keyring.settle(KeyEncryptionKey::generate().unwrap().fingerprint()), "it holds no such key");
    assert!(keyring.settle(new.fingerprint()));
    assert!(keyring.holding(old.fingerprint()).is_none());
    stored.wrapped = stored.rewrapped.take().unwrap();
    assert_eq!(keyring.unwrap(TENANT, &stored).await.unwrap(), plain);
    assert!(Keyring::new(old).unwrap(TENANT, &stored).await.is_err());
}

#[tokio::test]
async fn debug_shows_stars() {
    let keyring = keyring();
    let created = keyring.create(TENANT, 1).await.unwrap();
    let keys = keyring.admit(TENANT, &[created]).await.unwrap().unwrap();
    assert_eq!(format!("{keyring:?} {:?}", keys.newest()), "Keyring(***) DataKey(version 1, ***)");
}
