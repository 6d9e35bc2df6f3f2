//! The licences of everything that is in the binary, as one text: who has which, and each text once.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::contents::project_text;
use super::inventory::{Inventory, Library};

/// How the names of files begin that have to go along with a library.
const BEGINNINGS: [&str; 6] = ["LICENSE", "LICENCE", "COPYING", "NOTICE", "COPYRIGHT", "UNLICENSE"];
/// Folders of libraries with sources by others.
const FOLDERS_BY_OTHERS: [&str; 2] = ["aws-lc", "c_src/mimalloc/v3"];
/// What is linked and is no package: the C library, the standard library of Rust, SQLite.
const WITHOUT_PACKAGE: &str = "deploy/licences-of-runtime.txt";

const RULE: &str = "--------------------------------------------------------------------------------";

/// The text.
pub(super) fn text(inventory: &Inventory) -> Result<String> {
    let mut text = String::from(
        "Muster is under the Apache License 2.0. It contains the libraries below, under their own licences. The list is\n\
         followed by the texts, each with the libraries that have it.\n\n",
    );
    let mut users: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for library in &inventory.libraries {
        let name = format!("{} {}", library.name, library.version);
        let licence = library.licence.as_deref().unwrap_or("see its text");
        let texts = texts(library)?;
        let note = if texts.is_empty() { "; its package has no text of it" } else { "" };
        text.push_str(&format!("{name}: {licence}{note}\n"));
        for found in texts {
            users.entry(found).or_default().push(name.clone());
        }
    }
    text.push_str(&format!("\n{RULE}\n{}", project_text(WITHOUT_PACKAGE)?));
    // In the order of the first library that has it.
    let mut users: Vec<_> = users.into_iter().map(|(found, names)| (names, found)).collect();
    users.sort();
    for (mut names, found) in users {
        names.dedup();
        text.push_str(&format!("\n{RULE}\n{}\n\n{found}\n", names.join(", ")));
    }
    Ok(text)
}

/// The texts that come with a library.
fn texts(library: &Library) -> Result<Vec<String>> {
    let by_others = FOLDERS_BY_OTHERS.iter().map(|folder| library.folder.join(folder));
    let mut texts = Vec::new();
    for folder in std::iter::once(library.folder.clone()).chain(by_others.filter(|folder| folder.is_dir())) {
        for path in licence_files(&folder)? {
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            let lossy = String::from_utf8_lossy(&bytes);
            let lines: Vec<_> = lossy.lines().map(str::trim_end).collect();
            texts.push(lines.join("\n").trim_matches('\n').to_owned());
        }
    }
    Ok(texts)
}

fn licence_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let is_licence = |path: &PathBuf| {
        let name = path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
        path.is_file()
            && BEGINNINGS.iter().any(|beginning| name.starts_with(beginning))
            && !name.ends_with(".RS")
    };
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let paths = entries.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>>>()?;
    let mut files: Vec<_> = paths.into_iter().filter(is_licence).collect();
    files.sort();
    Ok(files)
}
