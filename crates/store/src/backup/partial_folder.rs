//! The folder of a backup that is not finished: nobody takes it for one, and it goes if it never is.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// The end of the folder's name.
const SUFFIX: &str = ".partial";
/// The rights of the folder: nobody but its owner sees what is in it.
const MODE: u32 = 0o700;

/// A folder that becomes a backup or goes.
pub(super) struct PartialFolder {
    pub path: PathBuf,
    to: PathBuf,
    is_finished: bool,
    /// Locked while this process writes: what is not locked was left by one that was killed.
    _lock: File,
}

impl PartialFolder {
    /// Makes the folder that will be at a place where nothing is.
    pub fn make(to: &Path) -> Result<PartialFolder, String> {
        refuse_existing(to)?;
        let name = to.file_name().ok_or_else(|| format!("{} is no name of a folder", to.display()))?;
        let path = to.with_file_name(format!("{}{SUFFIX}", name.to_string_lossy()));
        let failed = |error: io::Error| format!("cannot make {}: {error}", path.display());
        match DirBuilder::new().mode(MODE).create(&path) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed(error)),
            _ => {}
        }
        let lock = File::open(&path).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(format!("another backup to {} is being made", to.display()));
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        let folder = PartialFolder { path: path.clone(), to: to.to_owned(), is_finished: false, _lock: lock };
        for left in fs::read_dir(&path).map_err(failed)? {
            left.and_then(|left| fs::remove_file(left.path())).map_err(failed)?;
        }
        Ok(folder)
    }

    /// Writes a file into it.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let path = self.path.join(name);
        fs::write(&path, bytes).map_err(|error| format!("cannot write {}: {error}", path.display()))
    }

    /// Has all of it on disk, and gives it its name.
    pub fn finish(mut self) -> Result<(), String> {
        let finished = || -> io::Result<()> {
            for file in fs::read_dir(&self.path)? {
                File::open(file?.path())?.sync_all()?;
            }
            File::open(&self.path)?.sync_all()?;
            Ok(())
        };
        finished().map_err(|error| format!("cannot write {}: {error}", self.path.display()))?;
        refuse_existing(&self.to)?;
        let parent = self.to.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or_else(|| Path::new("."));
        let renamed = fs::rename(&self.path, &self.to).and_then(|()| File::open(parent)?.sync_all());
        renamed.map_err(|error| format!("cannot make {}: {error}", self.to.display()))?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for PartialFolder {
    fn drop(&mut self) {
        if !self.is_finished
            && let Err(error) = fs::remove_dir_all(&self.path)
        {
            tracing::warn!(%error, path = %self.path.display(), "an unfinished backup is left behind");
        }
    }
}

fn refuse_existing(to: &Path) -> Result<(), String> {
    match to.symlink_metadata() {
        Ok(_) => Err(format!("{} is there already; a backup never replaces anything", to.display())),
        Err(_) => Ok(()),
    }
}
