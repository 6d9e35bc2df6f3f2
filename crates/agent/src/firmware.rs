//! A machine's BIOS, whatever it is made of, and the ways in which it refuses.

use std::path::PathBuf;
use std::str::FromStr;

use uuid::Uuid;

use crate::attribute::Attributes;

/// A machine's BIOS.
pub trait Firmware: Send {
    /// Says which machine this is.
    fn identity(&self) -> Result<MachineIdentity, FirmwareError>;

    /// Reads all attributes.
    fn attributes(&self) -> Result<Attributes, FirmwareError>;

    /// Reads the value of one attribute, by its exact name.
    fn read(&self, name: &str) -> Result<String, FirmwareError>;

    /// Writes the value of one attribute, by its exact name.
    fn write(&mut self, name: &str, value: &str) -> Result<(), FirmwareError>;

    /// Whether something takes effect only after a reboot.
    fn is_reboot_pending(&self) -> Result<bool, FirmwareError>;

    /// Whether an administrator password is set, so that nothing is written without it.
    fn has_admin_password(&self) -> Result<bool, FirmwareError>;

    /// Has the kernel use this password for what is written from now on.
    fn open_session(&mut self, password: &str) -> Result<(), FirmwareError>;

    /// Has the kernel forget the password. It does no harm where there is none.
    fn close_session(&mut self) -> Result<(), FirmwareError>;

    /// How long the administrator password may be; none if the firmware has no such password, or none that can be set.
    fn password_lengths(&self) -> Result<Option<PasswordLengths>, FirmwareError>;

    /// Changes the administrator password, with the password of the session, which ends with that; an empty one removes it.
    fn change_admin_password(&mut self, new: &str) -> Result<(), FirmwareError>;

    /// Has what is written wait until [`Firmware::save`], where the BIOS can do so, and says whether it can.
    fn begin_bulk(&mut self) -> Result<bool, FirmwareError>;

    /// Saves what was written since [`Firmware::begin_bulk`].
    fn save(&mut self) -> Result<(), FirmwareError>;
}

/// How many characters a password may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordLengths {
    /// The fewest characters.
    pub min: u32,
    /// The most characters.
    pub max: u32,
}

/// Which machine this is, as SMBIOS tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MachineIdentity {
    /// Who made it, if it is one of those whose BIOS is known.
    pub vendor: Option<Vendor>,
    /// The manufacturer, as SMBIOS spells it.
    pub manufacturer: String,
    /// The product's name.
    pub model: String,
    /// The serial number; empty if it has none.
    pub serial_number: String,
    /// The UUID of the system, if it has one.
    pub uuid: Option<Uuid>,
}

/// The makers whose machines are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Vendor {
    /// Dell, driver `dell-wmi-sysman`.
    Dell,
    /// HP, driver `hp-bioscfg`.
    Hp,
    /// Lenovo, driver `thinklmi`.
    Lenovo,
    /// Microsoft's Surface, whose firmware has no driver of this class.
    Surface,
}

impl Vendor {
    /// The maker of a machine, by its manufacturer as SMBIOS spells it.
    pub fn of(manufacturer: &str) -> Option<Vendor> {
        let manufacturer = manufacturer.trim().to_ascii_lowercase();
        let first = manufacturer.split([' ', ',', '.']).next().unwrap_or_default();
        match first {
            "dell" => Some(Vendor::Dell),
            "hp" | "hewlett-packard" => Some(Vendor::Hp),
            "lenovo" => Some(Vendor::Lenovo),
            "microsoft" => Some(Vendor::Surface),
            _ => None,
        }
    }

    /// The kernel's driver of the class `firmware-attributes`, if there is one.
    pub fn driver(self) -> Option<&'static str> {
        match self {
            Vendor::Dell => Some("dell-wmi-sysman"),
            Vendor::Hp => Some("hp-bioscfg"),
            Vendor::Lenovo => Some("thinklmi"),
            Vendor::Surface => None,
        }
    }
}

/// Reads the name of a maker, as a command line has it.
impl FromStr for Vendor {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Vendor, &'static str> {
        match name {
            "dell" => Ok(Vendor::Dell),
            "hp" => Ok(Vendor::Hp),
            "lenovo" => Ok(Vendor::Lenovo),
            "surface" => Ok(Vendor::Surface),
            _ => Err("there are dell, hp, lenovo and surface"),
        }
    }
}

/// Why a BIOS does not do what it is asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FirmwareError {
    /// The kernel shows no attributes of this machine.
    #[error("the kernel shows no firmware attributes: there is no driver for this machine")]
    NoAttributes,
    /// There is no attribute of this name.
    #[error("there is no attribute {0}")]
    NoAttribute(String),
    /// The driver or the firmware refused.
    #[error("{0}")]
    Refused(FirmwareRefusal),
    /// A file leads out of the folder in which the attributes are.
    #[error("{} leads out of the folder of attributes", .0.display())]
    Outside(PathBuf),
    /// A file is larger than such a file can be.
    #[error("{} is larger than {bytes_max} bytes", path.display())]
    TooLarge {
        /// Which file it is.
        path: PathBuf,
        /// The most bytes that such a file has.
        bytes_max: u64,
    },
    /// A file could not be read or written.
    #[error("{}: {cause}", path.display())]
    Unusable {
        /// Which file it is.
        path: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// The machine does not answer any more: it hangs, or has no power.
    #[error("the machine does not answer")]
    Gone,
}

/// The errors of the drivers, as numbers of the kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum FirmwareRefusal {
    /// `EIO`: the firmware failed.
    #[error("the firmware failed (EIO)")]
    Failed,
    /// `EINVAL`: the value is not taken.
    #[error("the value is not taken (EINVAL)")]
    Invalid,
    /// `EACCES`: a password is missing or wrong, or this user may not write.
    #[error("access denied: the BIOS password is missing or wrong, or this user may not write (EACCES)")]
    Denied,
    /// `EOPNOTSUPP`: the firmware cannot do this, or not now.
    #[error("the firmware cannot do this, or not now (EOPNOTSUPP)")]
    Unsupported,
    /// `ENOMEM`: the firmware has no room.
    #[error("the firmware has no room for this (ENOMEM)")]
    NoMemory,
    /// `EPROTO`: driver and firmware do not understand each other.
    #[error("driver and firmware do not understand each other (EPROTO)")]
    Protocol,
}

impl FirmwareRefusal {
    /// All of them: the refusal for the firmware's code 1 comes first, and so on to 6.
    pub const ALL: [FirmwareRefusal; 6] = [
        FirmwareRefusal::Failed,
        FirmwareRefusal::Invalid,
        FirmwareRefusal::Denied,
        FirmwareRefusal::Unsupported,
        FirmwareRefusal::NoMemory,
        FirmwareRefusal::Protocol,
    ];

    /// The refusal that an error number of Linux stands for.
    pub(crate) fn of_error_number(number: i32) -> Option<FirmwareRefusal> {
        match number {
            5 => Some(FirmwareRefusal::Failed),
            22 => Some(FirmwareRefusal::Invalid),
            1 | 13 => Some(FirmwareRefusal::Denied),
            95 => Some(FirmwareRefusal::Unsupported),
            12 => Some(FirmwareRefusal::NoMemory),
            71 => Some(FirmwareRefusal::Protocol),
            _ => None,
        }
    }
}
