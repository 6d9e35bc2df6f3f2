//! The user of a device, or the resource account of a room. The same two properties name either, so one takes the place of
//! the other.

use engine::Error;
use engine::handlers::{Invocation, Names, StartError};
use odata::{Record, Value};

use crate::autopilot::sets::DEVICE;

/// The change of a device's user that an action makes.
#[derive(Clone, Copy)]
pub(super) enum UserChange {
    AssignUser,
    UnassignUser,
    AssignAccount,
    UnassignAccount,
}

/// The slots of a device's record that say for whom it is.
#[derive(Clone, Copy)]
pub(super) struct UserSlots {
    principal_name: u16,
    addressable_name: u16,
    /// The name of the resource, which only a device with a resource account has.
    resource_name: u16,
    /// The name and the password that the resource account signs in with.
    sign_in: [u16; 2],
}

impl UserSlots {
    pub(super) fn new(names: &Names<'_>) -> Result<UserSlots, StartError> {
        Ok(UserSlots {
            principal_name: names.slot(DEVICE, "userPrincipalName")?,
            addressable_name: names.slot(DEVICE, "addressableUserName")?,
            resource_name: names.slot(DEVICE, "resourceName")?,
            sign_in: [names.slot(DEVICE, "deviceAccountUpn")?, names.slot(DEVICE, "deviceAccountPassword")?],
        })
    }

    /// Changes a device's record; the parameters stand in the order of the model.
    pub(super) fn apply(
        &self,
        change: UserChange,
        invocation: &Invocation<'_>,
        device: &mut Record,
    ) -> Result<(), Error> {
        match change {
            UserChange::AssignUser => {
                let user = given(invocation, 0)?;
                let name = match invocation.parameters.get(1) {
                    Some(Some(_)) => given(invocation, 1)?,
                    _ => self.name_of(&user, device),
                };
                self.put(device, user, name);
                device.set(self.resource_name, Value::Null);
            }
            UserChange::AssignAccount => {
                self.put(device, given(invocation, 0)?, given(invocation, 1)?);
                device.set(self.resource_name, given(invocation, 2)?);
            }
            UserChange::UnassignUser => {
                self.put(device, Value::Null, Value::Null);
                device.set(self.resource_name, Value::Null);
            }
            UserChange::UnassignAccount => {
                // Without an account, the names are a user's.
                if device.text(self.resource_name).is_some_and(|name| !name.is_empty()) {
                    self.put(device, Value::Null, Value::Null);
                }
                device.set(self.resource_name, Value::Null);
                self.sign_in.iter().for_each(|slot| device.set(*slot, Value::Null));
            }
        }
        Ok(())
    }

    fn put(&self, device: &mut Record, principal_name: Value, addressable_name: Value) {
        device.set(self.principal_name, principal_name);
        device.set(self.addressable_name, addressable_name);
    }

    /// The name that addresses a user if none is given: that before if it was the same user, and otherwise the part of the
    /// principal name before the at sign.
    fn name_of(&self, user: &Value, device: &Record) -> Value {
        let user = user.as_text().unwrap_or("");
        let is_same = device.text(self.principal_name).is_some_and(|known| known.eq_ignore_ascii_case(user));
        let known = device.text(self.addressable_name).filter(|name| is_same && !name.is_empty());
        Value::String(known.or(user.split('@').next()).unwrap_or(user).into())
    }
}

/// A text parameter that must be there and not be empty.
fn given(invocation: &Invocation<'_>, at: usize) -> Result<Value, Error> {
    match invocation.parameters.get(at) {
        Some(Some(text @ Value::String(content))) if !content.trim().is_empty() => Ok(text.clone()),
        _ => {
            let operation = &invocation.context.model().operation(invocation.operation).name;
            let name = invocation.parameter(at);
            let message = format!("The parameter '{name}' of '{operation}' must not be empty.");
            Err(Error::bad_request(message).about(name))
        }
    }
}
