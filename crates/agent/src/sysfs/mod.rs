//! The BIOS as the kernel shows it: files below `/sys/class/firmware-attributes`, or a copy of them.

mod confined;
mod dmi;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use confined::Confined;

use crate::attribute::{Attribute, AttributeKind, Attributes, words};
use crate::firmware::{Firmware, FirmwareError, FirmwareRefusal, MachineIdentity, PasswordLengths, Vendor};
use crate::modifier::{read_forces, read_modifiers};

/// The most attributes that a machine may have; those that were seen have about a hundred.
const ATTRIBUTES_MAX: usize = 2_000;
/// The most bytes of a value: the kernel shows a page.
const VALUE_BYTES_MAX: u64 = 4_096;
/// The drivers of the class.
const DRIVERS: [Vendor; 3] = [Vendor::Dell, Vendor::Lenovo, Vendor::Hp];
/// The role of the password without which nothing is written.
const ADMIN_ROLE: &str = "bios-admin";

/// The BIOS as the kernel shows it in files.
pub struct SysfsFirmware {
    attributes_root: PathBuf,
    dmi_root: PathBuf,
}

impl SysfsFirmware {
    /// Where the kernel shows attributes.
    pub const ATTRIBUTES_ROOT_DEFAULT: &str = "/sys/class/firmware-attributes";
    /// Where the kernel shows what SMBIOS tells.
    pub const DMI_ROOT_DEFAULT: &str = "/sys/class/dmi/id";

    /// The BIOS whose attributes and SMBIOS are shown in these folders. Nothing is read yet.
    pub fn new(attributes_root: &Path, dmi_root: &Path) -> SysfsFirmware {
        SysfsFirmware { attributes_root: attributes_root.to_owned(), dmi_root: dmi_root.to_owned() }
    }

    /// The folder of the machine's driver.
    fn driver(&self) -> Result<Confined, FirmwareError> {
        for driver in DRIVERS.iter().filter_map(|vendor| vendor.driver()) {
            if let Some(folder) = Confined::open(&self.attributes_root, driver)? {
                return Ok(folder);
            }
        }
        Err(FirmwareError::NoAttributes)
    }

    fn attribute(folder: &Confined, name: &str) -> Result<Option<Attribute>, FirmwareError> {
        let text = |file: &str| folder.read(&["attributes", name, file], VALUE_BYTES_MAX);
        let Some(current) = text("current_value")? else { return Ok(None) };
        let number =
            |file: &str| Ok::<_, FirmwareError>(text(file)?.and_then(|text| text.trim().parse::<i64>().ok()));
        let length = |file: &str| {
            Ok::<_, FirmwareError>(number(file)?.and_then(|length| usize::try_from(length).ok()))
        };
        let kind = match text("type")?.as_deref().map(str::trim) {
            Some("integer") => AttributeKind::Integer {
                min: number("min_value")?.unwrap_or(i64::MIN),
                max: number("max_value")?.unwrap_or(i64::MAX),
                step: number("scalar_increment")?.unwrap_or(1),
            },
            Some("ordered-list") => {
                AttributeKind::OrderedList { elements: words(&text("elements")?.unwrap_or_default()) }
            }
            // Older drivers do not tell the kind: what has a list of values is one of them.
            kind => match text("possible_values")? {
                Some(possible) if kind != Some("string") => {
                    AttributeKind::Enumeration { possible: words(&possible) }
                }
                _ => AttributeKind::String {
                    min_length: length("min_length")?.unwrap_or(0),
                    max_length: length("max_length")?.unwrap_or(VALUE_BYTES_MAX as usize - 1),
                },
            },
        };
        Ok(Some(Attribute {
            kind,
            current,
            default: text("default_value")?,
            display_name: text("display_name")?,
            modifiers: read_modifiers(&text("dell_modifier")?.unwrap_or_default()),
            forces: read_forces(&text("dell_value_modifier")?.unwrap_or_default()),
        }))
    }

    /// The folder of the administrator password, whatever the driver calls it.
    fn admin(folder: &Confined) -> Result<Option<String>, FirmwareError> {
        for name in folder.folders(&["authentication"], ATTRIBUTES_MAX)? {
            let role = folder.read(&["authentication", &name, "role"], VALUE_BYTES_MAX)?;
            if role.is_some_and(|role| role.trim() == ADMIN_ROLE) {
                return Ok(Some(name));
            }
        }
        Ok(None)
    }

