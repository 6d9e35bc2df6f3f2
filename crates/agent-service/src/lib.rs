//! The agent as a service: it enrolls a device, checks in with the server, and has the settings applied.
//!
//! [`DeviceAgent`] is one device's agent, whatever its BIOS is made of and wherever it keeps what it must not forget: the
//! process on a real machine and each simulated device are the same code.

/// Where the kernel shows attributes.
pub const ATTRIBUTES_ROOT_DEFAULT: &str = agent::SysfsFirmware::ATTRIBUTES_ROOT_DEFAULT;
/// Where the kernel shows what SMBIOS tells.
pub const DMI_ROOT_DEFAULT: &str = agent::SysfsFirmware::DMI_ROOT_DEFAULT;

mod client;
mod device_agent;
mod error;
mod keeping;
mod kept;
mod machine;
mod password_order;
mod run;
mod service;
mod stage;

pub use client::{Connection, Sender};
pub use device_agent::{CheckedIn, DeviceAgent};
pub use error::AgentError;
pub use keeping::{FolderKeeping, Keeping, MemoryKeeping};
pub use kept::Kept;
pub use machine::{DescribeMachine, DmiMachine};
pub use request_proof::PrivateKey;
pub use service::{Rhythm, Service};
pub use stage::{Observer, Stage, ending_observer};
