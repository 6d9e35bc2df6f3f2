//! What two captures of a device have otherwise, and whether it is still the same device.

use uuid::Uuid;

use super::super::{
    DevicePart, Facts, Fingerprint, HardwareHash, HashRecord, Network, Text, TextKind, synthetic_tpm,
};
use super::{virtual_machine, with_tool};

fn fingerprint(hash: &HardwareHash) -> Fingerprint {
    Fingerprint::of(hash, &Facts::of(hash, &hash.build().unwrap()))
}

fn with(records: impl IntoIterator<Item = HashRecord>) -> HardwareHash {
    let mut hash = virtual_machine();
    hash.records.extend(records);
    hash
}

fn adapter(medium: u16, last: u8) -> HashRecord {
    HashRecord::Network(Network { medium, spare: 0, mac: [2, 0, 0, 0, 0, last], bus: "PCI".into() })
}

fn disk(serial_number: &str) -> HashRecord {
    HashRecord::Text(Text::new(TextKind::DiskId, format!("{serial_number}|Example Disk|")))
}

#[test]
fn what_differs_is_named_and_what_changes_with_every_capture_is_not() {
    let base = with([adapter(14, 1), adapter(1, 2), disk("A")]);
    let mut other_uuid = base.clone();
    other_uuid.put(HashRecord::SmbiosUuid { uuid: Uuid::from_u128(7) });
    let cases = [
        ("the same", base.clone(), vec![], true),
        ("in another order", with([disk("A"), adapter(1, 2), adapter(14, 1)]), vec![], true),
        ("a virtual adapter", with([adapter(14, 1), adapter(1, 2), adapter(0, 9), disk("A")]), vec![], true),
        ("another disk", with([adapter(14, 1), adapter(1, 2), disk("B")]), vec![DevicePart::Disk], true),
        ("an adapter less", with([adapter(14, 1), disk("A")]), vec![DevicePart::Network], true),
        ("another board", other_uuid, vec![DevicePart::SmbiosUuid], false),
    ];
    for (name, changed, parts, is_same) in cases {
        let (before, after) = (fingerprint(&base), fingerprint(&changed));
        assert_eq!(before.changes(&after), parts, "{name}");
        assert_eq!(before.is_same_device(&after), is_same, "{name}");
    }
    assert!(fingerprint(&virtual_machine()).changes(&fingerprint(&with_tool())).is_empty(), "the time");
    let [one, other] = ["a", "b"].map(|seed| fingerprint(&with(synthetic_tpm(seed))));
    assert_eq!(one.changes(&other), [DevicePart::EndorsementKey]);
}

#[test]
fn a_fingerprint_is_read_as_it_was_written() {
    for fingerprint in
        [fingerprint(&with(synthetic_tpm("a"))), Fingerprint::of_blob(b"blob"), Fingerprint::default()]
    {
        let mut bytes = Vec::new();
        fingerprint.write(&mut bytes);
        assert_eq!(Fingerprint::read(&bytes), Some(fingerprint));
        assert_eq!(Fingerprint::read(&[&bytes[..], &[1]].concat()), None);
    }
    assert_eq!(Fingerprint::read(&[200; 9]), Some(Fingerprint::default()), "of a newer Muster");
    assert_eq!(DevicePart::of(1).map(DevicePart::name), Some("endorsementKey"));
}
