//! Sealing and opening: what comes back, and everything that must be refused.

use std::sync::Arc;

use odata::Key;
use proptest::prelude::*;
use uuid::Uuid;

use super::{
    DataKey, Keyring, Receipt, SECRET_LENGTH_MAX, SECRETS_MAX, SealError, Secret, SecretOwner, sealed_slots,
};

const TENANT: Uuid = Uuid::from_u128(1);
const SECRETS: [Secret<'_>; 2] = [
    Secret { slot: 3, name: "combination", plain: br#""left 12""# },
    Secret { slot: 5, name: "formerCombinations", plain: br#"["right 9"]"# },
];

fn data_key() -> Arc<DataKey> {
    key_of_version(1)
}

fn key_of_version(version: u32) -> Arc<DataKey> {
    Arc::new(DataKey::from_plain(version, &DataKey::generate().unwrap()).unwrap())
}

fn name(slot: u16) -> Option<&'static str> {
    SECRETS.iter().find(|secret| secret.slot == slot).map(|secret| secret.name)
}

fn receipt(owner: SecretOwner<'_>) -> Receipt {
    Receipt::committed(owner.tenant, [(owner.set.into(), vec![owner.key.clone()])])
}

/// Opens with a receipt for the very owner, so that only the cipher can refuse.
fn open(key: &DataKey, owner: SecretOwner<'_>, sealed: &[u8]) -> Result<Vec<(u16, Vec<u8>)>, SealError> {
    let opened = Keyring::open(key, owner, sealed, name, &receipt(owner))?;
    Ok(opened.into_iter().map(|secret| (secret.slot, secret.plain.to_vec())).collect())
}

fn safe(key: &Key) -> SecretOwner<'_> {
    SecretOwner { tenant: TENANT, set: "safes", key }
}

fn seal(data_key: &DataKey, key: &Key) -> Vec<u8> {
    Keyring::seal(data_key, safe(key), &SECRETS).unwrap().unwrap()
}

#[test]
fn what_was_sealed_comes_back_by_slot() {
    let (data_key, key) = (data_key(), Key::new());
    let reversed: Vec<_> = SECRETS.into_iter().rev().collect();
    for secrets in [&SECRETS[..], &SECRETS[..1], &reversed] {
        let sealed = Keyring::seal(&data_key, safe(&key), secrets).unwrap().unwrap();
        let mut expected: Vec<_> = secrets.iter().map(|s| (s.slot, s.plain.to_vec())).collect();
        expected.sort();
        assert_eq!(open(&data_key, safe(&key), &sealed), Ok(expected), "{secrets:?}");
    }
}

#[test]
fn no_secrets_seal_to_nothing() {
    assert_eq!(Keyring::seal(&data_key(), safe(&Key::new()), &[]), Ok(None));
}

#[test]
fn the_sealed_form_shows_no_plain_text_and_is_never_the_same_twice() {
    let (data_key, key) = (data_key(), Key::new());
    let sealed = seal(&data_key, &key);
    assert!(!String::from_utf8_lossy(&sealed).contains("left"));
    assert_ne!(sealed, seal(&data_key, &key));
}

#[test]
fn nothing_opens_without_a_receipt_that_covers_it() {
    let (data_key, key, other) = (data_key(), Key::new(), Key::new());
    let sealed = seal(&data_key, &key);
    for (tenant, set, revealed, case) in [
        (Uuid::nil(), "safes", &key, "another tenant's receipt"),
        (TENANT, "vaults", &key, "another set's receipt"),
        (TENANT, "safes", &other, "another entity's receipt"),
    ] {
        let receipt = receipt(SecretOwner { tenant, set, key: revealed });
        let refusal = Keyring::open(&data_key, safe(&key), &sealed, name, &receipt).err();
        assert_eq!(refusal, Some(SealError::NoReceipt { set: "safes".into(), key: key.clone() }), "{case}");
    }
}

#[test]
fn a_secret_opens_only_where_it_was_sealed() {
    let (right, key, other) = (data_key(), Key::new(), Key::new());
    let sealed = seal(&right, &key);
    for (data_key, tenant, set, key, case) in [
        (&right, Uuid::nil(), "safes", &key, "another tenant"),
        (&right, TENANT, "vaults", &key, "another set"),
        (&right, TENANT, "safes", &other, "another entity"),
        (&data_key(), TENANT, "safes", &key, "another data key"),
    ] {
        let owner = SecretOwner { tenant, set, key };
        assert!(matches!(open(data_key, owner, &sealed), Err(SealError::Damaged { .. })), "{case}");
    }
    let owner = safe(&key);
    let swapped = |slot| name(8 - slot);
    let opened = Keyring::open(&right, owner, &sealed, swapped, &receipt(owner));
    assert!(matches!(opened, Err(SealError::Damaged { .. })), "another property");
    let opened = Keyring::open(&right, owner, &sealed, |_| None, &receipt(owner));
    assert!(matches!(opened, Err(SealError::Damaged { .. })), "a property that is gone");
}

