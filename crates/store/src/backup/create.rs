//! Taking a backup: the copy, what must be known of it, the checksums, and only then its name.

use std::path::Path;

use odata::date_time::Ticks;

use super::checksums::{self, Checksums, digest_of};
use super::folder::Backup;
use super::manifest::{self, BackupFile, DatabaseKind, FORMAT, Manifest};
use super::partial_folder::PartialFolder;
use super::progress::{CopyProgress, CopyStep, Tell};
use super::source::BackupSource;
use crate::database::Database;

/// What is backed up, and where to.
pub struct BackupOrder<'a> {
    /// The database, which servers may use meanwhile.
    pub database: &'a Database,
    /// The folder that the backup will be.
    pub to: &'a Path,
    /// The version of the program.
    pub build: &'a str,
    /// The time by the system's clock.
    pub at: Ticks,
}

/// Takes a backup. The error is one line, and leaves nothing behind.
pub async fn back_up(order: &BackupOrder<'_>, tell: Tell<'_>) -> Result<Backup, String> {
    let BackupOrder { database, to, build, at } = order;
    let unread = |reason| format!("cannot back up {}: {reason}", database.shown());
    let source = BackupSource::open(database).await.map_err(unread)?;
    let folder = PartialFolder::make(to)?;
    let (found, names) = source.copy(&folder.path, tell).await.map_err(unread)?;
    let (files, mut sums) = digested(&folder, &names, tell)?;
    let manifest = Manifest {
        format: FORMAT,
        build: (*build).to_owned(),
        taken_at: at.to_string(),
        database: DatabaseKind::of(database),
        schema: found.schema,
        key_fingerprint: found.key.to_string(),
        files,
    };
    let mut text = serde_json::to_vec_pretty(&manifest).map_err(|error| error.to_string())?;
    text.push(b'\n');
    sums.0.insert(manifest::NAME.to_owned(), checksums::digest(&text));
    folder.write(manifest::NAME, &text)?;
    let sums = sums.text();
    folder.write(checksums::NAME, sums.as_bytes())?;
    folder.finish()?;
    Ok(Backup { folder: (*to).to_owned(), manifest, digest: checksums::digest(sums.as_bytes()) })
}

/// The files of the copy, and their checksums.
fn digested(
    folder: &PartialFolder,
    names: &[String],
    tell: Tell<'_>,
) -> Result<(Vec<BackupFile>, Checksums), String> {
    let path = |name: &String| folder.path.join(name);
    let length = |name| path(name).metadata().map_or(0, |file| file.len());
    let (mut bytes, bytes_total) = (0, names.iter().map(length).sum());
    let (mut files, mut sums) = (Vec::new(), Checksums::default());
    for name in names {
        let digested = digest_of(&path(name), |more| {
            bytes += more;
            tell(CopyProgress { step: CopyStep::Verifying, bytes, bytes_total });
        });
        let (digest, bytes) =
            digested.map_err(|error| format!("cannot read {}: {error}", path(name).display()))?;
        files.push(BackupFile { name: name.clone(), bytes });
        sums.0.insert(name.clone(), digest);
    }
    Ok((files, sums))
}
