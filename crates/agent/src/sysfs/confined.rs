//! A folder that nothing read or written below it ever leaves, whatever names and links it holds.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::firmware::{FirmwareError, FirmwareRefusal};

/// The kernel's own files, in which classes are links to devices.
const KERNEL_FILES: &str = "/sys";

/// A folder, as an absolute path without links.
pub(super) struct Confined {
    folder: PathBuf,
}

impl Confined {
    /// The folder of this name below a root, if there is one. It may be a link, as the kernel has it, but not out of the
    /// root, or of the kernel's files if the root is one of them.
    pub(super) fn open(root: &Path, name: &str) -> Result<Option<Confined>, FirmwareError> {
        let unusable =
            |error: io::Error| FirmwareError::Unusable { path: root.join(name), cause: error.to_string() };
        let root = match root.canonicalize() {
            Ok(root) => root,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error)),
        };
        let folder = match root.join(name).canonicalize() {
            Ok(folder) => folder,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unusable(error)),
        };
        let bound = if root.starts_with(KERNEL_FILES) { Path::new(KERNEL_FILES) } else { &root };
        match folder.starts_with(bound) {
            true => Ok(folder.is_dir().then_some(Confined { folder })),
            false => Err(FirmwareError::Outside(root.join(name))),
        }
    }

    /// The names of the folders in a folder, in their order; what else is in it does not count.
    pub(super) fn folders(&self, path: &[&str], count_max: usize) -> Result<Vec<String>, FirmwareError> {
        let Some(path) = self.path(path)? else { return Ok(Vec::new()) };
        let unusable =
            |error: io::Error| FirmwareError::Unusable { path: path.clone(), cause: error.to_string() };
        let mut names = Vec::new();
        for entry in fs::read_dir(&path).map_err(unusable)? {
            let entry = entry.map_err(unusable)?;
            if entry.file_type().map_err(unusable)?.is_dir()
                && let Ok(name) = entry.file_name().into_string()
            {
                names.push(name);
            }
            if names.len() > count_max {
                return Err(FirmwareError::Unusable {
                    path,
                    cause: format!("it has more than {count_max} folders"),
                });
            }
        }
        names.sort();
        Ok(names)
    }

    /// The text of a file without the line break at its end, if there is such a file.
    pub(super) fn read(&self, path: &[&str], bytes_max: u64) -> Result<Option<String>, FirmwareError> {
        let Some(path) = self.file(path)? else { return Ok(None) };
        let read = File::open(&path).and_then(|file| {
            let mut bytes = Vec::new();
            file.take(bytes_max + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        });
        let bytes =
            read.map_err(|error| FirmwareError::Unusable { path: path.clone(), cause: error.to_string() })?;
        if bytes.len() as u64 > bytes_max {
            return Err(FirmwareError::TooLarge { path, bytes_max });
        }
        let text = String::from_utf8_lossy(&bytes);
        Ok(Some(text.strip_suffix('\n').unwrap_or(&text).to_owned()))
    }

    /// Writes a line to a file that is there. The drivers take the line break off, and without it an empty text would not be
    /// written at all.
    pub(super) fn write(&self, path: &[&str], text: &str) -> Result<(), FirmwareError> {
        if text.contains('\n') {
            return Err(FirmwareError::Refused(FirmwareRefusal::Invalid));
        }
        let name = path.join("/");
        let path = self.file(path)?.ok_or(FirmwareError::NoAttribute(name))?;
        let opened = OpenOptions::new().write(true).truncate(true).open(&path);
        let written = opened.and_then(|mut file| file.write_all(format!("{text}\n").as_bytes()));
        written.map_err(|error| match error.raw_os_error().and_then(FirmwareRefusal::of_error_number) {
            Some(refusal) => FirmwareError::Refused(refusal),
            None => FirmwareError::Unusable { path, cause: error.to_string() },
        })
    }

    /// Writes a password as [`Confined::write`] does, and wipes it from memory. That the file cannot be opened says nothing of the
    /// password, so it is no refusal.
    pub(super) fn write_secret(&self, path: &[&str], secret: &str) -> Result<(), FirmwareError> {
        if secret.contains('\n') {
            return Err(FirmwareError::Refused(FirmwareRefusal::Invalid));
        }
        let name = path.join("/");
        let path = self.file(path)?.ok_or(FirmwareError::NoAttribute(name))?;
        let unusable =
            |error: io::Error| FirmwareError::Unusable { path: path.clone(), cause: error.to_string() };
        let mut file = OpenOptions::new().write(true).truncate(true).open(&path).map_err(unusable)?;
        // Room for all of it, so that nothing is moved and left behind.
        let mut line = Zeroizing::new(Vec::with_capacity(secret.len() + 1));
        line.extend_from_slice(secret.as_bytes());
        line.push(b'\n');
        file.write_all(&line).map_err(|error| {
            match error.raw_os_error().and_then(FirmwareRefusal::of_error_number) {
                Some(refusal) => FirmwareError::Refused(refusal),
                None => unusable(error),
            }
        })
    }

    /// The path of a file. Anything else of that name, such as a pipe that would be waited for, is refused.
    fn file(&self, names: &[&str]) -> Result<Option<PathBuf>, FirmwareError> {
        let Some(path) = self.path(names)? else { return Ok(None) };
        match path.is_file() {
            true => Ok(Some(path)),
            false => Err(FirmwareError::Unusable { path, cause: "it is no file".to_owned() }),
        }
    }

    /// A path below the folder that has no link in it, if there is something.
    fn path(&self, names: &[&str]) -> Result<Option<PathBuf>, FirmwareError> {
        let mut path = self.folder.clone();
        for name in names {
            let is_name = !name.is_empty() && *name != "." && *name != ".." && !name.contains(['/', '\0']);
            path.push(name);
            if !is_name {
                return Err(FirmwareError::Outside(path));
            }
            match fs::symlink_metadata(&path) {
                Ok(found) if found.is_symlink() => return Err(FirmwareError::Outside(path)),
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(FirmwareError::Unusable { path, cause: error.to_string() }),
            }
        }
        Ok(Some(path))
    }
}
