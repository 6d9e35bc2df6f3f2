//! The parts of a device, each as its record has it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::text::wide;

/// Takes the next bytes of a content.
pub(super) fn take<const N: usize>(content: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = content.split_first_chunk()?;
    *content = rest;
    Some(*taken)
}

/// The processor's cores and threads (type 2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CpuTopology {
    /// The processor's architecture: 0 is x86, 9 is x64, 12 is arm64.
    pub architecture: u16,
    /// The number of sockets that are filled.
    pub packages: u16,
    /// The number of cores of all processors.
    pub cores: u16,
    /// The number of threads of all processors.
    pub threads: u16,
    /// Whether a core runs more than one thread.
    pub hyperthreading: u16,
    /// Bytes whose meaning is not known.
    #[serde(default)]
    pub spare: u16,
}

impl CpuTopology {
    pub(super) fn read(mut content: &[u8]) -> Option<CpuTopology> {
        let mut number = || take(&mut content).map(u16::from_le_bytes);
        Some(CpuTopology {
            architecture: number()?,
            packages: number()?,
            cores: number()?,
            threads: number()?,
            hyperthreading: number()?,
            spare: number()?,
        })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        let CpuTopology { architecture, packages, cores, threads, hyperthreading, spare } = *self;
        let numbers = [architecture, packages, cores, threads, hyperthreading, spare];
        content.extend(numbers.into_iter().flat_map(u16::to_le_bytes));
    }
}

impl fmt::Display for CpuTopology {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "packages {}, cores {}, threads {}", self.packages, self.cores, self.threads)
    }
}

/// The memory that is installed (type 5).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstalledMemory {
    /// The memory that there is, in GiB.
    pub ram_gib: u64,
    /// The memory that there can be, as the firmware says.
    pub smbios_maximum: u64,
    /// The number of slots for memory.
    pub slots: u16,
    /// The number of arrays of slots.
    pub arrays: u16,
    /// The correction of errors: 3 none, 4 parity, 5 single-bit, 6 multi-bit, 7 CRC.
    pub error_correction: u8,
}

impl InstalledMemory {
    pub(super) fn read(mut content: &[u8]) -> Option<InstalledMemory> {
        Some(InstalledMemory {
            ram_gib: u64::from_le_bytes(take(&mut content)?),
            smbios_maximum: u64::from_le_bytes(take(&mut content)?),
            slots: u16::from_le_bytes(take(&mut content)?),
            arrays: u16::from_le_bytes(take(&mut content)?),
            error_correction: u8::from_le_bytes(take(&mut content)?),
        })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        content.extend(self.ram_gib.to_le_bytes());
        content.extend(self.smbios_maximum.to_le_bytes());
        content.extend(self.slots.to_le_bytes());
        content.extend(self.arrays.to_le_bytes());
        content.push(self.error_correction);
    }
}

impl fmt::Display for InstalledMemory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} GiB in {} slots", self.ram_gib, self.slots)
    }
}

/// A disk (type 6, one for each).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Disk {
    /// The capacity in GB.
    pub capacity_gb: u64,
    /// The bus: 1 SCSI, 2 ATAPI, 3 ATA, 8 RAID, 10 SAS, 11 SATA, 17 NVMe.
    pub bus: u16,
    /// The kind of drive: 0 is a solid-state drive, 255 has platters.
    pub kind: u8,
    /// Bytes whose meaning is not known.
    #[serde(default)]
    pub spare: u8,
}

impl Disk {
    pub(super) fn read(mut content: &[u8]) -> Option<Disk> {
        let capacity_gb = u64::from_le_bytes(take(&mut content)?);
        let bus = u16::from_le_bytes(take(&mut content)?);
        let [kind, spare] = take(&mut content)?;
        Some(Disk { capacity_gb, bus, kind, spare })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        content.extend(self.capacity_gb.to_le_bytes());
        content.extend(self.bus.to_le_bytes());
        content.extend([self.kind, self.spare]);
    }
}

