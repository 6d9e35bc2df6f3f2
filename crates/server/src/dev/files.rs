//! Files that are made once and then stay: safe against two processes that make them at the same time, and on disk before
//! they are used.

use std::io::{self, Write};
use std::path::Path;

use tempfile::NamedTempFile;

/// The content of a file, which `make` makes if there is none. Whoever comes second gets what the first made.
pub fn read_or_make(path: &Path, make: impl FnOnce() -> Result<String, String>) -> Result<String, String> {
    let unusable = |error: io::Error| format!("cannot use {}: {error}", path.display());
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        other => return other.map_err(unusable),
    }
    let text = make()?;
    match write_new(path, &text) {
        Ok(()) => Ok(text),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            std::fs::read_to_string(path).map_err(unusable)
        }
        Err(error) => Err(unusable(error)),
    }
}

/// Writes a file that was not there, readable by its owner only; it appears whole or not at all.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    make_folder(folder)?;
    written(folder, text)?.persist_noclobber(path).map_err(|error| error.error)?;
    std::fs::File::open(folder)?.sync_all()
}

/// Replaces a file as a whole, by one that is readable by its owner only.
pub fn replace(path: &Path, text: &str) -> io::Result<()> {
    let folder = folder_of(path);
    written(folder, text)?.persist(path).map_err(|error| error.error)?;
    std::fs::File::open(folder)?.sync_all()
}

/// A temporary file with this content, which is on disk.
fn written(folder: &Path, text: &str) -> io::Result<NamedTempFile> {
    // Temporary files are made with mode 0600.
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a folder that only its owner can enter.
fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

#[cfg(test)]
mod tests {
    use super::read_or_make;

    #[test]
    fn two_makers_end_up_with_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/file");
        let made: Vec<String> = std::thread::scope(|scope| {
            let makers: Vec<_> = (0..8)
                .map(|number| {
                    let path = &path;
                    scope.spawn(move || read_or_make(path, || Ok(format!("{number}"))))
                })
                .collect();
            makers.into_iter().map(|maker| maker.join().unwrap().unwrap()).collect()
        });
        assert!(made.windows(2).all(|pair| pair[0] == pair[1]), "{made:?}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), made[0]);
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing is left behind");
    }

    #[cfg(unix)]
    #[test]
    fn a_new_file_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        read_or_make(&path, || Ok("secret".to_owned())).unwrap();
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
}
