//! Blobs that are no hash: each is refused for its own reason, which names the offset and the record.

use super::super::{Base64Fault, Fault, HardwareHash, TextKind, from_base64};
use super::*;

/// The records of [`virtual_machine`], from offset 4 to 78.
fn records() -> Vec<u8> {
    virtual_machine().build().unwrap()[4..78].to_vec()
}

#[test]
fn each_changed_byte_is_found() {
    let blob = virtual_machine().build().unwrap();
    for at in 0..114 {
        let mut changed = blob.clone();
        changed[at] ^= 1;
        let fault = HardwareHash::decode(&changed).unwrap_err();
        match at {
            0 | 1 => assert!(matches!(fault, Fault::Magic(_)), "{at}: {fault}"),
            2 | 3 | 78..82 => assert!(matches!(fault, Fault::Checksum { .. }), "{at}: {fault}"),
            _ => assert_eq!(fault, Fault::Digest { offset: 82 }, "{at}"),
        }
    }
}

#[test]
fn damaged_containers_are_refused() {
    let blob = virtual_machine().build().unwrap();
    let with_total = |total: u16| {
        let mut changed = blob.clone();
        changed[2..4].copy_from_slice(&total.to_le_bytes());
        changed
    };
    let mut short_checksum = blob.clone();
    short_checksum[80] = 35;
    let cases = [
        (Vec::new(), "has 0 bytes"),
        (b"OA".to_vec(), "has 2 bytes"),
        (vec![0; 16_385], "has 16385 bytes"),
        (vec![0; 40], "offset 0: the hash begins with [00, 00], not with 'OA'"),
        (with_total(77), "offset 77: no checksum record"),
        (with_total(3), "said to end at 3"),
        (with_total(u16::MAX), "said to end at 65535"),
        (blob[..100].to_vec(), "said to end at 78, which leaves no room for a checksum in 100 bytes"),
        (short_checksum, "offset 78: no checksum record"),
    ];
    for (blob, expected) in cases {
        let fault = HardwareHash::decode(&blob).unwrap_err().to_string();
        assert!(fault.contains(expected), "{fault} does not say {expected}");
    }
}

#[test]
fn damaged_records_are_refused_though_the_checksum_holds() {
    let cut_in_its_head = [records(), vec![1, 0]].concat();
    let too_short = [records(), vec![1, 0, 3, 0]].concat();
    let too_long = [records(), vec![1, 0, 5, 0]].concat();
    let with = |number: u8, length: u16, content: usize| {
        [records(), vec![number, 0], length.to_le_bytes().to_vec(), vec![0; content]].concat()
    };
    let cases = [
        (cut_in_its_head, "offset 78: 2 bytes are left, too few for a record"),
        (too_short, "offset 78: the record of type 1 is said to have 3 bytes; 4 are left"),
        (too_long, "offset 78: the record of type 1 is said to have 5 bytes; 4 are left"),
        (with(12, 19, 15), "offset 78: the record of type 12 has 15 bytes of content; it must have 16"),
        (with(25, 259, 255), "offset 78: the record of type 25 has 255 bytes of content; it must have 256"),
        (with(11, 45, 41), "offset 78: the record of type 11 has 41 bytes of content; it must have 42"),
        (with(11, 46, 42), "offset 78: the record of type 11 has 0 bytes of content; it must have 32"),
    ];
    for (records, expected) in cases {
        let fault = HardwareHash::decode(&sealed(&records, records.len() + 4)).unwrap_err().to_string();
        assert!(fault.contains(expected), "{fault} does not say {expected}");
    }
}

#[test]
fn an_id_that_is_not_of_the_endorsement_key_is_refused() {
    let mut hash = with_tpm();
    for record in &mut hash.records {
        if let HashRecord::OfflineDeviceId(id) = record {
            id.id.0[0] ^= 1;
        }
    }
    assert_eq!(hash.build(), Err(Fault::EndorsementKey { offset: 414 }));
    for record in &mut hash.records {
        if let HashRecord::OfflineDeviceId(id) = record {
            id.kind = 2;
        }
    }
    assert!(hash.build().is_ok(), "an id from elsewhere is its own");
}

