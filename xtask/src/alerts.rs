//! The alert rules in `deploy/prometheus`, checked by Prometheus' own tool where it is installed.

use anyhow::Result;

use crate::command::{in_root, run, succeeds};

/// Where the rules are, and the cases that show what they make of figures.
const RULES: &str = "deploy/prometheus/muster.rules.yml";
const CASES: &str = "deploy/prometheus/muster.rules.test.yml";

/// Checks the rules and runs their cases.
pub(crate) fn check() -> Result<()> {
    if !succeeds(in_root("promtool").arg("--version")) {
        println!("alerts: NOT TESTED without promtool, which is in Debian's package prometheus");
        return Ok(());
    }
    run(in_root("promtool").args(["check", "rules", RULES]))?;
    run(in_root("promtool").args(["test", "rules", CASES]))
}
