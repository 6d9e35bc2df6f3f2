//! What a hash says of its device, and what the device goes by.

use engine::Context;

use super::hardware_claims::Marks;
use crate::HashValidation;
use crate::hardware_hash::{Base64Fault, Facts, Fault, HardwareHash, TextKind, from_base64};

/// What a hash says of its device.
pub(in crate::autopilot) enum Device {
    /// All that a hash tells.
    Decoded(Box<HardwareHash>, Facts),
    /// A name, and nothing more.
    Opaque,
}

/// Why a text is no hash.
#[derive(Debug, thiserror::Error)]
pub(in crate::autopilot) enum NoHash {
    #[error("{0}")]
    Base64(#[from] Base64Fault),
    #[error("{0}")]
    Blob(#[from] Fault),
}

impl Device {
    /// The device of a hash. `serial_number` is what else it is called, if it has another name.
    pub(in crate::autopilot) fn of(
        context: &Context<'_>,
        validation: HashValidation,
        base64: &str,
        serial_number: Option<&str>,
    ) -> Result<(Device, Marks), NoHash> {
        let blob = from_base64(base64)?;
        if is_name(validation, base64) {
            return Ok((Device::Opaque, Marks::of_opaque(base64, serial_number.unwrap_or_default())));
        }
        let hash = HardwareHash::decode(&blob)?;
        let facts = Facts::of(&hash, &blob);
        let marks = Marks::of(context.tenant(), &hash, &facts);
        Ok((Device::Decoded(Box::new(hash), facts), marks))
    }

    pub(in crate::autopilot) fn text(&self, kind: TextKind) -> Option<&str> {
        match self {
            Device::Decoded(hash, _) => hash.text(kind),
            Device::Opaque => None,
        }
    }
}

/// Whether a text is taken as a device's name, together with its serial number: it does not begin as a hash does.
pub(in crate::autopilot) fn is_name(validation: HashValidation, base64: &str) -> bool {
    // Four characters are the first three bytes.
    let beginning = base64.get(..4).and_then(|text| from_base64(text).ok());
    validation == HashValidation::Opaque && !beginning.is_some_and(|bytes| bytes.starts_with(b"OA"))
}
