//! `cargo xtask test`: installs what the tests need, runs all of them and the checks, and says how they went.

use std::time::Instant;

use anyhow::{Result, bail};

use crate::command::{cargo, run};
use crate::{alerts, console, deny, install, tidy};

const PLAN: &str = "\
test: this installs what is missing, then runs everything:
  1. Debian packages (as root; otherwise it says which): PostgreSQL, PgBouncer, Python, Node, Chromium
  2. the libraries of the Python and JavaScript clients and an OpenID provider, below target/ and node_modules/, and of
     the Go and Java clients where there is Go, and Java with Maven
  3. the console, which it builds; its tests in Chromium keep screenshots in target/console
  4. the tests of all crates, those in their documentation, and the checks called tidy
  5. the alert rules, by promtool if it is there, and licences and sources of libraries, by cargo-deny if it is there
The databases that it starts are in temporary folders, and end with the tests.";

/// A step's name and what it does.
type Step = (&'static str, fn() -> Result<()>);

const STEPS: [Step; 7] = [
    ("install", install::run_all),
    ("console", console::build),
    ("tidy", tidy::run),
    ("alert rules", alerts::check),
    ("libraries", deny::check),
    ("tests", run_tests),
    ("tests in documentation", || run(cargo().args(["test", "--workspace", "--doc"]))),
];

/// One process for each file of tests: those in it share a database server and a Muster. Everything is installed by
/// now, so what is missing must not be passed over: the tests take `CI` for saying so.
fn run_tests() -> Result<()> {
    run(cargo().args(["test", "--workspace", "--all-targets", "--no-fail-fast"]).env("CI", "true"))
}

/// Runs all steps, whichever fail, but nothing without what it needs.
pub(crate) fn run_all() -> Result<()> {
    println!("{PLAN}");
    let mut summary = Vec::new();
    for (name, step) in STEPS {
        let begin = Instant::now();
        let result = step();
        let seconds = begin.elapsed().as_secs();
        match &result {
            Ok(()) => summary.push(format!("  passed {seconds:4} s  {name}")),
            Err(error) => summary.push(format!("  FAILED {seconds:4} s  {name}: {error:#}")),
        }
        if name == "install" && result.is_err() {
            break;
        }
    }
    let failed = summary.iter().filter(|line| line.contains("FAILED")).count();
    println!("test: summary\n{}", summary.join("\n"));
    if failed > 0 {
        bail!("{failed} of {} steps failed", STEPS.len());
    }
    Ok(())
}
