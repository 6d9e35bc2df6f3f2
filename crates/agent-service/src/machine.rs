//! What the machine says of itself: its identity from the firmware, and what else SMBIOS and the system tell.

use std::fs;
use std::path::{Path, PathBuf};

use agent::MachineIdentity;
use check_in::Machine;

/// The most bytes of a file that is read for this.
const TEXT_BYTES_MAX: usize = 1 << 10;

/// Describes a machine, beside what its firmware says of its identity.
pub trait DescribeMachine: Send {
    /// The machine with this identity.
    fn describe(&self, identity: &MachineIdentity) -> Machine;

    /// The machine's hardware hash in Base64, if somebody collected one.
    fn hardware_hash(&self) -> Option<String> {
        None
    }
}

/// A machine that shows its SMBIOS in a folder of the kernel.
pub struct DmiMachine {
    dmi_root: PathBuf,
}

impl DmiMachine {
    /// The machine whose SMBIOS is in this folder.
    pub fn new(dmi_root: &Path) -> DmiMachine {
        DmiMachine { dmi_root: dmi_root.to_owned() }
    }

    fn text(&self, name: &str) -> String {
        first_line(&self.dmi_root.join(name))
    }
}

impl DescribeMachine for DmiMachine {
    fn describe(&self, identity: &MachineIdentity) -> Machine {
        Machine {
            sku_number: self.text("product_sku"),
            system_family: self.text("product_family"),
            firmware_version: self.text("bios_version"),
            os_version: os_version(),
            ..of_identity(identity)
        }
    }
}

/// A machine as its identity alone describes it.
pub(crate) fn of_identity(identity: &MachineIdentity) -> Machine {
    Machine {
        manufacturer: identity.manufacturer.clone(),
        model: identity.model.clone(),
        serial_number: identity.serial_number.clone(),
        uuid: identity.uuid.map(|uuid| uuid.to_string()).unwrap_or_default(),
        ..Machine::default()
    }
}

/// The name of the operating system.
fn os_version() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let name = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    name.unwrap_or("Linux").trim_matches('"').chars().take(TEXT_BYTES_MAX / 4).collect()
}

/// The first line of a file; empty if it cannot be read.
fn first_line(path: &Path) -> String {
    let bytes = fs::read(path).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(TEXT_BYTES_MAX)]);
    text.lines().next().unwrap_or_default().trim().to_owned()
}
