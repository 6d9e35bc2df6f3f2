//! Writes a simulated machine as plain files, in the shape in which the kernel shows a real one.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::attribute::{Attribute, AttributeKind};
use crate::firmware::{MachineIdentity, Vendor};
use crate::simulated::SimulatedFirmware;

/// The modes of files that anybody reads, that root reads and writes, and that root only writes.
const READ: u32 = 0o444;
const OWN: u32 = 0o600;
const WRITE: u32 = 0o200;

/// Writes the attributes of a simulated machine below `DIR/firmware-attributes`, and its SMBIOS below `DIR/dmi`.
pub fn write_tree(folder: &Path, machine: &SimulatedFirmware) -> io::Result<()> {
    let vendor = machine.vendor;
    write_identity(&folder.join("dmi"), &machine.identity)?;
    let class = folder.join("firmware-attributes");
    fs::create_dir_all(&class)?;
    let Some(driver) = vendor.driver() else { return Ok(()) };
    let attributes = class.join(driver).join("attributes");
    for (name, attribute) in &machine.attributes.0 {
        write_attribute(&attributes.join(name), attribute, vendor)?;
    }
    write(&attributes, "pending_reboot", READ, "0")?;
    write(&attributes, "reset_bios", 0o644, "builtinsafe lastknowngood [factory] custom")?;
    if vendor == Vendor::Lenovo {
        write(&attributes, "save_settings", 0o644, "single")?;
        write(&attributes, "debug_cmd", WRITE, "")?;
    }
    for (name, role) in roles(vendor) {
        let folder = class.join(driver).join("authentication").join(name);
        write(&folder, "is_enabled", READ, "0")?;
        write(&folder, "role", READ, role)?;
        write(&folder, "mechanism", READ, "password")?;
        write(&folder, "min_password_length", READ, "4")?;
        write(&folder, "max_password_length", READ, "32")?;
        write(&folder, "current_password", WRITE, "")?;
        write(&folder, "new_password", WRITE, "")?;
    }
    Ok(())
}

/// The passwords of a maker's machines, with what they are for.
fn roles(vendor: Vendor) -> &'static [(&'static str, &'static str)] {
    match vendor {
        Vendor::Dell => &[("Admin", "bios-admin"), ("System", "power-on")],
        Vendor::Hp => &[("Setup Password", "bios-admin"), ("Power-On Password", "power-on")],
        Vendor::Lenovo => &[("Admin", "bios-admin"), ("Power-on", "power-on"), ("System", "system-mgmt")],
        Vendor::Surface => &[],
    }
}

fn write_identity(folder: &Path, identity: &MachineIdentity) -> io::Result<()> {
    write(folder, "sys_vendor", READ, &identity.manufacturer)?;
    write(folder, "product_name", READ, &identity.model)?;
    write(folder, "product_serial", 0o400, &identity.serial_number)?;
    write(folder, "product_uuid", 0o400, &identity.uuid.unwrap_or_default().to_string())
}

fn write_attribute(folder: &Path, attribute: &Attribute, vendor: Vendor) -> io::Result<()> {
    let list = |words: &[String]| match vendor {
        Vendor::Lenovo => words.join(","),
        _ => words.iter().map(|word| format!("{word};")).collect(),
    };
    write(folder, "current_value", OWN, &attribute.current)?;
    write(folder, "default_value", READ, attribute.default.as_deref().unwrap_or_default())?;
    write(folder, "display_name", READ, attribute.display_name.as_deref().unwrap_or_default())?;
    write(folder, "display_name_language_code", READ, "en_US.UTF-8")?;
    match &attribute.kind {
        AttributeKind::Enumeration { possible } => {
            write(folder, "type", READ, "enumeration")?;
            write(folder, "possible_values", READ, &list(possible))?;
        }
        AttributeKind::Integer { min, max, step } => {
            write(folder, "type", READ, "integer")?;
            write(folder, "min_value", READ, &min.to_string())?;
            write(folder, "max_value", READ, &max.to_string())?;
            write(folder, "scalar_increment", READ, &step.to_string())?;
        }
        AttributeKind::String { min_length, max_length } => {
            write(folder, "type", READ, "string")?;
            write(folder, "min_length", READ, &min_length.to_string())?;
            write(folder, "max_length", READ, &max_length.to_string())?;
        }
        AttributeKind::OrderedList { elements } => {
            write(folder, "type", READ, "ordered-list")?;
            write(folder, "elements", READ, &elements.join(";"))?;
        }
    }
    if vendor == Vendor::Dell {
        let modifiers: String = attribute.modifiers.iter().map(ToString::to_string).collect();
        let forces: String = attribute.forces.iter().map(ToString::to_string).collect();
        write(folder, "dell_modifier", READ, &modifiers)?;
        write(folder, "dell_value_modifier", READ, &forces)?;
    }
    Ok(())
}

/// Writes a line to a file, with a folder for it, and gives it a mode.
fn write(folder: &Path, name: &str, mode: u32, text: &str) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let path = folder.join(name);
    fs::write(&path, format!("{text}\n"))?;
    fs::set_permissions(&path, fs::Permissions::from_mode(mode))
}