#[test]
fn any_change_of_a_byte_and_any_cut_is_refused() {
    let (data_key, key) = (data_key(), Key::new());
    let sealed = seal(&data_key, &key);
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut changed = sealed.clone();
            changed[at] ^= 1 << bit;
            assert!(open(&data_key, safe(&key), &changed).is_err(), "bit {bit} of byte {at} changed");
        }
        assert!(open(&data_key, safe(&key), &sealed[..at]).is_err(), "cut after {at} bytes");
    }
    assert!(open(&data_key, safe(&key), &[&sealed[..], &[0]].concat()).is_err(), "a byte too many");
}

#[test]
fn the_slots_of_damaged_secrets_are_unknown() {
    let sealed = seal(&data_key(), &Key::new());
    assert_eq!(sealed_slots(&sealed), Some(vec![3, 5]));
    for at in 0..sealed.len() {
        assert_eq!(sealed_slots(&sealed[..at]), None, "cut after {at} bytes");
    }
    assert_eq!(sealed_slots(&[&[9], &sealed[1..]].concat()), None, "another format");
}

#[test]
fn a_secret_can_be_neither_cut_away_nor_repeated() {
    let (data_key, key) = (data_key(), Key::new());
    let sealed = seal(&data_key, &key);
    let first_length = 2 + 12 + 4 + SECRETS[0].plain.len() + 16;
    let (header, secrets) = sealed.split_at(7);
    let (first, second) = secrets.split_at(first_length);
    let one = [&header[..5], &[0, 1]].concat();
    for (changed, case) in [
        ([&one, first].concat(), "second cut away"),
        ([&one, second].concat(), "first cut away"),
        ([header, first, first].concat(), "first repeated"),
        ([header, second, first].concat(), "order changed"),
    ] {
        assert!(open(&data_key, safe(&key), &changed).is_err(), "{case}");
    }
}

#[test]
fn another_version_of_the_data_key_is_named() {
    let (data_key, key) = (data_key(), Key::new());
    let mut sealed = seal(&data_key, &key);
    sealed[4] = 2;
    let expected = SealError::NoSuchVersion { set: "safes".into(), key: key.clone(), version: 2 };
    assert_eq!(open(&data_key, safe(&key), &sealed), Err(expected));
    // The same key under another number: the number is part of what is sealed.
    let plain = DataKey::generate().unwrap();
    let version = |number| DataKey::from_plain(number, &plain).unwrap();
    let mut sealed = seal(&version(1), &key);
    sealed[4] = 2;
    assert!(matches!(open(&version(2), safe(&key), &sealed), Err(SealError::Damaged { .. })));
}

#[test]
fn bounds_are_kept() {
    let (data_key, key) = (data_key(), Key::new());
    let long = vec![b'1'; SECRET_LENGTH_MAX + 1];
    let many: Vec<_> = (0..=SECRETS_MAX as u16).map(|slot| Secret { slot, name: "x", plain: b"1" }).collect();
    let too_long = [Secret { slot: 0, name: "x", plain: &long }];
    for (secrets, fits) in [
        (&many[..SECRETS_MAX], true),
        (&many, false),
        (&[Secret { slot: 0, name: "x", plain: &long[1..] }], true),
        (&too_long, false),
        (&[SECRETS[0], SECRETS[0]], false),
    ] {
        assert_eq!(Keyring::seal(&data_key, safe(&key), secrets).is_ok(), fits, "{} secrets", secrets.len());
    }
}

#[test]
fn debug_and_errors_show_no_secret() {
    assert_eq!(format!("{:?}", SECRETS[0]), "Secret(combination, ***)");
    let (data_key, key) = (data_key(), Key::parse("k"));
    let (sealed, owner) = (seal(&data_key, &key), safe(&key));
    let opened = Keyring::open(&data_key, owner, &sealed, name, &receipt(owner)).unwrap();
    assert_eq!(format!("{:?}", opened[0]), "OpenedSecret(slot 3, ***)");
    let error = open(&data_key, safe(&key), b"left 12").unwrap_err();
    assert_eq!(error.to_string(), "the secrets of safes('k') are damaged, or were sealed for something else");
    assert!(!format!("{error:?}").contains("left"));
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_open_and_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let (data_key, key) = (data_key(), Key::new());
        prop_assert!(open(&data_key, safe(&key), &bytes).is_err());
        // Behind a header that is right, so that the secrets themselves are read.
        let headed = [&[1, 0, 0, 0, 1, 0, 2], &bytes[..]].concat();
        prop_assert!(open(&data_key, safe(&key), &headed).is_err());
    }
}
