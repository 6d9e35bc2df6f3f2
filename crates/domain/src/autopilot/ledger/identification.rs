//! The identification of a device by its hash: what the hash says, and the digests by which the ledger knows it.

use engine::Context;
use store::LedgerKey;

use super::digests::HardwareDigests;
use crate::HashValidation;
use crate::hardware_hash::{
    Facts, Fault, HardwareHash, MAGIC, Mangling, SIZE_MAX, TextKind, is_placeholder, to_base64,
};

/// A device as its hash describes it.
pub(in crate::autopilot) enum HashedDevice {
    /// The parts of the device.
    Decoded(Box<HardwareHash>, Facts),
    /// Nothing: the text only stands for a hash.
    Opaque,
}

/// What a hash says of its device, and the digests by which the ledger knows that.
pub(in crate::autopilot) struct IdentifiedDevice {
    pub(in crate::autopilot) device: HashedDevice,
    pub(in crate::autopilot) digests: HardwareDigests,
}

/// Why bytes are no hash.
#[derive(Debug, thiserror::Error)]
pub(in crate::autopilot) enum NotAHash {
    #[error("{0}")]
    Blob(#[from] Fault),
    #[error("{0}")]
    Mangled(#[from] Mangling),
}

impl NotAHash {
    /// The reason why a blob that has a fault is no hash: what was done to its text says more than the fault.
    fn of(blob: &[u8], fault: Fault) -> NotAHash {
        Mangling::of(&to_base64(blob)).map_or(NotAHash::Blob(fault), NotAHash::Mangled)
    }
}

impl IdentifiedDevice {
    /// The device of a hash. An opaque text identifies it only together with its serial number.
    pub(in crate::autopilot) fn of(
        context: &Context<'_>,
        validation: HashValidation,
        blob: &[u8],
        serial_number: Option<&str>,
    ) -> Result<IdentifiedDevice, NotAHash> {
        if blob.len() > SIZE_MAX {
            return Err(Fault::Size(blob.len()).into());
        }
        // What only stands for a hash does not begin as one does, and was not made of one.
        if validation == HashValidation::Opaque && !blob.starts_with(MAGIC) {
            let base64 = to_base64(blob);
            if Mangling::of(&base64).is_none() {
                let digests = HardwareDigests::of_opaque(&base64, serial_number.unwrap_or(""));
                return Ok(IdentifiedDevice { device: HashedDevice::Opaque, digests });
            }
        }
        let hash = HardwareHash::decode(blob).map_err(|fault| NotAHash::of(blob, fault))?;
        let facts = Facts::of(&hash, blob);
        let digests = HardwareDigests::of(context.tenant(), &hash, &facts);
        Ok(IdentifiedDevice { device: HashedDevice::Decoded(Box::new(hash), facts), digests })
    }

    /// The digest of the whole hash, and of the serial number that an opaque one needs.
    pub(in crate::autopilot) fn whole(&self) -> Option<&LedgerKey> {
        match &self.device {
            HashedDevice::Decoded(_, facts) => Some(&facts.blob_digest),
            HashedDevice::Opaque => self.digests.all().next(),
        }
    }
}

impl HashedDevice {
    /// The serial number of the hash, which counts before any that was sent; none if its maker never gave one.
    pub(in crate::autopilot) fn serial_number(&self) -> Option<&str> {
        self.text(TextKind::SerialNumber).map(str::trim).filter(|text| !is_placeholder(text))
    }

    /// A text of the hash.
    pub(in crate::autopilot) fn text(&self, kind: TextKind) -> Option<&str> {
        match self {
            HashedDevice::Decoded(hash, _) => hash.text(kind),
            HashedDevice::Opaque => None,
        }
    }
}
