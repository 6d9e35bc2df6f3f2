//! Where an agent keeps its key and its state: in a folder of its own, or in memory.
//!
//! A file is written whole under another name and then takes its place, so that it is never seen half written, whenever
//! the machine loses its power.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use request_proof::PrivateKey;

use crate::error::AgentError;
use crate::kept::Kept;

/// The modes of the folder and of its files: nobody else's.
const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;
/// The most bytes of what is kept: attributes, twice.
const STATE_BYTES_MAX: u64 = 4 << 20;

const KEY: &str = "key";
const STATE: &str = "state.json";

/// Where an agent keeps its key and its state.
pub trait Keeping: Send {
    /// The key; made now if there is none.
    fn key(&mut self) -> Result<PrivateKey, AgentError>;

    /// What was kept last.
    fn load(&self) -> Result<Kept, AgentError>;

    /// Keeps the state, for good when this returns.
    fn save(&mut self, kept: &Kept) -> Result<(), AgentError>;
}

/// A folder of the agent's own.
pub struct FolderKeeping {
    folder: PathBuf,
}

impl FolderKeeping {
    /// Keeps things in this folder, which is made if it is not there.
    pub fn open(folder: &Path) -> Result<FolderKeeping, AgentError> {
        let made = DirBuilder::new().recursive(true).mode(FOLDER_MODE).create(folder);
        made.map_err(|error| unusable(folder, &error))?;
        Ok(FolderKeeping { folder: folder.to_owned() })
    }

    fn read(&self, name: &str) -> Result<Option<Vec<u8>>, AgentError> {
        let path = self.folder.join(name);
        let is_too_large = fs::metadata(&path).is_ok_and(|metadata| metadata.len() > STATE_BYTES_MAX);
        if is_too_large {
            return Err(AgentError::Keeping(format!("{} is too large to be an agent's", path.display())));
        }
        match fs::read(&path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unusable(&path, &error)),
        }
    }

    fn write(&self, name: &str, bytes: &[u8]) -> Result<(), AgentError> {
        let (path, new) = (self.folder.join(name), self.folder.join(format!("{name}.new")));
        let written = || {
            let mut options = OpenOptions::new();
            let mut file = options.write(true).create(true).truncate(true).mode(FILE_MODE).open(&new)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            fs::rename(&new, &path)?;
            File::open(&self.folder)?.sync_all()
        };
        written().map_err(|error| unusable(&path, &error))
    }
}

fn unusable(path: &Path, error: &std::io::Error) -> AgentError {
    AgentError::Keeping(format!("cannot use {}: {error}", path.display()))
}

fn unmade(fault: request_proof::KeyFault) -> AgentError {
    AgentError::Keeping(format!("the key: {fault}"))
}

impl Keeping for FolderKeeping {
    fn key(&mut self) -> Result<PrivateKey, AgentError> {
        match self.read(KEY)? {
            Some(bytes) => PrivateKey::from_pkcs8(&bytes).map_err(|fault| {
                let path = self.folder.join(KEY);
                AgentError::Keeping(format!("{} is no key: {fault}", path.display()))
            }),
            None => {
                let key = PrivateKey::generate().map_err(unmade)?;
                self.write(KEY, &key.to_pkcs8().map_err(unmade)?)?;
                Ok(key)
            }
        }
    }

    fn load(&self) -> Result<Kept, AgentError> {
        let Some(bytes) = self.read(STATE)? else { return Ok(Kept::default()) };
        serde_json::from_slice(&bytes).map_err(|error| {
            let path = self.folder.join(STATE);
            AgentError::Keeping(format!("{} is no state of an agent: {error}", path.display()))
        })
    }

    fn save(&mut self, kept: &Kept) -> Result<(), AgentError> {
        let bytes = serde_json::to_vec(kept).map_err(|error| AgentError::Keeping(error.to_string()))?;
        self.write(STATE, &bytes)
    }
}

/// Memory, which outlives a simulated machine's power.
#[derive(Default)]
pub struct MemoryKeeping {
    key: Option<Vec<u8>>,
    kept: Kept,
}

impl Keeping for MemoryKeeping {
    fn key(&mut self) -> Result<PrivateKey, AgentError> {
        if let Some(bytes) = &self.key {
            return PrivateKey::from_pkcs8(bytes).map_err(unmade);
        }
        let key = PrivateKey::generate().map_err(unmade)?;
        self.key = Some(key.to_pkcs8().map_err(unmade)?.to_vec());
        Ok(key)
    }

    fn load(&self) -> Result<Kept, AgentError> {
        Ok(self.kept.clone())
    }

    fn save(&mut self, kept: &Kept) -> Result<(), AgentError> {
        self.kept = kept.clone();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    use super::{FolderKeeping, Keeping};
    use crate::kept::Kept;

    #[test]
    fn what_is_kept_is_there_again_and_nobody_elses() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("agent");
        let mut keeping = FolderKeeping::open(&folder).unwrap();
        assert_eq!(keeping.load().unwrap(), Kept::default());
        let key = keeping.key().unwrap().public_key().unwrap();
        let kept = Kept { key_id: Some("t/d".into()), sequence: 7, ..Kept::default() };
        keeping.save(&kept).unwrap();
        let mut again = FolderKeeping::open(&folder).unwrap();
        assert_eq!(again.load().unwrap(), kept);
        assert_eq!(again.key().unwrap().public_key().unwrap(), key);
        for (path, mode) in
            [(folder.clone(), 0o700), (folder.join("key"), 0o600), (folder.join("state.json"), 0o600)]
        {
            assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
        }
    }

    #[test]
    fn what_is_damaged_is_said_and_not_replaced() {
        let parent = tempfile::tempdir().unwrap();
        let mut keeping = FolderKeeping::open(parent.path()).unwrap();
        for name in ["key", "state.json"] {
            fs::write(parent.path().join(name), "{").unwrap();
        }
        assert!(keeping.load().unwrap_err().to_string().contains("state.json"));
        assert!(keeping.key().unwrap_err().to_string().contains("key"));
        assert_eq!(fs::read(parent.path().join("key")).unwrap(), b"{");
    }
}
