//! When two hashes are of one device.

use super::super::{Facts, Grounds, HardwareHash, Likeness};
use super::*;

fn facts(hash: &HardwareHash) -> Facts {
    Facts::of(hash, &hash.build().unwrap())
}

fn with(mut hash: HardwareHash, records: impl IntoIterator<Item = HashRecord>) -> HardwareHash {
    records.into_iter().for_each(|record| hash.put(record));
    hash
}

fn without(mut hash: HardwareHash, numbers: &[u16]) -> HardwareHash {
    hash.records.retain(|record| !numbers.contains(&record.number()));
    hash
}

fn text(kind: TextKind, text: &str) -> HashRecord {
    HashRecord::Text(Text::new(kind, text))
}

/// The key of another TPM.
fn other_key() -> [HashRecord; 2] {
    let modulus = vec![7; 256];
    let id = Hexadecimal(super::super::facts::sha_256(&modulus).to_vec());
    [
        HashRecord::EndorsementKey { modulus: Hexadecimal(modulus) },
        HashRecord::OfflineDeviceId(OfflineDeviceId { spare: 0, kind: TPM_ENDORSEMENT_KEY, id }),
    ]
}

#[test]
fn one_device_or_two() {
    use Grounds::{Blob, EndorsementKey, ProductKey, SerialNumber, Uuid as ByUuid};
    use Likeness::{Different, HardwareChange, Same, SharedUuid};
    let serial = |name: &str| text(TextKind::SerialNumber, name);
    let other_uuid = || HashRecord::SmbiosUuid { uuid: Uuid::from_u128(1) };
    let no_uuid = || HashRecord::SmbiosUuid { uuid: Uuid::nil() };
    let key = || text(TextKind::ProductKeyId, "3305551234567");
    let placeholder = || with(without(virtual_machine(), &[12]), [serial("Default string")]);
    let cases: [(&str, HardwareHash, HardwareHash, Likeness); 17] = [
        ("captured twice", virtual_machine(), with_tool(), Same(ByUuid)),
        ("a new disk and adapter", with_tpm(), without(with_tpm(), &[7, 8]), Same(EndorsementKey)),
        (
            "the key, all else new",
            with_tpm(),
            with(with_tpm(), [serial("X1"), other_uuid()]),
            Same(EndorsementKey),
        ),
        ("only the key's digest is left", with_tpm(), without(with_tpm(), &[25, 12]), Same(EndorsementKey)),
        (
            "letters of another case",
            virtual_machine(),
            with(with_tool(), [serial(" test-sn-0001 ")]),
            Same(ByUuid),
        ),
        ("a new TPM on the same board", with_tpm(), with(with_tpm(), other_key()), Same(ByUuid)),
        (
            "a new board and TPM with the old serial number",
            with_tpm(),
            with(with(with_tpm(), other_key()), [other_uuid()]),
            HardwareChange,
        ),
        (
            "a new UUID with the old serial number",
            virtual_machine(),
            with(with_tool(), [other_uuid()]),
            HardwareChange,
        ),
        (
            "virtual machines of one template",
            virtual_machine(),
            with(with_tool(), [serial("X1")]),
            SharedUuid,
        ),
        ("nothing in common", with_tpm(), with(virtual_machine(), [serial("X1"), other_uuid()]), Different),
        (
            "the product key and the serial number",
            with(virtual_machine(), [key()]),
            with(with_tool(), [key(), other_uuid(), text(TextKind::Model, "Renamed")]),
            Same(ProductKey),
        ),
        (
            "the product key alone",
            with(virtual_machine(), [key()]),
            with(with_tool(), [key(), other_uuid(), serial("X1")]),
            Different,
        ),
        (
            "the serial number is all there is",
            without(virtual_machine(), &[12]),
            without(with_tool(), &[12]),
            Same(SerialNumber),
        ),
        (
            "a UUID of zeros is none",
            with(virtual_machine(), [no_uuid()]),
            with(with_tool(), [no_uuid()]),
            Same(SerialNumber),
        ),
        ("the TPM was switched off", with(with_tpm(), [no_uuid()]), virtual_machine(), Same(SerialNumber)),
        ("the same blob with a placeholder", placeholder(), placeholder(), Same(Blob)),
        (
            "two devices with a placeholder",
            placeholder(),
            with(placeholder(), [text(TextKind::SkuNumber, "2")]),
            Different,
        ),
    ];
    for (name, one, other, expected) in cases {
        assert_eq!(facts(&one).compare(&facts(&other)), expected, "{name}");
        assert_eq!(facts(&other).compare(&facts(&one)), expected, "{name}, the other way round");
    }
}
