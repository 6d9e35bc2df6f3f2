//! A BIOS that fails at a call of the test's choice.

use std::cell::Cell;

use agent::{Attributes, Firmware, FirmwareError, FirmwareRefusal, MachineIdentity, PasswordLengths};

/// How it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// That call is refused.
    Once,
    /// That call and all later ones get no answer, as after a loss of power.
    ForGood,
}

/// A BIOS, and the call at which it fails.
pub struct Failing<'f> {
    pub inner: &'f mut dyn Firmware,
    pub at: u64,
    pub failure: Failure,
    pub calls: Cell<u64>,
}

impl Failing<'_> {
    fn enter(&self) -> Result<(), FirmwareError> {
        let call = self.calls.get();
        self.calls.set(call + 1);
        match self.failure {
            Failure::Once if call == self.at => Err(FirmwareError::Refused(FirmwareRefusal::Failed)),
            Failure::ForGood if call >= self.at => Err(FirmwareError::Gone),
            _ => Ok(()),
        }
    }
}

impl Firmware for Failing<'_> {
    fn identity(&self) -> Result<MachineIdentity, FirmwareError> {
        self.enter().and_then(|()| self.inner.identity())
    }

    fn attributes(&self) -> Result<Attributes, FirmwareError> {
        self.enter().and_then(|()| self.inner.attributes())
    }

    fn read(&self, name: &str) -> Result<String, FirmwareError> {
        self.enter().and_then(|()| self.inner.read(name))
    }

    fn write(&mut self, name: &str, value: &str) -> Result<(), FirmwareError> {
        self.enter().and_then(|()| self.inner.write(name, value))
    }

    fn is_reboot_pending(&self) -> Result<bool, FirmwareError> {
        self.enter().and_then(|()| self.inner.is_reboot_pending())
    }

    fn has_admin_password(&self) -> Result<bool, FirmwareError> {
        self.enter().and_then(|()| self.inner.has_admin_password())
    }

    fn open_session(&mut self, password: &str) -> Result<(), FirmwareError> {
        self.enter().and_then(|()| self.inner.open_session(password))
    }

    fn close_session(&mut self) -> Result<(), FirmwareError> {
        self.enter().and_then(|()| self.inner.close_session())
    }

    fn password_lengths(&self) -> Result<Option<PasswordLengths>, FirmwareError> {
        self.enter().and_then(|()| self.inner.password_lengths())
    }

    fn change_admin_password(&mut self, new: &str) -> Result<(), FirmwareError> {
        self.enter().and_then(|()| self.inner.change_admin_password(new))
    }

    fn begin_bulk(&mut self) -> Result<bool, FirmwareError> {
        self.enter().and_then(|()| self.inner.begin_bulk())
    }

    fn save(&mut self) -> Result<(), FirmwareError> {
        self.enter().and_then(|()| self.inner.save())
    }
}