    fn write_session(&self, password: &str) -> Result<(), FirmwareError> {
        let folder = self.driver()?;
        match SysfsFirmware::admin(&folder)? {
            Some(admin) => folder.write_secret(&["authentication", &admin, "current_password"], password),
            None if password.is_empty() => Ok(()),
            None => Err(FirmwareError::Refused(FirmwareRefusal::Unsupported)),
        }
    }
}

impl Firmware for SysfsFirmware {
    fn identity(&self) -> Result<MachineIdentity, FirmwareError> {
        dmi::identity(&self.dmi_root)
    }

    fn attributes(&self) -> Result<Attributes, FirmwareError> {
        let folder = self.driver()?;
        let mut attributes = BTreeMap::new();
        for name in folder.folders(&["attributes"], ATTRIBUTES_MAX)? {
            if let Some(attribute) = SysfsFirmware::attribute(&folder, &name)? {
                attributes.insert(name, attribute);
            }
        }
        Ok(Attributes(attributes))
    }

    fn read(&self, name: &str) -> Result<String, FirmwareError> {
        let value = self.driver()?.read(&["attributes", name, "current_value"], VALUE_BYTES_MAX)?;
        value.ok_or_else(|| FirmwareError::NoAttribute(name.to_owned()))
    }

    fn write(&mut self, name: &str, value: &str) -> Result<(), FirmwareError> {
        self.driver()?.write(&["attributes", name, "current_value"], value)
    }

    fn is_reboot_pending(&self) -> Result<bool, FirmwareError> {
        let pending = self.driver()?.read(&["attributes", "pending_reboot"], VALUE_BYTES_MAX)?;
        Ok(pending.is_some_and(|pending| pending.trim() == "1"))
    }

    fn has_admin_password(&self) -> Result<bool, FirmwareError> {
        let folder = self.driver()?;
        let Some(admin) = SysfsFirmware::admin(&folder)? else { return Ok(false) };
        let enabled = folder.read(&["authentication", &admin, "is_enabled"], VALUE_BYTES_MAX)?;
        Ok(enabled.is_some_and(|enabled| enabled.trim() == "1"))
    }

    fn open_session(&mut self, password: &str) -> Result<(), FirmwareError> {
        self.write_session(password)
    }

    fn close_session(&mut self) -> Result<(), FirmwareError> {
        match self.write_session("") {
            Err(FirmwareError::NoAttributes) => Ok(()),
            result => result,
        }
    }

    fn password_lengths(&self) -> Result<Option<PasswordLengths>, FirmwareError> {
        let folder = self.driver()?;
        let Some(admin) = SysfsFirmware::admin(&folder)? else { return Ok(None) };
        let number = |file: &str| {
            let text = folder.read(&["authentication", &admin, file], VALUE_BYTES_MAX)?;
            Ok::<u32, FirmwareError>(text.and_then(|text| text.trim().parse().ok()).unwrap_or(0))
        };
        Ok(Some(PasswordLengths { min: number("min_password_length")?, max: number("max_password_length")? }))
    }

    fn change_admin_password(&mut self, new: &str) -> Result<(), FirmwareError> {
        let folder = self.driver()?;
        let admin = SysfsFirmware::admin(&folder)?;
        let admin = admin.ok_or(FirmwareError::Refused(FirmwareRefusal::Unsupported))?;
        folder.write_secret(&["authentication", &admin, "new_password"], new)
    }

    fn begin_bulk(&mut self) -> Result<bool, FirmwareError> {
        let folder = self.driver()?;
        let mode = folder.read(&["attributes", "save_settings"], VALUE_BYTES_MAX)?;
        match mode {
            Some(mode) if mode.trim() == "bulk" => Ok(true),
            Some(_) => folder.write(&["attributes", "save_settings"], "bulk").map(|()| true),
            None => Ok(false),
        }
    }

    fn save(&mut self) -> Result<(), FirmwareError> {
        self.driver()?.write(&["attributes", "save_settings"], "save")
    }
}
