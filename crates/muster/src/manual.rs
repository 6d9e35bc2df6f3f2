//! `muster manual` and `muster completions`: what the command line says of itself, for man and for shells.

use clap::CommandFactory;
use server::StartupError;

use crate::command_line::{CommandLine, CompletionsArguments, ManualArguments};
use crate::output::print;

/// Writes a page for each command into the folder.
pub fn write(arguments: &ManualArguments) -> Result<(), StartupError> {
    let folder = &arguments.folder;
    clap_mangen::generate_to(CommandLine::command(), folder).map_err(|error| {
        StartupError::Failed(format!("cannot write the manual to {}: {error}", folder.display()))
    })
}

/// Prints the script for a shell.
pub fn print_completions(arguments: &CompletionsArguments) -> Result<(), StartupError> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut CommandLine::command(), "muster", &mut script);
    print(String::from_utf8_lossy(&script).trim_end())
}
