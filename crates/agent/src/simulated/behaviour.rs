//! What a simulated BIOS does when it is called: as the driver of its maker, and the firmware behind it.

use crate::attribute::{Attribute, AttributeKind, Attributes};
use crate::firmware::{Firmware, FirmwareError, FirmwareRefusal, MachineIdentity, PasswordLengths, Vendor};
use crate::legal::spelled;
use crate::modifier::Effect;
use crate::simulated::SimulatedFirmware;

/// A password that has so many bytes is refused by the driver.
pub(super) const PASSWORD_BYTES: usize = 512;
/// How often Lenovo's firmware saves one attribute by itself between two boots.
const SAVES_MAX: u32 = 48;
/// The fewest and most characters of a new password.
pub(super) const PASSWORD_LENGTHS: PasswordLengths = PasswordLengths { min: 4, max: 32 };

/// The passwords of a BIOS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasswordRole {
    /// The administrator's: without it nothing is changed.
    Admin,
    /// The one that is asked for at each start.
    System,
}

impl SimulatedFirmware {
    /// Changes a password to another one, with the password of the session; an empty one removes it.
    pub fn change_password(&mut self, role: PasswordRole, new: &str) -> Result<(), FirmwareError> {
        match self.enter() {
            // A denial says that the password is wrong, which is nothing that goes wrong now and then.
            Err(FirmwareError::Refused(FirmwareRefusal::Denied)) => return refuse(FirmwareRefusal::Failed),
            entered => entered?,
        }
        if new.len() >= PASSWORD_BYTES {
            return refuse(FirmwareRefusal::Invalid);
        }
        if !self.is_authenticated(role) {
            return refuse(FirmwareRefusal::Denied);
        }
        if role == PasswordRole::System && self.admin_password.is_empty() && self.vendor == Vendor::Dell {
            return refuse(FirmwareRefusal::Unsupported);
        }
        if !is_password_length(new) {
            return refuse(FirmwareRefusal::Invalid);
        }
        match role {
            PasswordRole::Admin if self.vendor == Vendor::Lenovo => {
                self.admin_password_after_boot = Some(new.to_owned());
                self.is_reboot_pending = true;
            }
            PasswordRole::Admin => new.clone_into(&mut self.admin_password),
            PasswordRole::System => new.clone_into(&mut self.system_password),
        }
        self.session.clear();
        Ok(())
    }

    /// Whether the password of the session is one that is asked for to change this one.
    fn is_authenticated(&self, role: PasswordRole) -> bool {
        let is_admin = self.admin_password.is_empty() || self.session == self.admin_password;
        let is_system = self.system_password.is_empty() || self.session == self.system_password;
        match role {
            PasswordRole::Admin => is_admin,
            PasswordRole::System if self.admin_password.is_empty() || self.system_password.is_empty() => {
                is_admin && is_system
            }
            PasswordRole::System => is_admin || is_system,
        }
    }

    /// What the driver refuses before it asks the firmware.
    fn check_by_driver(&self, attribute: &Attribute, value: &str) -> Result<(), FirmwareRefusal> {
        let is_taken = match &attribute.kind {
            _ if self.vendor == Vendor::Lenovo => true,
            AttributeKind::Enumeration { possible } => {
                possible.iter().any(|known| known.eq_ignore_ascii_case(value))
            }
            AttributeKind::Integer { min, max, .. } => {
                value.parse::<i64>().is_ok_and(|number| (*min..=*max).contains(&number))
            }
            AttributeKind::String { min_length, max_length } => {
                (*min_length..=*max_length).contains(&value.len())
            }
            AttributeKind::OrderedList { .. } => true,
        };
        if is_taken { Ok(()) } else { Err(FirmwareRefusal::Invalid) }
    }

    /// What the firmware says to a new value.
    fn check_by_firmware(&self, attribute: &Attribute, value: &str) -> Result<(), FirmwareRefusal> {
        if !self.is_authenticated(PasswordRole::Admin) {
            return Err(FirmwareRefusal::Denied);
        }
        if self.attributes.holding(attribute, Effect::Suppressed).is_some() {
            return Err(FirmwareRefusal::Unsupported);
        }
        if self.attributes.holding(attribute, Effect::ReadOnly).is_some() {
            return Err(FirmwareRefusal::Denied);
        }
        let force = self.attributes.forced(attribute);
        if spelled(attribute, value).is_err()
            || force.is_some_and(|force| !attribute.is_same(&force.value, value))
        {
            return Err(FirmwareRefusal::Invalid);
        }
        Ok(())
    }

