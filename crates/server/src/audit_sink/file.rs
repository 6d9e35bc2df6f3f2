//! A file as a sink: whoever ships logs reads it and may move it away at any time.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Nobody but its owner reads the file.
const FILE_MODE: u32 = 0o600;

/// A file that records are appended to.
pub(super) struct FileSink {
    path: PathBuf,
}

impl FileSink {
    pub(super) fn new(path: &Path) -> FileSink {
        FileSink { path: path.to_owned() }
    }

    /// Appends lines; they are on disk when it returns.
    pub(super) async fn append(&self, lines: &[String]) -> Result<(), String> {
        let (path, text) = (self.path.clone(), lines.join("\n") + "\n");
        let appended = tokio::task::spawn_blocking(move || append(&path, &text)).await;
        let appended = appended.map_err(|error| error.to_string())?;
        appended.map_err(|error| format!("cannot write {}: {error}", self.path.display()))
    }
}

/// It is opened for each batch, because it may have been moved away.
fn append(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().read(true).append(true).create(true).mode(FILE_MODE).open(path)?;
    // A process that was killed may have left half a line. Its record comes again.
    if !ends_with_line(&mut file)? {
        file.write_all(b"\n")?;
    }
    file.write_all(text.as_bytes())?;
    file.sync_data()
}

fn ends_with_line(file: &mut File) -> std::io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

#[cfg(test)]
mod tests {
    use super::FileSink;

    #[tokio::test]
    async fn half_a_line_does_not_spoil_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.jsonl");
        let sink = FileSink::new(&path);
        sink.append(&["one".to_owned(), "two".to_owned()]).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        std::fs::write(&path, "one\nha").unwrap();
        sink.append(&["half".to_owned()]).await.unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "one\nha\nhalf\n");
        let nowhere = FileSink::new(&folder.path().join("no/such/folder"));
        assert!(nowhere.append(&["one".to_owned()]).await.unwrap_err().contains("no/such/folder"));
    }
}
