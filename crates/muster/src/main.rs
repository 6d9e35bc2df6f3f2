//! The binary: takes the command line apart and calls what does the work.
//!
//! Exit codes: 0 well, 1 failed, 2 misused. An error is one line on standard error, with what to do.

mod agent;
mod allocator;
mod audit;
mod backup;
mod command_line;
mod config_command;
mod configuration;
mod doctor;
mod duration_argument;
mod enroll_code;
mod environment;
mod graph_client;
mod hash;
mod health_check;
mod import;
mod init;
mod input;
mod inspect;
mod keys;
mod mac_address;
mod manual;
mod opened;
mod operator_arguments;
mod output;
mod permissions;
mod serve;
mod server_arguments;
mod service_manager;
mod settings_file;
mod simulate;
mod simulation;
mod table;
mod tenant;
mod token;
mod vault;
mod vault_arguments;
mod version;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;
use server::StartupError;

use command_line::{CctkCommand, Command, CommandLine, HashCommand};
use output::print;

/// musl's own allocator takes one lock for all threads.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let command_line = match CommandLine::try_parse() {
        Ok(command_line) => command_line,
        Err(error) => return explain(&error),
    };
    let outcome = match command_line.command {
        Command::Serve(arguments) => {
            allocator::settle();
            serve::run(arguments)
        }
        Command::Init(arguments) => init::run(&arguments),
        Command::Config(command) => {
            return config_command::run(&command).unwrap_or_else(|error| complain(&error));
        }
        Command::Doctor(arguments) => {
            return doctor::run(&arguments).unwrap_or_else(|error| complain(&error));
        }
        Command::Version(arguments) => version::run(&arguments),
        Command::Token(arguments) => token::run(&arguments).and_then(|token| print(&token)),
        Command::Env(arguments) => environment::run(&arguments).and_then(|lines| print(&lines)),
        Command::Permissions(arguments) => print(&permissions::run(&arguments)),
        Command::Tenant(arguments) => tenant::run(&arguments),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::Hash(HashCommand::Decode(arguments)) => {
            hash::decode(&arguments).and_then(|text| print(&text))
        }
        Command::Hash(HashCommand::Build(arguments)) => hash::build(&arguments).and_then(|text| print(&text)),
        Command::Inspect(arguments) => {
            return inspect::run(&arguments).unwrap_or_else(|error| complain(&error));
        }
        Command::Cctk(CctkCommand::Check(arguments)) => {
            return settings_file::check(&arguments).unwrap_or_else(|error| complain(&error));
        }
        Command::Cctk(CctkCommand::Diff(arguments)) => {
            settings_file::diff(&arguments).and_then(|text| print(&text))
        }
        Command::Cctk(CctkCommand::Fwupd(arguments)) => {
            settings_file::fwupd(&arguments).and_then(|text| print(&text))
        }
        Command::Backup(command) => backup::run(&command),
        Command::Restore(arguments) => backup::restore(&arguments),
        Command::Audit(command) => {
            return audit::run(&command).unwrap_or_else(|error| complain(&error));
        }
        Command::Vault(command) => {
            return vault::run(&command).unwrap_or_else(|error| complain(&error));
        }
        Command::Import(arguments) => {
            return import::run(&arguments).unwrap_or_else(|error| complain(&error));
        }
        Command::EnrollCode(arguments) => enroll_code::run(&arguments).and_then(|code| print(&code)),
        Command::Agent(arguments) => agent::run(arguments),
        Command::Simulate(arguments) => simulate::run(arguments),
        Command::Healthcheck(arguments) => health_check::run(arguments),
        Command::Completions(arguments) => manual::print_completions(&arguments),
        Command::Manual(arguments) => manual::write(&arguments),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

fn complain(error: &StartupError) -> ExitCode {
    // If standard error is closed there is nobody to tell.
    let _ = writeln!(std::io::stderr(), "muster: {error}");
    match error {
        StartupError::Misused(_) => ExitCode::from(2),
        StartupError::Failed(_) => ExitCode::from(1),
    }
}

/// Prints help and version as they are, and a mistake as one line.
fn explain(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            ExitCode::SUCCESS
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            complain(&StartupError::Misused("no command; try serve --dev, token, env, or --help".to_owned()))
        }
        _ => {
            let text = error.to_string();
            let until_usage =
                text.lines().take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"));
            let line =
                until_usage.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ");
            let line = line.strip_prefix("error: ").unwrap_or(&line);
            complain(&StartupError::Misused(format!("{line}; see --help")))
        }
    }
}
