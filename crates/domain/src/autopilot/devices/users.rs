//! The user of a device, or the resource account of a room. The same two properties name either, so one takes the place of
//! the other.

use engine::Error;
use engine::handlers::{Invocation, NamedParameter, Names, StartError, TextValue};
use odata::edm::OperationId;
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

/// An action that changes the user of a device, and its parameters.
pub(super) struct UserAction {
    users: UserSlots,
    parameters: UserParameters,
}

/// The parameters of an action, by the change that it makes.
enum UserParameters {
    AssignUser {
        user: NamedParameter<TextValue>,
        name: NamedParameter<TextValue>,
    },
    UnassignUser,
    AssignAccount {
        user: NamedParameter<TextValue>,
        name: NamedParameter<TextValue>,
        resource: NamedParameter<TextValue>,
    },
    UnassignAccount,
}

impl UserAction {
    pub(super) fn new(
        names: &Names<'_>,
        operation: OperationId,
        change: UserChange,
    ) -> Result<UserAction, StartError> {
        let parameter = |name| names.parameter(operation, name);
        let parameters = match change {
            UserChange::AssignUser => UserParameters::AssignUser {
                user: parameter("userPrincipalName")?,
                name: parameter("addressableUserName")?,
            },
            UserChange::UnassignUser => UserParameters::UnassignUser,
            UserChange::AssignAccount => UserParameters::AssignAccount {
                user: parameter("userPrincipalName")?,
                name: parameter("addressableUserName")?,
                resource: parameter("resourceAccountName")?,
            },
            UserChange::UnassignAccount => UserParameters::UnassignAccount,
        };
        Ok(UserAction { users: UserSlots::new(names)?, parameters })
    }

    /// Changes a device's record as the call of the action says.
    pub(super) fn apply(&self, invocation: &Invocation<'_>, device: &mut Record) -> Result<(), Error> {
        let users = &self.users;
        match &self.parameters {
            UserParameters::AssignUser { user, name } => {
                let user = given(invocation, user)?;
                let name = match invocation.is_given(name) {
                    true => given(invocation, name)?,
                    false => users.name_of(&user, device),
                };
                users.put(device, user, name);
                device.set(users.resource_name, Value::Null);
            }
            UserParameters::AssignAccount { user, name, resource } => {
                users.put(device, given(invocation, user)?, given(invocation, name)?);
                device.set(users.resource_name, given(invocation, resource)?);
            }
            UserParameters::UnassignUser => {
                users.put(device, Value::Null, Value::Null);
                device.set(users.resource_name, Value::Null);
            }
            UserParameters::UnassignAccount => {
                // Without an account, the names are a user's.
                if device.text(users.resource_name).is_some_and(|name| !name.is_empty()) {
                    users.put(device, Value::Null, Value::Null);
                }
                device.set(users.resource_name, Value::Null);
                users.sign_in.iter().for_each(|slot| device.set(*slot, Value::Null));
            }
        }
        Ok(())
    }
}

/// The slots of a device's record that say for whom it is.
#[derive(Clone, Copy)]
struct UserSlots {
    principal_name: u16,
    addressable_name: u16,
    /// The name of the resource, which only a device with a resource account has.
    resource_name: u16,
    /// The name and the password that the resource account signs in with.
    sign_in: [u16; 2],
}

impl UserSlots {
    fn new(names: &Names<'_>) -> Result<UserSlots, StartError> {
        Ok(UserSlots {
            principal_name: names.slot(DEVICE, "userPrincipalName")?,
            addressable_name: names.slot(DEVICE, "addressableUserName")?,
            resource_name: names.slot(DEVICE, "resourceName")?,
            sign_in: [names.slot(DEVICE, "deviceAccountUpn")?, names.slot(DEVICE, "deviceAccountPassword")?],
        })
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
fn given(invocation: &Invocation<'_>, parameter: &NamedParameter<TextValue>) -> Result<Value, Error> {
    match invocation.parameter(parameter) {
        Some(text) if !text.trim().is_empty() => Ok(Value::String(text.into())),
        _ => {
            let operation = &invocation.context.model().operation(invocation.operation).name;
            let name = parameter.name();
            let message = format!("The parameter '{name}' of '{operation}' must not be empty.");
            Err(Error::bad_request(message).about(name))
        }
    }
}
