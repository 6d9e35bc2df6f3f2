//! `muster simulate`: makes machines that do not exist, a fleet that lives or one as files.

use std::fs;
use std::path::Path;

use agent::{SimulatedFirmware, write_tree};
use server::StartupError;

use crate::command_line::{SimulateCommand, SimulateOther, SimulateTreeArguments};
use crate::output::print;
use crate::simulation;

/// Runs what the arguments ask for.
pub fn run(command: SimulateCommand) -> Result<(), StartupError> {
    match (command.other, command.fleet) {
        (Some(SimulateOther::Tree(arguments)), _) => print(&tree(&arguments)?),
        (None, Some(fleet)) => simulation::run(fleet),
        (None, None) => Err(StartupError::Misused("how many machines? see --help".to_owned())),
    }
}

/// Writes a machine as files, and says where they are.
fn tree(arguments: &SimulateTreeArguments) -> Result<String, StartupError> {
    let folder = &arguments.folder;
    if !is_empty(folder) {
        return Err(StartupError::Misused(format!("{} is not empty; name another folder", folder.display())));
    }
    let machine = SimulatedFirmware::new(arguments.vendor, arguments.seed);
    let failed = |error| StartupError::Failed(format!("cannot write to {}: {error}", folder.display()));
    write_tree(folder, &machine).map_err(failed)?;
    let folder = folder.display();
    Ok(format!("--fwattr-root {folder}/firmware-attributes --dmi-root {folder}/dmi"))
}

/// Whether a folder has nothing in it, or is not there yet.
fn is_empty(folder: &Path) -> bool {
    match fs::read_dir(folder) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_) => !folder.exists(),
    }
}