#[test]
fn serial_number_and_manufacturer_must_be_there() {
    for kind in [TextKind::SerialNumber, TextKind::Manufacturer] {
        for blank in ["", " \t"] {
            let mut hash = virtual_machine();
            hash.put(HashRecord::Text(Text::new(kind, blank)));
            assert_eq!(hash.build(), Err(Fault::Missing(kind)), "{blank:?}");
        }
        let mut hash = virtual_machine();
        hash.records.retain(|record| record.number() != kind.number());
        assert_eq!(hash.build(), Err(Fault::Missing(kind)));
    }
    assert_eq!(
        Fault::Missing(TextKind::SerialNumber).to_string(),
        "the record of type 14 (serial number) is missing or blank"
    );
}

#[test]
fn what_is_no_text_is_not_told_as_missing() {
    for (kind, offset) in [(TextKind::SerialNumber, 24), (TextKind::Manufacturer, 41)] {
        let mut hash = virtual_machine();
        let content = Hexadecimal(b"M\xfcller\0".to_vec());
        let at = hash.records.iter().position(|record| record.number() == kind.number()).unwrap();
        hash.records[at] = HashRecord::Other { number: kind.number(), content };
        assert_eq!(hash.build(), Err(Fault::NotText { offset, kind }));
    }
    assert_eq!(
        Fault::NotText { offset: 41, kind: TextKind::Manufacturer }.to_string(),
        "offset 41: the record of type 16 (manufacturer) is not UTF-8 or ASCII text"
    );
}

#[test]
fn a_nul_stands_at_the_end_of_a_text_only_if_the_device_is_known_by_it() {
    let with = |kind, text: &str| {
        let mut hash = virtual_machine();
        hash.records.retain(|record| record.number() != kind as u16);
        hash.records.push(HashRecord::Text(Text::new(kind, text)));
        hash.build()
    };
    for kind in [
        TextKind::SerialNumber,
        TextKind::Manufacturer,
        TextKind::Model,
        TextKind::SkuNumber,
        TextKind::SystemFamily,
        TextKind::ProductKeyId,
    ] {
        for text in ["A\0B", "\0A"] {
            let fault = with(kind, text).unwrap_err();
            assert!(matches!(fault, Fault::Nul { kind: told, .. } if told == kind), "{kind:?}: {fault}");
        }
        // Text::new adds another.
        assert!(with(kind, "A\0\0").is_ok(), "{kind:?}");
    }
    assert!(with(TextKind::BoardVersion, "A\0B").is_ok(), "nobody keeps it");
    let fault = with(TextKind::SerialNumber, "A\0B").unwrap_err();
    assert_eq!(
        fault.to_string(),
        "offset 61: the record of type 14 (serial number) has a NUL within its text"
    );
}

#[test]
fn what_is_too_large_is_not_built() {
    let mut hash = virtual_machine();
    hash.size = 16_385;
    assert_eq!(hash.build(), Err(Fault::Size(16_385)));
    for length in [20_000, 70_000] {
        let mut hash = virtual_machine();
        hash.records.push(HashRecord::Other { number: 99, content: Hexadecimal(vec![0; length]) });
        assert!(matches!(hash.build(), Err(Fault::Size(_))), "{length}");
    }
}

#[test]
fn base64_is_padded() {
    let cases = [
        ("T0FB", Ok(b"OAA".to_vec())),
        ("T0E=", Ok(b"OA".to_vec())),
        ("", Ok(Vec::new())),
        ("T0E", Err(Base64Fault::Unpadded { length: 3, padding: "=" })),
        ("T0FBTw", Err(Base64Fault::Unpadded { length: 6, padding: "==" })),
        ("T0F-", Err(Base64Fault::Character { position: 4, character: '-' })),
        ("Tü==", Err(Base64Fault::Character { position: 2, character: 'ü' })),
        ("T0E=T0E=T", Err(Base64Fault::Damaged { position: 9, length: 9 })),
        ("T0F", Err(Base64Fault::Damaged { position: 3, length: 3 })),
        ("T=E=", Err(Base64Fault::Damaged { position: 2, length: 4 })),
    ];
    for (text, expected) in cases {
        assert_eq!(from_base64(text), expected, "{text}");
    }
}