    /// Asks the firmware to set an attribute.
    fn set(&mut self, name: &str, value: &str, mishap: Option<FirmwareRefusal>) -> Result<(), FirmwareError> {
        let Some(attribute) = self.attributes.0.get(name) else {
            return Err(FirmwareError::NoAttribute(name.to_owned()));
        };
        // Dell's driver says that a reboot is pending whatever the firmware answered.
        self.is_reboot_pending |= self.vendor == Vendor::Dell;
        match mishap {
            Some(refusal) => return refuse(refusal),
            None => self.check_by_firmware(attribute, value).map_err(FirmwareError::Refused)?,
        }
        self.is_reboot_pending = true;
        if self.shown_late.contains(name) {
            self.waiting.insert(name.to_owned(), value.to_owned());
        } else {
            self.attributes.set(name, value);
        }
        Ok(())
    }
}

/// Whether a new password is long enough, and not too long; none is.
pub(super) fn is_password_length(new: &str) -> bool {
    let length = u32::try_from(new.len()).unwrap_or(u32::MAX);
    new.is_empty() || (PASSWORD_LENGTHS.min..=PASSWORD_LENGTHS.max).contains(&length)
}

fn refuse(refusal: FirmwareRefusal) -> Result<(), FirmwareError> {
    Err(FirmwareError::Refused(refusal))
}

impl Firmware for SimulatedFirmware {
    fn identity(&self) -> Result<MachineIdentity, FirmwareError> {
        self.enter()?;
        Ok(self.identity.clone())
    }

    fn attributes(&self) -> Result<Attributes, FirmwareError> {
        self.enter()?;
        match self.vendor.driver() {
            Some(_) => Ok(self.attributes.clone()),
            None => Err(FirmwareError::NoAttributes),
        }
    }

    fn read(&self, name: &str) -> Result<String, FirmwareError> {
        self.enter()?;
        let value = self.attributes.value(name).map(str::to_owned);
        value.ok_or_else(|| FirmwareError::NoAttribute(name.to_owned()))
    }

    fn write(&mut self, name: &str, value: &str) -> Result<(), FirmwareError> {
        // A refusal at a write is the firmware's, so the driver has its say first.
        let mishap = match self.enter() {
            Err(FirmwareError::Refused(refusal)) => Some(refusal),
            Err(error) => return Err(error),
            Ok(()) => None,
        };
        let value = value.strip_suffix('\n').unwrap_or(value);
        let Some(attribute) = self.attributes.0.get(name) else {
            return Err(FirmwareError::NoAttribute(name.to_owned()));
        };
        self.check_by_driver(attribute, value).map_err(FirmwareError::Refused)?;
        if self.is_bulk {
            mishap
                .map_or(Ok(()), Err)
                .and_then(|()| self.check_by_firmware(attribute, value))
                .map_err(FirmwareError::Refused)?;
            self.unsaved.push((name.to_owned(), value.to_owned()));
            return Ok(());
        }
        if self.vendor == Vendor::Lenovo {
            // Which error the kernel gives then is not documented.
            if self.saves_since_boot >= SAVES_MAX {
                return refuse(FirmwareRefusal::Failed);
            }
            self.saves_since_boot += 1;
        }
        self.set(name, value, mishap)
    }

    fn is_reboot_pending(&self) -> Result<bool, FirmwareError> {
        self.enter()?;
        Ok(self.is_reboot_pending)
    }

    fn has_admin_password(&self) -> Result<bool, FirmwareError> {
        self.enter()?;
        Ok(!self.admin_password.is_empty())
    }

    fn open_session(&mut self, password: &str) -> Result<(), FirmwareError> {
        self.enter()?;
        if password.len() >= PASSWORD_BYTES {
            return refuse(FirmwareRefusal::Invalid);
        }
        password.strip_suffix('\n').unwrap_or(password).clone_into(&mut self.session);
        Ok(())
    }

    fn close_session(&mut self) -> Result<(), FirmwareError> {
        self.enter()?;
        self.session.clear();
        Ok(())
    }

    fn password_lengths(&self) -> Result<Option<PasswordLengths>, FirmwareError> {
        self.enter()?;
        Ok(self.vendor.driver().map(|_| PASSWORD_LENGTHS))
    }

    fn change_admin_password(&mut self, new: &str) -> Result<(), FirmwareError> {
        self.change_password(PasswordRole::Admin, new)
    }

    fn begin_bulk(&mut self) -> Result<bool, FirmwareError> {
        self.enter()?;
        self.is_bulk = self.vendor == Vendor::Lenovo;
        Ok(self.is_bulk)
    }

    fn save(&mut self) -> Result<(), FirmwareError> {
        self.enter()?;
        if !self.is_bulk {
            return refuse(FirmwareRefusal::Unsupported);
        }
        for (name, value) in std::mem::take(&mut self.unsaved) {
            self.set(&name, &value, None)?;
        }
        Ok(())
    }
}
