//! What the records of a hash hold. A record whose content is not as its type has it is kept as the bytes it is, so
//! that a hash can always be built again from what was decoded.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hexadecimal::Hexadecimal;
use super::offline_device_id::OfflineDeviceId;
use super::parts::{Chassis, CpuTopology, Disk, Display, InstalledMemory, Network};
use super::text::{Text, TextKind};
use super::tool::ToolAndOs;

/// Types of records by which devices are told apart.
pub(super) const OFFLINE_DEVICE_ID: u16 = 11;
pub(super) const SMBIOS_UUID: u16 = 12;
pub(super) const ENDORSEMENT_KEY: u16 = 25;

/// A record of a hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "camelCase")]
pub enum HashRecord {
    /// The tool that collected the hash, and the operating system it ran on (type 1).
    ToolAndOs(ToolAndOs),
    /// The processor's cores and threads (type 2).
    CpuTopology(CpuTopology),
    /// A text of any type that is text.
    Text(Text),
    /// The memory that is installed (type 5).
    Memory(InstalledMemory),
    /// The disk, one record for each (type 6).
    Disk(Disk),
    /// The network adapter, one record for each (type 8).
    Network(Network),
    /// The screen, one record for each (type 9).
    Display(Display),
    /// The chassis of the device (type 10).
    Chassis(Chassis),
    /// The id that stays with the device (type 11).
    OfflineDeviceId(OfflineDeviceId),
    /// Type 12: the UUID by which the firmware knows the device.
    #[serde(rename_all = "camelCase")]
    SmbiosUuid {
        /// The UUID that SMBIOS gives.
        uuid: Uuid,
    },
    /// Type 25: the modulus of the TPM's endorsement key, an RSA key of 2,048 bits, big-endian.
    #[serde(rename_all = "camelCase")]
    EndorsementKey {
        /// The modulus, 256 bytes.
        modulus: Hexadecimal,
    },
    /// Any other type, or content that is not as its type has it.
    #[serde(rename_all = "camelCase")]
    Other {
        /// The type of the record.
        number: u16,
        /// The content of the record, without its head.
        content: Hexadecimal,
    },
}

impl HashRecord {
    /// Reads a record's content. What would not be written again as it stands is kept as the bytes it is.
    pub(super) fn read(number: u16, content: &[u8]) -> HashRecord {
        let as_it_stands = |record: &HashRecord| {
            let mut written = Vec::with_capacity(content.len());
            record.write(&mut written);
            written == content
        };
        let other = || HashRecord::Other { number, content: Hexadecimal(content.to_vec()) };
        HashRecord::typed(number, content).filter(as_it_stands).unwrap_or_else(other)
    }

    fn typed(number: u16, content: &[u8]) -> Option<HashRecord> {
        if let Some(kind) = TextKind::of(number) {
            return Text::read(kind, content).map(HashRecord::Text);
        }
        match number {
            1 => ToolAndOs::read(content).map(HashRecord::ToolAndOs),
            2 => CpuTopology::read(content).map(HashRecord::CpuTopology),
            5 => InstalledMemory::read(content).map(HashRecord::Memory),
            6 => Disk::read(content).map(HashRecord::Disk),
            8 => Network::read(content).map(HashRecord::Network),
            9 => Display::read(content).map(HashRecord::Display),
            10 => Chassis::read(content).map(HashRecord::Chassis),
            OFFLINE_DEVICE_ID => OfflineDeviceId::read(content).map(HashRecord::OfflineDeviceId),
            SMBIOS_UUID => {
                let uuid = Uuid::from_bytes_le(content.try_into().ok()?);
                Some(HashRecord::SmbiosUuid { uuid })
            }
            ENDORSEMENT_KEY => Some(HashRecord::EndorsementKey { modulus: Hexadecimal(content.to_vec()) }),
            _ => None,
        }
    }

    /// The record's type.
    pub fn number(&self) -> u16 {
        match self {
            HashRecord::ToolAndOs(_) => 1,
            HashRecord::CpuTopology(_) => 2,
            HashRecord::Text(text) => text.kind.number(),
            HashRecord::Memory(_) => 5,
            HashRecord::Disk(_) => 6,
            HashRecord::Network(_) => 8,
            HashRecord::Display(_) => 9,
            HashRecord::Chassis(_) => 10,
            HashRecord::OfflineDeviceId(_) => OFFLINE_DEVICE_ID,
            HashRecord::SmbiosUuid { .. } => SMBIOS_UUID,
            HashRecord::EndorsementKey { .. } => ENDORSEMENT_KEY,
            HashRecord::Other { number, .. } => *number,
        }
    }

    /// The type's name for people.
    pub fn name(&self) -> &'static str {
        match self {
            HashRecord::ToolAndOs(_) => "tool and OS",
            HashRecord::CpuTopology(_) => "CPU topology",
            HashRecord::Text(text) => text.kind.name(),
            HashRecord::Memory(_) => "memory",
            HashRecord::Disk(_) => "disk",
            HashRecord::Network(_) => "network adapter",
            HashRecord::Display(_) => "display",
            HashRecord::Chassis(_) => "chassis",
            HashRecord::OfflineDeviceId(_) => "offline device id",
            HashRecord::SmbiosUuid { .. } => "SMBIOS UUID",
            HashRecord::EndorsementKey { .. } => "TPM endorsement key",
            HashRecord::Other { number: 29, .. } => "GPU memory",
            HashRecord::Other { .. } => "unknown",
        }
    }

    /// Appends the record's content.
    pub(super) fn write(&self, content: &mut Vec<u8>) {
        match self {
            HashRecord::ToolAndOs(tool) => tool.write(content),
            HashRecord::CpuTopology(cpu) => cpu.write(content),
            HashRecord::Text(text) => text.write(content),
            HashRecord::Memory(memory) => memory.write(content),
            HashRecord::Disk(disk) => disk.write(content),
            HashRecord::Network(network) => network.write(content),
            HashRecord::Display(display) => display.write(content),
            HashRecord::Chassis(chassis) => chassis.write(content),
            HashRecord::OfflineDeviceId(id) => id.write(content),
            HashRecord::SmbiosUuid { uuid } => content.extend(uuid.to_bytes_le()),
            HashRecord::EndorsementKey { modulus: bytes } | HashRecord::Other { content: bytes, .. } => {
                content.extend(&bytes.0);
            }
        }
    }
}

impl fmt::Display for HashRecord {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HashRecord::ToolAndOs(tool) => write!(formatter, "{tool}"),
            HashRecord::CpuTopology(cpu) => write!(formatter, "{cpu}"),
            HashRecord::Text(text) => write!(formatter, "{text}"),
            HashRecord::Memory(memory) => write!(formatter, "{memory}"),
            HashRecord::Disk(disk) => write!(formatter, "{disk}"),
            HashRecord::Network(network) => write!(formatter, "{network}"),
            HashRecord::Display(display) => write!(formatter, "{display}"),
            HashRecord::Chassis(chassis) => write!(formatter, "{chassis}"),
            HashRecord::OfflineDeviceId(id) => write!(formatter, "{id}"),
            HashRecord::SmbiosUuid { uuid } => write!(formatter, "{uuid}"),
            HashRecord::EndorsementKey { modulus: bytes } | HashRecord::Other { content: bytes, .. } => {
                write!(formatter, "{bytes}")
            }
        }
    }
}
