//! The administrator password of a firmware, as orders about it are carried out.

use password_rotation::{ChangeResult, PasswordDevice};

use crate::firmware::{Firmware, FirmwareError, FirmwareRefusal};

/// The administrator password of a firmware. `reached` is called before each step, so that a test can end the process there.
pub struct FirmwarePassword<'f> {
    /// The firmware whose password it is.
    pub firmware: &'f mut dyn Firmware,
    /// Told before each step.
    pub reached: &'f mut dyn FnMut(),
}

impl PasswordDevice for FirmwarePassword<'_> {
    type Fault = FirmwareError;

    fn is_set(&mut self) -> Result<bool, FirmwareError> {
        self.firmware.has_admin_password()
    }

    fn change(&mut self, from: &str, to: &str) -> Result<ChangeResult, FirmwareError> {
        (self.reached)();
        self.firmware.open_session(from)?;
        (self.reached)();
        let changed = self.firmware.change_admin_password(to);
        (self.reached)();
        // A change that went well has ended the session; where it has not, the kernel must forget the password all the same.
        self.firmware.close_session().or_else(|_| self.firmware.close_session())?;
        match changed {
            Ok(()) => Ok(ChangeResult::Taken),
            Err(FirmwareError::Refused(FirmwareRefusal::Denied)) => Ok(ChangeResult::Denied),
            Err(FirmwareError::Refused(refusal)) => Ok(ChangeResult::Refused(refusal.to_string())),
            Err(error) => Err(error),
        }
    }
}
