//! Laws: what is decoded is built again as it was, as bytes and as JSON, and no bytes make the decoder stumble.

use proptest::collection::vec;
use proptest::prelude::*;

use super::super::{
    Chassis, CpuTopology, Disk, Display, Facts, Grounds, HardwareHash, InstalledMemory, Likeness,
};
use super::*;

const KINDS: [TextKind; 17] = [
    TextKind::CpuManufacturer,
    TextKind::CpuModel,
    TextKind::DiskId,
    TextKind::Tpm,
    TextKind::SerialNumber,
    TextKind::FirmwareVendor,
    TextKind::Manufacturer,
    TextKind::Model,
    TextKind::SkuNumber,
    TextKind::SystemFamily,
    TextKind::FirmwareVendorAgain,
    TextKind::BoardProduct,
    TextKind::BoardVersion,
    TextKind::SystemVersion,
    TextKind::ProductKeyId,
    TextKind::KernelDiskSerialNumber,
    TextKind::GpuName,
];

fn texts() -> impl Strategy<Value = HashRecord> {
    let kinds = proptest::sample::select(&KINDS[..]);
    (kinds, "\\PC{0,20}").prop_map(|(kind, text)| HashRecord::Text(Text::new(kind, text)))
}

fn others() -> impl Strategy<Value = HashRecord> {
    (31..60_000u16, vec(any::<u8>(), 0..40))
        .prop_map(|(number, content)| HashRecord::Other { number, content: Hexadecimal(content) })
}

fn tools() -> impl Strategy<Value = HashRecord> {
    let numbers = (any::<[u16; 4]>(), any::<[u16; 4]>(), any::<u32>(), any::<i8>(), any::<[u8; 3]>());
    numbers.prop_map(|(tool, os, collected, zone, [os_type, architecture, tool_schema])| {
        HashRecord::ToolAndOs(ToolAndOs {
            tool_version: WindowsVersion(tool),
            os_version: WindowsVersion(os),
            collected: CollectionTime(collected),
            time_zone_quarter_hours: zone,
            os_type,
            architecture,
            tool_schema,
        })
    })
}

fn parts() -> BoxedStrategy<HashRecord> {
    let cpu =
        any::<[u16; 6]>().prop_map(|[architecture, packages, cores, threads, hyperthreading, spare]| {
            HashRecord::CpuTopology(CpuTopology {
                architecture,
                packages,
                cores,
                threads,
                hyperthreading,
                spare,
            })
        });
    let memory =
        (any::<[u64; 2]>(), any::<[u16; 2]>(), any::<u8>()).prop_map(|(sizes, counts, error_correction)| {
            let ([ram_gib, smbios_maximum], [slots, arrays]) = (sizes, counts);
            HashRecord::Memory(InstalledMemory { ram_gib, smbios_maximum, slots, arrays, error_correction })
        });
    let disk =
        (any::<u64>(), any::<u16>(), any::<[u8; 2]>()).prop_map(|(capacity_gb, bus, [kind, spare])| {
            HashRecord::Disk(Disk { capacity_gb, bus, kind, spare })
        });
    let network = (any::<[u16; 2]>(), any::<[u8; 6]>(), "\\PC{0,8}")
        .prop_map(|([medium, spare], mac, bus)| HashRecord::Network(Network { medium, spare, mac, bus }));
    let display =
        (any::<[u16; 2]>(), any::<[u16; 2]>(), any::<[u8; 4]>()).prop_map(|(size_mm, size_pixels, spare)| {
            HashRecord::Display(Display { size_mm, size_pixels, spare })
        });
    let chassis =
        (any::<[u8; 2]>(), any::<[u8; 3]>()).prop_map(|([smbios_type, power_platform_role], spare)| {
            HashRecord::Chassis(Chassis { smbios_type, power_platform_role, spare })
        });
    let uuid = any::<[u8; 16]>().prop_map(|bytes| HashRecord::SmbiosUuid { uuid: Uuid::from_bytes(bytes) });
    prop_oneof![tools(), cpu, memory, disk, network, display, chassis, uuid, texts(), others()].boxed()
}

fn hashes() -> impl Strategy<Value = HardwareHash> {
    (vec(parts(), 0..20), 40..4_000usize, vec(any::<u8>(), 0..4)).prop_map(|(records, size, tail)| {
        let mut hash = virtual_machine();
        hash.records.extend(records);
        let length: usize = hash.build().unwrap().iter().rposition(|byte| *byte != 0).unwrap() + 1;
        hash.size = size.max(length + 60);
        hash.tail = Hexadecimal(tail.into_iter().chain([1]).collect());
        hash
    })
}

proptest! {
    #[test]
    fn what_is_built_decodes_to_the_same(hash in hashes()) {
        let blob = hash.build().unwrap();
        prop_assert_eq!(HardwareHash::decode(&blob), Ok(hash));
    }

    #[test]
    fn what_is_decoded_is_built_again(records in vec((0..33u16, vec(any::<u8>(), 0..50)), 0..20)) {
        // Content at random under types that mean something: what does not fit them is kept as it is.
        let mut content = virtual_machine().build().unwrap()[4..78].to_vec();
        for (number, bytes) in &records {
            content.extend(number.to_le_bytes());
            content.extend(u16::try_from(bytes.len() + 4).unwrap().to_le_bytes());
            content.extend(bytes);
        }
        let blob = sealed(&content, content.len() + 4);
        if let Ok(hash) = HardwareHash::decode(&blob) {
            prop_assert_eq!(hash.build(), Ok(blob));
        }
    }

    #[test]
    fn a_hash_is_the_same_after_a_journey_through_json(hash in hashes()) {
        let json = serde_json::to_string(&hash).unwrap();
        prop_assert_eq!(serde_json::from_str::<HardwareHash>(&json).unwrap(), hash);
    }

    #[test]
    fn any_bytes_are_decoded_or_refused(bytes in vec(any::<u8>(), 0..5_000)) {
        prop_assert!(HardwareHash::decode(&bytes).is_err());
    }

    #[test]
    fn any_records_under_a_good_checksum_are_decoded_or_refused(bytes in vec(any::<u8>(), 0..300)) {
        let blob = sealed(&bytes, bytes.len() + 4);
        if let Ok(hash) = HardwareHash::decode(&blob) {
            prop_assert_eq!(hash.build(), Ok(blob));
        }
    }

    #[test]
    fn likeness_is_mutual_and_a_device_is_itself(records in vec(parts(), 0..8), others in vec(parts(), 0..8)) {
        let facts = |records: Vec<HashRecord>| {
            let mut hash = virtual_machine();
            hash.records.splice(0..0, records);
            let blob = hash.build();
            blob.map(|blob| Facts::of(&hash, &blob))
        };
        if let (Ok(one), Ok(other)) = (facts(records), facts(others)) {
            prop_assert_eq!(one.compare(&other), other.compare(&one));
            let itself = one.compare(&one);
            prop_assert!(matches!(itself, Likeness::Same(grounds) if grounds <= Grounds::Blob), "{:?}", itself);
        }
    }
}
