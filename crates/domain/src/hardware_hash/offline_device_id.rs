//! The id that stays with a device when Windows is installed again, derived from its TPM or kept by its firmware.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::hexadecimal::Hexadecimal;
use super::parts::take;

/// The kind of offline device id that is derived from the TPM's endorsement key.
pub const TPM_ENDORSEMENT_KEY: u16 = 1;

/// An id that stays with the device (type 11).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfflineDeviceId {
    /// Four bytes that are zero in every capture.
    #[serde(default)]
    pub spare: u32,
    /// The origin of the id: 1 is the TPM's endorsement key, 2 a variable of the firmware.
    pub kind: u16,
    /// The id, 32 bytes; of kind 1 the SHA-256 of the endorsement key.
    pub id: Hexadecimal,
}

impl OfflineDeviceId {
    pub(super) fn read(mut content: &[u8]) -> Option<OfflineDeviceId> {
        let spare = u32::from_le_bytes(take(&mut content)?);
        let kind = u16::from_le_bytes(take(&mut content)?);
        let _length: [u8; 4] = take(&mut content)?;
        Some(OfflineDeviceId { spare, kind, id: Hexadecimal(content.to_vec()) })
    }

    pub(super) fn write(&self, content: &mut Vec<u8>) {
        content.extend(self.spare.to_le_bytes());
        content.extend(self.kind.to_le_bytes());
        content.extend(u32::try_from(self.id.0.len()).unwrap_or(u32::MAX).to_le_bytes());
        content.extend(&self.id.0);
    }
}

impl fmt::Display for OfflineDeviceId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.kind == TPM_ENDORSEMENT_KEY { "of the TPM" } else { "of the firmware" };
        write!(formatter, "{}, {kind}", self.id)
    }
}
