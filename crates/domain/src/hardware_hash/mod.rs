//! The hardware hash: the blob by which Windows Autopilot knows a device, as Windows collects it for OA3.
//!
//! The container is framed and checked in [`HardwareHash::decode`]; [`Record`] has what is in it; [`Facts`] are what
//! tells one device from another. Everything here is pure: bytes in, values or a [`Fault`] out.

mod base64;
mod container;
mod facts;
mod fault;
mod fingerprint;
mod hexadecimal;
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
pub use container::{HardwareHash, SIZE_DEFAULT, SIZE_MAX, SIZE_MIN};
pub use facts::{Facts, Grounds, Likeness};
pub use fault::Fault;
pub use fingerprint::{Fingerprint, Part};
pub use hexadecimal::Hexadecimal;
pub use parts::{Chassis, CpuTopology, Disk, Display, Memory, Network, OfflineDeviceId, TPM_ENDORSEMENT_KEY};
pub use placeholder::is_placeholder;
pub use record::Record;
pub use synthetic::synthetic_tpm;
pub use text::{Text, TextKind};
pub use tool::{CollectionTime, ToolAndOs, Version};
pub use warning::Warning;
