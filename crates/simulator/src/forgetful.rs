//! Memory that outlives a machine's power, and a power failure while something is kept in it.

use agent_service::{AgentError, Keeping, Kept, MemoryKeeping};

use crate::report::LastRun;

/// A power failure at one of the next times that something is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PowerFailure {
    /// At which of the next times, from 0.
    pub(crate) save: usize,
    /// Whether it comes after that is kept, and not before.
    pub(crate) is_kept: bool,
}

/// The memory of a device.
#[derive(Default)]
pub(crate) struct DeviceMemory {
    memory: MemoryKeeping,
    failure: Option<PowerFailure>,
    last_run: LastRun,
}

impl DeviceMemory {
    /// Has the power fail, or not, from now on.
    pub(crate) fn order(&mut self, failure: Option<PowerFailure>) {
        self.failure = failure;
    }

    /// What became of the last configuration, whether or not the server has heard it.
    pub(crate) fn last_run(&self) -> LastRun {
        self.last_run
    }

    fn remember(&mut self, kept: &Kept) -> Result<(), AgentError> {
        if let Some(run) = &kept.run {
            self.last_run = LastRun::of(run);
        }
        self.memory.save(kept)
    }
}

impl Keeping for DeviceMemory {
    fn key(&mut self) -> Result<agent_service::PrivateKey, AgentError> {
        self.memory.key()
    }

    fn load(&self) -> Result<Kept, AgentError> {
        self.memory.load()
    }

    fn save(&mut self, kept: &Kept) -> Result<(), AgentError> {
        match &mut self.failure {
            Some(PowerFailure { save: 0, is_kept }) => {
                if *is_kept {
                    self.remember(kept)?;
                }
                Err(AgentError::Firmware(agent::FirmwareError::Gone))
            }
            Some(failure) => {
                failure.save -= 1;
                self.remember(kept)
            }
            None => self.remember(kept),
        }
    }
}
