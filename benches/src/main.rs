//! Measures Muster beside the limits of its workloads, in one run and on one machine.
//!
//! The limit of a workload is the slower of two things that do nothing but that: (A) a hyper server that answers the
//! very bytes which Muster answers, and (B) the database doing the same rows. Rounds of A, B and Muster alternate, so
//! that noise hits all alike, and the medians over the rounds are compared.
#![allow(clippy::print_stdout, reason = "a command talks to whoever started it")]

mod bare_http;
mod bare_postgres;
mod bare_sqlite;
mod bare_store;
mod bounds;
mod device_rows;
mod disk;
mod fleet;
mod goals;
mod http_client;
mod import;
mod isolation;
mod load;
mod muster;
mod neighbour;
mod options;
mod random;
mod reassign;
mod report;
mod requests;
mod round;
mod run;
mod server;
mod soak;
mod stage;
mod workloads;

use std::process::ExitCode;

use anyhow::Result;
use clap::Parser;

use options::{Command, CommandLine};

fn main() -> ExitCode {
    let CommandLine { command, options } = CommandLine::parse();
    let result = match command {
        Some(Command::BareHttp { answer }) => bare_http::run(&answer).map(|()| true),
        Some(Command::Import(options)) => runtime().and_then(|runtime| {
            runtime.block_on(import::measure_all(&options))?;
            Ok(true)
        }),
        Some(Command::Bounds(options)) => {
            runtime().and_then(|runtime| runtime.block_on(bounds::measure_all(&options)))
        }
        Some(Command::Soak(options)) => {
            runtime().and_then(|runtime| runtime.block_on(soak::measure_all(&options)))
        }
        None => measure(&options),
    };
    match result {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("benches: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Whether nothing that must be reached was missed, or nobody asked.
fn measure(options: &options::Options) -> Result<bool> {
    if options.workloads == [reassign::NAME] {
        println!("{}", reassign::heading());
        runtime()?.block_on(reassign::measure(options))?.iter().for_each(|line| println!("{line}"));
        return Ok(true);
    }
    if options.workloads == [isolation::NAME] {
        println!("{}", isolation::heading());
        runtime()?.block_on(isolation::measure(options))?.iter().for_each(|line| println!("{line}"));
        return Ok(true);
    }
    if options.workloads == [neighbour::NAME] {
        println!("{}", neighbour::heading());
        runtime()?.block_on(neighbour::measure(options))?.iter().for_each(|line| println!("{line}"));
        return Ok(true);
    }
    let report = runtime()?.block_on(run::measure_all(options))?;
    println!("{}", report.table());
    report.write_json(&options.folder.with_extension("json"))?;
    let misses = report.misses();
    for miss in &misses {
        println!("missed: {miss}");
    }
    Ok(misses.is_empty() || !options.must)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
