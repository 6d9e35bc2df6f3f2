//! Which machine this is: what the kernel shows of SMBIOS.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use uuid::Uuid;

use crate::firmware::{FirmwareError, MachineIdentity, Vendor};

/// The most bytes of a text: SMBIOS itself has no longer ones.
const TEXT_BYTES_MAX: u64 = 256;

/// Reads the identity of the machine. Serial number and UUID can be read by root only.
pub(super) fn identity(root: &Path) -> Result<MachineIdentity, FirmwareError> {
    let manufacturer = text(root, "sys_vendor")?;
    let uuid = Uuid::parse_str(&text(root, "product_uuid")?).ok();
    Ok(MachineIdentity {
        vendor: Vendor::of(&manufacturer),
        manufacturer,
        model: text(root, "product_name")?,
        serial_number: text(root, "product_serial")?,
        // Where nobody gave a UUID, SMBIOS has all zeros or all ones.
        uuid: uuid.filter(|uuid| !uuid.is_nil() && !uuid.is_max()),
    })
}

/// A text of SMBIOS; empty if it has none.
fn text(root: &Path, name: &str) -> Result<String, FirmwareError> {
    let path = root.join(name);
    let mut bytes = Vec::new();
    let read = File::open(&path).and_then(|file| file.take(TEXT_BYTES_MAX + 1).read_to_end(&mut bytes));
    match read {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => return Err(FirmwareError::Unusable { path, cause: error.to_string() }),
        Ok(_) if bytes.len() as u64 > TEXT_BYTES_MAX => {
            return Err(FirmwareError::TooLarge { path, bytes_max: TEXT_BYTES_MAX });
        }
        Ok(_) => {}
    }
    Ok(String::from_utf8_lossy(&bytes).trim().to_owned())
}
