//! `cargo xtask high-availability`: promotions, kills and cuts under load, and how long answers and recoveries took.

use anyhow::Result;

use crate::command::{cargo, run};

const TEST: &str = "high_availability::acknowledged_writes_survive_promotions_kills_and_cuts";
/// Asks the test for its long form.
const LONG_FORM: &str = "MUSTER_TEST_HIGH_AVAILABILITY";

/// Runs the long form of the test, which prints its figures.
pub(crate) fn prove() -> Result<()> {
    let test = ["test", "--workspace", "--test", "it", "--", "--exact", "--nocapture", TEST];
    run(cargo().args(test).env(LONG_FORM, "1"))
}
