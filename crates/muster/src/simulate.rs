//! `muster simulate`: makes machines that do not exist.

use std::fs;
use std::path::Path;

use agent::{SimulatedFirmware, write_tree};
use server::StartupError;

use crate::command_line::SimulateTreeArguments;

/// Runs `muster simulate tree`, and says where the files are.
pub fn tree(arguments: &SimulateTreeArguments) -> Result<String, StartupError> {
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
