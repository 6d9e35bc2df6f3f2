//! Many devices that do not exist. Each runs the agent that a real one runs; only its BIOS and what it keeps are in memory.
//!
//! A fleet is the same whenever it is made from the same seed: the machines, what goes wrong with each, and when.

mod device;
mod fleet;
mod forgetful;
mod machine;
mod mishaps;
mod report;

pub use fleet::{Fleet, Progress};
pub use machine::Vendors;
pub use report::{DeviceReport, FleetReport, LastRun, Sums};