impl fmt::Display for Disk {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} GB, {}", self.capacity_gb, bus_name(self.bus))
    }
}

/// A network adapter (type 8, one for each).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Network {
    /// The medium: 0 virtual, 1 WLAN, 9 native 802.11, 10 Bluetooth, 14 Ethernet.
    pub medium: u16,
    /// Two bytes that are zero in every capture.
    #[serde(default)]
    pub spare: u16,
    /// The address of the adapter.
    pub mac: [u8; 6],
    /// The name of its bus, such as `PCI`.
    pub bus: String,
}

impl Network {
    pub(super) fn read(mut content: &[u8]) -> Option<Network> {
        let medium = u16::from_le_bytes(take(&mut content)?);
        let spare = u16::from_le_bytes(take(&mut content)?);
        let mac = take(&mut content)?;
        let _length: [u8; 4] = take(&mut content)?;
        let bus = wide(content)?.strip_suffix('\0')?.to_owned();
        Some(Network { medium, spare, mac, bus })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        let bus: Vec<u8> = self.bus.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        content.extend(self.medium.to_le_bytes());
        content.extend(self.spare.to_le_bytes());
        content.extend(self.mac);
        content.extend(u32::try_from(bus.len()).unwrap_or(u32::MAX).to_le_bytes());
        content.extend(bus);
    }
}

impl fmt::Display for Network {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mac = self.mac.map(|byte| format!("{byte:02X}")).join(":");
        write!(formatter, "{mac}, {}, {}", medium_name(self.medium), self.bus.escape_debug())
    }
}

/// A screen (type 9, one for each).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Display {
    /// The width and height in millimetres.
    pub size_mm: [u16; 2],
    /// The width and height in pixels.
    pub size_pixels: [u16; 2],
    /// Bytes whose meaning is not known.
    #[serde(default)]
    pub spare: [u8; 4],
}

impl Display {
    pub(super) fn read(mut content: &[u8]) -> Option<Display> {
        let mut number = || take(&mut content).map(u16::from_le_bytes);
        let (size_mm, size_pixels) = ([number()?, number()?], [number()?, number()?]);
        Some(Display { size_mm, size_pixels, spare: take(&mut content)? })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        content.extend(self.size_mm.into_iter().chain(self.size_pixels).flat_map(u16::to_le_bytes));
        content.extend(self.spare);
    }
}

impl fmt::Display for Display {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ([width, height], [wide, high]) = (self.size_mm, self.size_pixels);
        write!(formatter, "{width} x {height} mm, {wide} x {high} pixels")
    }
}

/// The chassis (type 10).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Chassis {
    /// The type of chassis, as SMBIOS numbers them.
    pub smbios_type: u8,
    /// The role of the device in power management.
    pub power_platform_role: u8,
    /// Bytes whose meaning is not known.
    #[serde(default)]
    pub spare: [u8; 3],
}

impl Chassis {
    pub(super) fn read(mut content: &[u8]) -> Option<Chassis> {
        let [smbios_type, power_platform_role] = take(&mut content)?;
        Some(Chassis { smbios_type, power_platform_role, spare: take(&mut content)? })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        content.extend([self.smbios_type, self.power_platform_role]);
        content.extend(self.spare);
    }
}

impl fmt::Display for Chassis {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "type {}, power role {}", self.smbios_type, self.power_platform_role)
    }
}

fn bus_name(bus: u16) -> &'static str {
    match bus {
        1 => "SCSI",
        2 => "ATAPI",
        3 => "ATA",
        8 => "RAID",
        10 => "SAS",
        11 => "SATA",
        17 => "NVMe",
        _ => "another bus",
    }
}

fn medium_name(medium: u16) -> &'static str {
    match medium {
        0 => "virtual",
        1 => "WLAN",
        9 => "native 802.11",
        10 => "Bluetooth",
        14 => "Ethernet",
        _ => "another medium",
    }
}
