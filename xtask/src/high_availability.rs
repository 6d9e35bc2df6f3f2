//! `cargo xtask high-availability`: promotions, kills and cuts under load, and how long answers and recoveries took.

use anyhow::Result;

use crate::command::{cargo, run};

const TEST: &str = "high_availability::acknowledged_writes_survive_a_hundred_faults";

/// Runs the long form of the test, which prints its figures.
pub(crate) fn prove() -> Result<()> {
    let test = ["test", "--workspace", "--test", "it", "--", "--ignored", "--exact", "--nocapture", TEST];
    run(cargo().args(test))
}
