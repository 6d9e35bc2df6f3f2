//! The hardware hash: the blob by which Windows Autopilot knows a device, as Windows collects it for OA3.
//!
//! The container is framed and checked in [`HardwareHash::decode`]; [`HashRecord`] has what is in it; [`Facts`] are what
//! tells one device from another. Everything here is pure: bytes in, values or a [`Fault`] out.

mod base64;
mod container;
mod facts;
mod fault;
mod fingerprint;
mod hexadecimal;
mod layout;
mod mangling;
mod offline_device_id;
mod parts;
mod placeholder;
mod record;
mod synthetic;
mod text;
mod tool;
mod warning;

#[cfg(test)]
mod tests;

pub use base64::{Base64Fault, from_base64, to_base64};
pub use container::HardwareHash;
pub use facts::{Facts, Grounds, Likeness};
pub use fault::Fault;
pub use fingerprint::{DevicePart, Fingerprint};
pub use hexadecimal::Hexadecimal;
pub use layout::{MAGIC, SIZE_DEFAULT, SIZE_MAX, SIZE_MIN};
pub use mangling::Mangling;
pub use offline_device_id::{OfflineDeviceId, TPM_ENDORSEMENT_KEY};
pub use parts::{Chassis, CpuTopology, Disk, Display, InstalledMemory, Network};
pub use placeholder::is_placeholder;
pub use record::HashRecord;
pub use synthetic::synthetic_tpm;
pub use text::{Text, TextKind};
pub use tool::{CollectionTime, ToolAndOs, WindowsVersion};
pub use warning::Warning;
