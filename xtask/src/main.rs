//! Repeated work: `cargo xtask serve|test|tidy|contract|fuzz|high-availability|bench|dist|ci`.
#![allow(clippy::print_stdout, reason = "a command talks to whoever started it")]

mod alerts;
mod bench;
mod command;
mod console;
mod contract;
mod deny;
mod dist;
mod fuzz;
mod high_availability;
mod install;
mod test;
mod tidy;

use std::process::ExitCode;

use anyhow::Result;

const USAGE: &str = "\
usage: cargo xtask <command>

  serve [option…]  build the console and the server, and run them in dev mode
  test             install what the tests need (it says what), then run all tests and checks
  tidy             check what the compiler does not: imports, words, SQL, files
  tidy --figures   print the sizes, circles and doubled names of a release note
  contract [option…] call a running server with whatever its OpenAPI document allows: --seconds N, --seed N
  fuzz [target…]   run the fuzz targets for a short while: --seconds N
  high-availability  promote, kill and cut PostgreSQL under load, and print what it took
  bench [option…]  measure Muster beside the limits of its workloads; `bench --help` lists the options
  dist [option…]   build and package what is published: --output DIR, --binary FILE
  ci               what the continuous integration runs: format, lints, test";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_default();
    let rest: Vec<String> = arguments.collect();
    match run(&command, &rest) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("xtask {command}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &str, rest: &[String]) -> Result<ExitCode> {
    match (command, rest) {
        ("serve", options) => console::serve(options)?,
        ("test", []) => test::run_all()?,
        ("tidy", []) => tidy::run()?,
        ("tidy", [option]) if option == "--figures" => tidy::print_figures()?,
        ("contract", options) => contract::run_all(options)?,
        ("fuzz", options) => fuzz::run_all(options)?,
        ("high-availability", []) => high_availability::prove()?,
        ("bench", options) => bench::run(options)?,
        ("dist", options) => dist::run(options)?,
        ("ci", []) => command::run(&mut command::in_root(".ci/run"))?,
        _ => {
            eprintln!("{USAGE}");
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}
