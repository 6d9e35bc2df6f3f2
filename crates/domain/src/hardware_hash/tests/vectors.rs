//! Hashes whose bytes are known.

use super::super::{Facts, HardwareHash, HashRecord, TextKind, Warning, from_base64, to_base64};
use super::*;

const VIRTUAL_MACHINE: &str = concat!(
    "4f414e000c00140033221100554477668899aabbccddeeff0e001100544553542d534e2d3030303100100011004578616d706c6520436f727000",
    "110014004578616d706c65204d6f64656c20310043532400246916db8d15813bb85d6546d0d085d6bc35360e8a7b2026f7f21900a765111c",
);

fn hexadecimal(bytes: &[u8]) -> String {
    Hexadecimal(bytes.to_vec()).to_string()
}

#[test]
fn built_hashes_are_known_to_the_byte() {
    let cases = [
        (virtual_machine(), 78, "6e7191e5fcf87b23db435dd9fd52d33904f3a8754885a4f4272620ab91f23044"),
        (with_tool(), 106, "92341ae94b6699ab7ffa565b7910c56b1d97321b86a12db6b4a82321a81937a4"),
        (with_tpm(), 512, "2dd9809e1a634e73bac5bfe5f89cdd0575aca66aed39730e5adbcd528cdb294e"),
    ];
    for (hash, total, digest_of_text) in cases {
        let blob = hash.build().unwrap();
        let text = to_base64(&blob);
        assert_eq!((blob.len(), text.len()), (3_000, 4_000));
        assert_eq!(usize::from(u16::from_le_bytes([blob[2], blob[3]])), total);
        assert_eq!(hexadecimal(&super::super::facts::sha_256(text.as_bytes())), digest_of_text);
        assert!(["T0E", "T0F", "T0G", "T0H"].iter().any(|start| text.starts_with(start)), "{text}");
        assert_eq!(HardwareHash::decode(&from_base64(&text).unwrap()), Ok(hash));
    }
}

#[test]
fn the_bytes_of_a_virtual_machine() {
    let blob = virtual_machine().build().unwrap();
    assert_eq!(hexadecimal(&blob[..114]), VIRTUAL_MACHINE);
    assert!(blob[114..].iter().all(|byte| *byte == 0));
    assert!(to_base64(&with_tool().build().unwrap()).starts_with("T0FqAAEAHAAAAAoAAQD0ZQAACgABAPRlgHXoMAAC"));
    let checksum = "6b0046cbc75c9f47af19f67cfb94b5e7b6ed7462f273d87ecd558debe0341aad";
    assert_eq!(hexadecimal(&with_tpm().build().unwrap()[516..548]), checksum);
}

#[test]
fn records_say_where_they_are_and_what_they_hold() {
    let lines = |hash: HardwareHash| -> Vec<String> {
        let lines = hash.at_offsets();
        lines.map(|(at, record)| format!("{at} {} {} {record}", record.number(), record.name())).collect()
    };
    let tool =
        "4 1 tool and OS tool 10.0.26100.1, Windows 10.0.26100.1 on x64, collected 2026-01-01T00:00:00Z";
    assert_eq!(
        lines(with_tool()),
        [
            tool,
            "32 12 SMBIOS UUID 00112233-4455-6677-8899-aabbccddeeff",
            "52 14 serial number TEST-SN-0001",
            "69 16 manufacturer Example Corp",
            "86 17 model Example Model 1",
        ]
    );
    assert_eq!(lines(with_tpm()).last().unwrap(), "486 8 network adapter 02:00:00:00:00:01, Ethernet, PCI");
}

#[test]
fn a_hash_of_any_size_and_with_anything_after_its_checksum_is_built_again() {
    let mut hash = virtual_machine();
    hash.size = 114;
    assert_eq!(hexadecimal(&hash.build().unwrap()), VIRTUAL_MACHINE);
    hash.tail = Hexadecimal(vec![0, 7]);
    hash.size = 120;
    assert_eq!(HardwareHash::decode(&hash.build().unwrap()), Ok(hash.clone()));
    assert!(hash.warnings().contains(&Warning::Tail));
}

#[test]
fn records_of_unknown_types_are_kept() {
    let mut hash = virtual_machine();
    hash.records.insert(1, HashRecord::Other { number: 999, content: Hexadecimal(vec![1, 2, 3]) });
    assert_eq!(HardwareHash::decode(&hash.build().unwrap()), Ok(hash));
}

#[test]
fn what_is_odd_is_said() {
    use Warning::{NoDisk, NoNetwork, NoTool, NoTpm, PlaceholderSerialNumber, PlaceholderUuid};
    assert_eq!(virtual_machine().warnings(), [NoTpm, NoDisk, NoNetwork, NoTool]);
    assert_eq!(with_tpm().warnings(), [NoTool]);
    let mut hash = with_tpm();
    hash.put(HashRecord::Text(Text::new(TextKind::SerialNumber, "to be filled by O.E.M.")));
    hash.put(HashRecord::SmbiosUuid { uuid: Uuid::max() });
    let serial_number = PlaceholderSerialNumber("to be filled by O.E.M.".to_owned());
    assert_eq!(hash.warnings(), [serial_number, PlaceholderUuid, NoTool]);
    let blob = hash.build().unwrap();
    assert_eq!(Facts::of(&hash, &blob).smbios_uuid, None);
}
