//! A backup as it lies there, and whether it is whole.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::checksums::{self, Checksums, digest_of};
use super::manifest::{self, Manifest};
use super::progress::{CopyProgress, CopyStep, Tell};

/// A backup that is whole.
#[derive(Clone, Debug)]
pub struct Backup {
    /// Where it lies.
    pub folder: PathBuf,
    /// What must be known of it.
    pub manifest: Manifest,
    /// The digest of its checksums: it stands for all of it.
    pub digest: String,
}

/// Reads all of a backup, and refuses one of which anything is missing, changed, or newer than this program. The error is one
/// line.
pub fn verify(folder: &Path, tell: Tell<'_>) -> Result<Backup, String> {
    let text = read(folder, checksums::NAME, checksums::BYTES_MAX).map_err(|reason| match reason {
        UnreadFile::Missing => format!(
            "{} is no backup, or one that was never finished: it has no {}",
            folder.display(),
            checksums::NAME
        ),
        UnreadFile::Other(reason) => reason,
    })?;
    let damaged = |at| format!("{} is damaged in line {at}", folder.join(checksums::NAME).display());
    let sums = str::from_utf8(&text).map_err(|_| 1).and_then(Checksums::read).map_err(damaged)?;
    let manifest = read(folder, manifest::NAME, manifest::BYTES_MAX).map_err(|reason| match reason {
        UnreadFile::Missing => missing(folder, manifest::NAME),
        UnreadFile::Other(reason) => reason,
    })?;
    compare(folder, manifest::NAME, &checksums::digest(&manifest), &sums)?;
    let manifest = Manifest::read(&manifest)?;
    manifest.schema.check("the backup").map_err(|error| error.to_string())?;
    let is_named =
        |name: &String| name == manifest::NAME || manifest.files.iter().any(|file| file.name == *name);
    if let Some(name) = sums.0.keys().find(|name| !is_named(name)) {
        return Err(format!("{} names {name}, which is no file of the backup", checksums::NAME));
    }
    compare_files(folder, &manifest, &sums, tell)?;
    Ok(Backup { folder: folder.to_owned(), manifest, digest: checksums::digest(&text) })
}

fn compare_files(folder: &Path, manifest: &Manifest, sums: &Checksums, tell: Tell<'_>) -> Result<(), String> {
    for file in &manifest.files {
        let path = folder.join(&file.name);
        let found = path.metadata().map_err(|_| missing(folder, &file.name))?.len();
        let (path, bytes) = (path.display(), file.bytes);
        if found < bytes {
            return Err(format!("{path} was cut off: it has {found} of {bytes} bytes"));
        }
        if found > bytes {
            return Err(format!("{path} has {found} bytes instead of {bytes}"));
        }
    }
    let (mut bytes, bytes_total) = (0, manifest.bytes());
    for file in &manifest.files {
        let digested = digest_of(&folder.join(&file.name), |more| {
            bytes += more;
            tell(CopyProgress { step: CopyStep::Verifying, bytes, bytes_total });
        });
        let (digest, _) = digested
            .map_err(|error| format!("cannot read {}: {error}", folder.join(&file.name).display()))?;
        compare(folder, &file.name, &digest, sums)?;
    }
    Ok(())
}

fn compare(folder: &Path, name: &str, digest: &str, sums: &Checksums) -> Result<(), String> {
    match sums.0.get(name) {
        Some(expected) if expected == digest => Ok(()),
        Some(_) => Err(format!(
            "{} was changed: its SHA-256 is not the one in {}",
            folder.join(name).display(),
            checksums::NAME
        )),
        None => Err(format!("{} does not name {name}", folder.join(checksums::NAME).display())),
    }
}

fn missing(folder: &Path, name: &str) -> String {
    format!("{} is missing", folder.join(name).display())
}

enum UnreadFile {
    Missing,
    Other(String),
}

/// Reads a small file of a backup.
fn read(folder: &Path, name: &str, bytes_max: u64) -> Result<Vec<u8>, UnreadFile> {
    let path = folder.join(name);
    let file = File::open(&path).map_err(|_| UnreadFile::Missing)?;
    let mut bytes = Vec::new();
    let other = |reason: &dyn std::fmt::Display| {
        UnreadFile::Other(format!("cannot read {}: {reason}", path.display()))
    };
    file.take(bytes_max + 1).read_to_end(&mut bytes).map_err(|error| other(&error))?;
    match bytes.len() as u64 > bytes_max {
        true => Err(other(&"it is too large")),
        false => Ok(bytes),
    }
}
