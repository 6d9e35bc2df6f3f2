//! A tree of plain files with a memory of its own beside it, so that its password behaves as Dell's driver and firmware have it:
//! what a process does to it is there for the next one.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::attribute::Attributes;
use crate::firmware::{Firmware, FirmwareError, FirmwareRefusal, MachineIdentity, PasswordLengths};
use crate::simulated::behaviour::{PASSWORD_BYTES, is_password_length};
use crate::sysfs::SysfsFirmware;

/// A tree of plain files that has a password.
pub struct BehavingTree {
    files: SysfsFirmware,
    memory: PathBuf,
}

/// What the firmware and the kernel remember: a line each.
struct Memory {
    admin: String,
    session: String,
}

impl BehavingTree {
    /// The tree of these files, whose firmware and kernel remember in the file `memory`; there need be none.
    pub fn new(files: SysfsFirmware, memory: &Path) -> BehavingTree {
        BehavingTree { files, memory: memory.to_owned() }
    }

    /// The administrator password; empty if there is none.
    pub fn admin_password(&self) -> Result<String, FirmwareError> {
        Ok(self.load()?.admin)
    }

    fn load(&self) -> Result<Memory, FirmwareError> {
        let text = match fs::read_to_string(&self.memory) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(self.unusable(&error)),
        };
        let mut lines = text.lines();
        let mut line = || lines.next().unwrap_or_default().to_owned();
        Ok(Memory { admin: line(), session: line() })
    }

    /// Remembers all at once, whenever the process is ended.
    fn remember(&self, memory: &Memory) -> Result<(), FirmwareError> {
        let new = self.memory.with_extension("new");
        let written = fs::write(&new, format!("{}\n{}\n", memory.admin, memory.session));
        written.and_then(|()| fs::rename(&new, &self.memory)).map_err(|error| self.unusable(&error))
    }

    fn unusable(&self, error: &io::Error) -> FirmwareError {
        FirmwareError::Unusable { path: self.memory.clone(), cause: error.to_string() }
    }

    /// Refuses whoever has not given the password.
    fn authenticated(&self) -> Result<Memory, FirmwareError> {
        let memory = self.load()?;
        match memory.admin.is_empty() || memory.session == memory.admin {
            true => Ok(memory),
            false => Err(FirmwareError::Refused(FirmwareRefusal::Denied)),
        }
    }
}

impl Firmware for BehavingTree {
    fn identity(&self) -> Result<MachineIdentity, FirmwareError> {
        self.files.identity()
    }

    fn attributes(&self) -> Result<Attributes, FirmwareError> {
        self.files.attributes()
    }

    fn read(&self, name: &str) -> Result<String, FirmwareError> {
        self.files.read(name)
    }

    fn write(&mut self, name: &str, value: &str) -> Result<(), FirmwareError> {
        self.authenticated()?;
        self.files.write(name, value)
    }

    fn is_reboot_pending(&self) -> Result<bool, FirmwareError> {
        self.files.is_reboot_pending()
    }

    fn has_admin_password(&self) -> Result<bool, FirmwareError> {
        Ok(!self.load()?.admin.is_empty())
    }

    fn open_session(&mut self, password: &str) -> Result<(), FirmwareError> {
        if password.len() >= PASSWORD_BYTES {
            return Err(FirmwareError::Refused(FirmwareRefusal::Invalid));
        }
        let memory = self.load()?;
        self.remember(&Memory { session: password.to_owned(), ..memory })
    }

    fn close_session(&mut self) -> Result<(), FirmwareError> {
        self.open_session("")
    }

    fn password_lengths(&self) -> Result<Option<PasswordLengths>, FirmwareError> {
        self.files.password_lengths()
    }

    fn change_admin_password(&mut self, new: &str) -> Result<(), FirmwareError> {
        self.authenticated()?;
        if !is_password_length(new) {
            return Err(FirmwareError::Refused(FirmwareRefusal::Invalid));
        }
        self.remember(&Memory { admin: new.to_owned(), session: String::new() })
    }

    fn begin_bulk(&mut self) -> Result<bool, FirmwareError> {
        self.files.begin_bulk()
    }

    fn save(&mut self) -> Result<(), FirmwareError> {
        self.files.save()
    }
}
