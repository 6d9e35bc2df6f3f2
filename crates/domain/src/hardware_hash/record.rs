//! What the records of a hash hold. A record whose content is not as its type has it is kept as the bytes it is, so
//! that a hash can always be built again from what was decoded.

use std::fmt;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::hexadecimal::Hexadecimal;
use super::parts::{Chassis, CpuTopology, Disk, Display, Memory, Network, OfflineDeviceId};
use super::text::{Text, TextKind};
use super::tool::ToolAndOs;

/// Types of records by which devices are told apart.
pub(super) const OFFLINE_DEVICE_ID: u16 = 11;
pub(super) const SMBIOS_UUID: u16 = 12;
pub(super) const ENDORSEMENT_KEY: u16 = 25;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "record", rename_all = "camelCase")]
pub enum Record {
    /// Type 1.
    ToolAndOs(ToolAndOs),
    /// Type 2.
    CpuTopology(CpuTopology),
    /// Any type that is text.
    Text(Text),
    /// Type 5.
    Memory(Memory),
    /// Type 6.
    Disk(Disk),
    /// Type 8.
    Network(Network),
    /// Type 9.
    Display(Display),
    /// Type 10.
    Chassis(Chassis),
    /// Type 11.
    OfflineDeviceId(OfflineDeviceId),
    /// Type 12: the UUID by which the firmware knows the device.
    #[serde(rename_all = "camelCase")]
    SmbiosUuid {
        /// The UUID.
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
        /// The type.
        number: u16,
        /// The content.
        content: Hexadecimal,
    },
}

impl Record {
    /// Reads a record's content. What would not be written again as it stands is kept as the bytes it is.
    pub(super) fn read(number: u16, content: &[u8]) -> Record {
        let as_it_stands = |record: &Record| {
            let mut written = Vec::with_capacity(content.len());
            record.write(&mut written);
            written == content
        };
        let other = || Record::Other { number, content: Hexadecimal(content.to_vec()) };
        Record::typed(number, content).filter(as_it_stands).unwrap_or_else(other)
    }

    fn typed(number: u16, content: &[u8]) -> Option<Record> {
        if let Some(kind) = TextKind::of(number) {
            return Text::read(kind, content).map(Record::Text);
        }
        match number {
            1 => ToolAndOs::read(content).map(Record::ToolAndOs),
            2 => CpuTopology::read(content).map(Record::CpuTopology),
            5 => Memory::read(content).map(Record::Memory),
            6 => Disk::read(content).map(Record::Disk),
            8 => Network::read(content).map(Record::Network),
            9 => Display::read(content).map(Record::Display),
            10 => Chassis::read(content).map(Record::Chassis),
            OFFLINE_DEVICE_ID => OfflineDeviceId::read(content).map(Record::OfflineDeviceId),
            SMBIOS_UUID => {
                let uuid = Uuid::from_bytes_le(content.try_into().ok()?);
                Some(Record::SmbiosUuid { uuid })
            }
            ENDORSEMENT_KEY => Some(Record::EndorsementKey { modulus: Hexadecimal(content.to_vec()) }),
            _ => None,
        }
    }

    /// The record's type.
    pub fn number(&self) -> u16 {
        match self {
            Record::ToolAndOs(_) => 1,
            Record::CpuTopology(_) => 2,
            Record::Text(text) => text.kind.number(),
            Record::Memory(_) => 5,
            Record::Disk(_) => 6,
            Record::Network(_) => 8,
            Record::Display(_) => 9,
            Record::Chassis(_) => 10,
            Record::OfflineDeviceId(_) => OFFLINE_DEVICE_ID,
            Record::SmbiosUuid { .. } => SMBIOS_UUID,
            Record::EndorsementKey { .. } => ENDORSEMENT_KEY,
            Record::Other { number, .. } => *number,
        }
    }

    /// The type's name for people.
    pub fn name(&self) -> &'static str {
        match self {
            Record::ToolAndOs(_) => "tool and OS",
            Record::CpuTopology(_) => "CPU topology",
            Record::Text(text) => text.kind.name(),
            Record::Memory(_) => "memory",
            Record::Disk(_) => "disk",
            Record::Network(_) => "network adapter",
            Record::Display(_) => "display",
            Record::Chassis(_) => "chassis",
            Record::OfflineDeviceId(_) => "offline device id",
            Record::SmbiosUuid { .. } => "SMBIOS UUID",
            Record::EndorsementKey { .. } => "TPM endorsement key",
            Record::Other { number: 29, .. } => "GPU memory",
            Record::Other { .. } => "unknown",
        }
    }

    /// Appends the record's content.
    pub(super) fn write(&self, content: &mut Vec<u8>) {
        match self {
            Record::ToolAndOs(tool) => tool.write(content),
            Record::CpuTopology(cpu) => cpu.write(content),
            Record::Text(text) => text.write(content),
            Record::Memory(memory) => memory.write(content),
            Record::Disk(disk) => disk.write(content),
            Record::Network(network) => network.write(content),
            Record::Display(display) => display.write(content),
            Record::Chassis(chassis) => chassis.write(content),
            Record::OfflineDeviceId(id) => id.write(content),
            Record::SmbiosUuid { uuid } => content.extend(uuid.to_bytes_le()),
            Record::EndorsementKey { modulus: bytes } | Record::Other { content: bytes, .. } => {
                content.extend(&bytes.0);
            }
        }
    }
}

impl fmt::Display for Record {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Record::ToolAndOs(tool) => write!(formatter, "{tool}"),
            Record::CpuTopology(cpu) => write!(formatter, "{cpu}"),
            Record::Text(text) => write!(formatter, "{text}"),
            Record::Memory(memory) => write!(formatter, "{memory}"),
            Record::Disk(disk) => write!(formatter, "{disk}"),
            Record::Network(network) => write!(formatter, "{network}"),
            Record::Display(display) => write!(formatter, "{display}"),
            Record::Chassis(chassis) => write!(formatter, "{chassis}"),
            Record::OfflineDeviceId(id) => write!(formatter, "{id}"),
            Record::SmbiosUuid { uuid } => write!(formatter, "{uuid}"),
            Record::EndorsementKey { modulus: bytes } | Record::Other { content: bytes, .. } => {
                write!(formatter, "{bytes}")
            }
        }
    }
}
