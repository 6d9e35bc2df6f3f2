//! The engine against vectors whose bytes are written out, and against laws that hold for any bytes.

mod changes;
mod faults;
mod identity;
mod laws;
mod vectors;

use uuid::{Uuid, uuid};

use super::{
    CollectionTime, HardwareHash, HashRecord, Hexadecimal, Network, OfflineDeviceId, TPM_ENDORSEMENT_KEY,
    Text, TextKind, ToolAndOs, WindowsVersion,
};

const UUID: Uuid = uuid!("00112233-4455-6677-8899-aabbccddeeff");

/// A virtual machine without a TPM.
fn virtual_machine() -> HardwareHash {
    HardwareHash::new(vec![
        HashRecord::SmbiosUuid { uuid: UUID },
        HashRecord::Text(Text::new(TextKind::SerialNumber, "TEST-SN-0001")),
        HashRecord::Text(Text::new(TextKind::Manufacturer, "Example Corp")),
        HashRecord::Text(Text::new(TextKind::Model, "Example Model 1")),
    ])
}

/// The same with the record of the tool.
fn with_tool() -> HardwareHash {
    let version = WindowsVersion([10, 0, 26_100, 1]);
    let tool = ToolAndOs {
        tool_version: version,
        os_version: version,
        collected: "2026-01-01T00:00:00Z".parse::<CollectionTime>().unwrap(),
        time_zone_quarter_hours: 0,
        os_type: 2,
        architecture: 9,
        tool_schema: 8,
    };
    let mut hash = virtual_machine();
    hash.records.insert(0, HashRecord::ToolAndOs(tool));
    hash
}

/// The same with a TPM, a disk and a network adapter.
pub(super) fn with_tpm() -> HardwareHash {
    let modulus: Vec<u8> = (0..=255).collect();
    let id = super::facts::sha_256(&modulus).to_vec();
    let mut hash = virtual_machine();
    hash.records.extend([
        HashRecord::Text(Text::new(
            TextKind::Tpm,
            "TPM-Version:2.0 -Level:0-Revision:1.38-VendorID:'TEST'-Firmware:65536.0",
        )),
        HashRecord::EndorsementKey { modulus: Hexadecimal(modulus) },
        HashRecord::OfflineDeviceId(OfflineDeviceId {
            spare: 0,
            kind: TPM_ENDORSEMENT_KEY,
            id: Hexadecimal(id),
        }),
        HashRecord::Text(Text::new(TextKind::DiskId, "DISK0001|Example Disk|")),
        HashRecord::Network(Network { medium: 14, spare: 0, mac: [2, 0, 0, 0, 0, 1], bus: "PCI".to_owned() }),
    ]);
    hash
}

/// Gives records another checksum, so that something else is found wrong.
fn sealed(records: &[u8], total: usize) -> Vec<u8> {
    let mut blob = b"OA".to_vec();
    blob.extend(u16::try_from(total).unwrap().to_le_bytes());
    blob.extend(records);
    let checksum = super::facts::sha_256(&blob);
    blob.extend(b"CS\x24\0");
    blob.extend(checksum);
    blob.resize(blob.len().max(3_000), 0);
    blob
}
