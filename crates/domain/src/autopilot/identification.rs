//! What a hash says of its device, and what the device goes by.

use engine::Context;

use super::ownership::Marks;
use crate::HashValidation;
use crate::hardware_hash::{
    Base64Fault, Facts, Fault, HardwareHash, MAGIC, Mangling, SIZE_MAX, TextKind, from_base64, is_placeholder,
};

/// What a hash says of its device.
pub(super) enum Device {
    /// All that a hash tells.
    Decoded(Box<HardwareHash>, Facts),
    /// A name, and nothing more.
    Opaque,
}

/// Why a text is no hash.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoHash {
    #[error("{0}")]
    Base64(#[from] Base64Fault),
    #[error("{0}")]
    Blob(#[from] Fault),
    #[error("{0}")]
    Mangled(#[from] Mangling),
}

impl NoHash {
    /// Why a text is no hash whose blob is none: what was done to it says more than what is wrong with it then.
    fn of(base64: &str, fault: Fault) -> NoHash {
        Mangling::of(base64).map_or(NoHash::Blob(fault), NoHash::Mangled)
    }
}

impl Device {
    /// The device of a hash. `serial_number` is what else it is called, if it has another name.
    pub(super) fn of(
        context: &Context<'_>,
        validation: HashValidation,
        base64: &str,
        serial_number: Option<&str>,
    ) -> Result<(Device, Marks), NoHash> {
        let blob = from_base64(base64)?;
        if blob.len() > SIZE_MAX {
            return Err(Fault::Size(blob.len()).into());
        }
        if is_name(validation, base64) {
            return Ok((Device::Opaque, Marks::of_opaque(base64, serial_number.unwrap_or_default())));
        }
        let hash = HardwareHash::decode(&blob).map_err(|fault| NoHash::of(base64, fault))?;
        let facts = Facts::of(&hash, &blob);
        let marks = Marks::of(context.tenant(), &hash, &facts);
        Ok((Device::Decoded(Box::new(hash), facts), marks))
    }

    /// The serial number that the hash has: it counts before any that was sent, unless its maker never gave one.
    pub(super) fn serial_number(&self) -> Option<&str> {
        self.text(TextKind::SerialNumber).map(str::trim).filter(|text| !is_placeholder(text))
    }

    pub(super) fn text(&self, kind: TextKind) -> Option<&str> {
        match self {
            Device::Decoded(hash, _) => hash.text(kind),
            Device::Opaque => None,
        }
    }
}

/// Whether a text is taken as a device's name, together with its serial number: it does not begin as a hash does, nor was
/// it made of one.
pub(super) fn is_name(validation: HashValidation, base64: &str) -> bool {
    // Four characters are the first three bytes.
    let beginning = base64.get(..4).and_then(|text| from_base64(text).ok());
    validation == HashValidation::Opaque
        && !beginning.is_some_and(|bytes| bytes.starts_with(MAGIC))
        && Mangling::of(base64).is_none()
}
