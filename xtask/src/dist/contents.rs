//! What goes into the packages: the binary, what it says of itself, and the project's own files.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::inventory::Inventory;
use super::licences;
use super::sbom;
use super::source::Source;
use crate::command::root;

/// Everything that is packaged.
pub(super) struct Contents {
    pub(super) source: Source,
    pub(super) binary: Vec<u8>,
    /// The pages of the manual by their file names.
    pub(super) manual: Vec<(String, Vec<u8>)>,
    /// What completes commands, by shell.
    pub(super) completions: Vec<(Shell, Vec<u8>)>,
    /// The licences of everything that is in the binary.
    pub(super) licences: String,
    /// The bill of materials, CycloneDX in JSON.
    pub(super) sbom: String,
}

/// The shells that are completed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    const ALL: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

    /// The name that `muster completions` knows.
    fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }

    /// The name of the file in which the shell looks for it.
    pub(super) fn file(self) -> &'static str {
        match self {
            Shell::Bash => "muster",
            Shell::Zsh => "_muster",
            Shell::Fish => "muster.fish",
        }
    }
}

impl Contents {
    /// Asks the binary for its manual and its completions, and gathers the rest.
    pub(super) fn collect(source: Source, binary: &Path, inventory: &Inventory) -> Result<Contents> {
        let folder = tempfile::tempdir()?;
        output(Command::new(binary).arg("manual").arg(folder.path()))?;
        let completions = Shell::ALL.map(|shell| {
            let script = output(Command::new(binary).args(["completions", shell.name()]))?;
            Ok((shell, script))
        });
        Ok(Contents {
            binary: fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?,
            manual: files(folder.path())?,
            completions: completions.into_iter().collect::<Result<_>>()?,
            licences: licences::text(inventory)?,
            sbom: sbom::text(&source, inventory)?,
            source,
        })
    }
}

/// A file of the project.
pub(super) fn project_file(path: &str) -> Result<Vec<u8>> {
    fs::read(root().join(path)).with_context(|| format!("cannot read {path}"))
}

/// A text of the project.
pub(super) fn project_text(path: &str) -> Result<String> {
    String::from_utf8(project_file(path)?).with_context(|| format!("{path} is not UTF-8"))
}

/// The files of a folder by their names, sorted.
fn files(folder: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        files.push((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?));
    }
    files.sort();
    Ok(files)
}

fn output(command: &mut Command) -> Result<Vec<u8>> {
    let shown = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("cannot start {shown}"))?;
    if !output.status.success() {
        bail!("{shown}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}
