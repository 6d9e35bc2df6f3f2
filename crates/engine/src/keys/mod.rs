//! The keys under which secrets are sealed: what an operator's commands do with them, and how servers follow.

mod commands;
mod follow;

pub use commands::{KeyReport, RewrapStep, RotationOutcome};
