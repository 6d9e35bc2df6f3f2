//! The actions on one device identity, and `deleteDevices` on many.

use std::collections::HashMap;

use engine::generic::complex_values;
use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Collection, Context, EntityAddress, Error, ErrorKind, Handlers, code, generic};
use futures_util::future::BoxFuture;
use odata::edm::{SetId, TypeId};
use odata::query::{Comparison, Expression, Path};
use odata::{Record, Value};
use store::Query;

use super::users::{UserChange, UserSlots};
use crate::autopilot::sets::{DEVICE, DEVICES};

/// Registers the actions on devices.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let slots = |properties: &[&str]| -> Result<Vec<u16>, StartError> {
        properties.iter().map(|property| names.slot(DEVICE, property)).collect()
    };
    let users = UserSlots::new(names)?;
    let properties = [
        "userPrincipalName",
        "addressableUserName",
        "groupTag",
        "displayName",
        "deviceAccountUpn",
        "deviceAccountPassword",
        "deviceFriendlyName",
    ];
    let allowed = names.member("windowsAutopilotUserlessEnrollmentStatus", "allowed")?;
    let unenrolled = vec![
        (names.slot(DEVICE, "enrollmentState")?, names.member("enrollmentState", "notContacted")?),
        (names.slot(DEVICE, "managedDeviceId")?, Value::Null),
    ];
    let actions = [
        ("updateDeviceProperties", DeviceAction::SetGiven(slots(&properties)?)),
        ("assignUserToDevice", DeviceAction::User(UserChange::AssignUser, users)),
        ("unassignUserFromDevice", DeviceAction::User(UserChange::UnassignUser, users)),
        ("assignResourceAccountToDevice", DeviceAction::User(UserChange::AssignAccount, users)),
        ("unassignResourceAccountFromDevice", DeviceAction::User(UserChange::UnassignAccount, users)),
        (
            "allowNextEnrollment",
            DeviceAction::Put(vec![(names.slot(DEVICE, "userlessEnrollmentStatus")?, allowed)]),
        ),
        ("unenroll", DeviceAction::Put(unenrolled)),
    ];
    for (name, action) in actions {
        handlers.operation(names.operation(name, DEVICE)?, action);
    }
    handlers.operation(names.operation("deleteDevices", DEVICE)?, DeleteDevices::new(names)?);
    Ok(())
}

/// An action that changes properties of the device it is called on. Slots stand in the order of its parameters.
enum DeviceAction {
    /// The properties of the given parameters are set; the others stay.
    SetGiven(Vec<u16>),
    /// The user of the device changes.
    User(UserChange, UserSlots),
    /// Fixed values are set.
    Put(Vec<(u16, Value)>),
}

impl DeviceAction {
    fn apply(&self, invocation: &Invocation<'_>, record: &mut Record) -> Result<(), Error> {
        match self {
            DeviceAction::SetGiven(slots) => {
                refuse_name_alone(invocation)?;
                for (slot, value) in slots.iter().zip(&invocation.parameters) {
                    if let Some(value) = value {
                        record.set(*slot, value.clone());
                    }
                }
            }
            DeviceAction::User(change, users) => users.apply(*change, invocation, record)?,
            DeviceAction::Put(values) => {
                values.iter().for_each(|(slot, value)| record.set(*slot, value.clone()));
            }
        }
        Ok(())
    }
}

/// Refuses the name that addresses a user without the user. They are the first two parameters.
fn refuse_name_alone(invocation: &Invocation<'_>) -> Result<(), Error> {
    let is_filled =
        |at| matches!(invocation.parameters.get(at), Some(Some(Value::String(text))) if !text.is_empty());
    if !is_filled(1) || is_filled(0) {
        return Ok(());
    }
    let (user, name) = (invocation.parameter(0), invocation.parameter(1));
    Err(Error::bad_request(format!("The parameter '{name}' needs '{user}' in the same call.")).about(user))
}

impl Operate for DeviceAction {
    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let address = invocation.address()?;
            let change = |record: &Record| {
                let mut next = record.clone();
                self.apply(&invocation, &mut next)?;
                Ok(next)
            };
            generic::changed(invocation.context, address, false, change).await?;
            Ok(Answer::no_content())
        })
    }
}

/// `deleteDevices`: deletes devices by their serial numbers, and answers a state for each.
struct DeleteDevices {
    set: SetId,
    serial_number: Path,
    result: TypeId,
    result_serial_number: u16,
    result_registration_id: u16,
    result_state: u16,
    result_message: u16,
    accepted: Value,
    failed: Value,
}

/// The number of serial numbers that one call may carry.
const SERIAL_NUMBERS_MAX: usize = 1_000;
/// The kinds of errors that concern one device only, while others can be deleted.
const KINDS_OF_ONE_DEVICE: [ErrorKind; 3] = [ErrorKind::BadRequest, ErrorKind::Conflict, ErrorKind::NotFound];

impl DeleteDevices {
    fn new(names: &Names<'_>) -> Result<DeleteDevices, StartError> {
        const RESULT: &str = "deletedWindowsAutopilotDeviceState";
        const STATE: &str = "windowsAutopilotDeviceDeletionState";
        Ok(DeleteDevices {
            set: names.set(DEVICES)?,
            serial_number: names.path(DEVICE, "serialNumber")?,
            result: names.structured(RESULT)?,
            result_serial_number: names.slot(RESULT, "serialNumber")?,
            result_registration_id: names.slot(RESULT, "deviceRegistrationId")?,
            result_state: names.slot(RESULT, "deletionState")?,
            result_message: names.slot(RESULT, "errorMessage")?,
            accepted: names.member(STATE, "accepted")?,
            failed: names.member(STATE, "failed")?,
        })
    }

    /// Deletes the device with a serial number if there is exactly one; the state that the caller is shown.
    async fn delete(&self, context: &Context<'_>, serial_number: &str) -> Result<Record, Error> {
        let path = Box::new(Expression::Path(self.serial_number.clone()));
        let literal = Box::new(Expression::Literal(Value::String(serial_number.into())));
        let filter = Some(Expression::Compare(Comparison::Equal, path, literal));
        let query = Query { filter, ..Query::all(context.tenant(), self.set, 2) };
        let rows = context.store.list(&query).await?;
        let key = match rows.as_slice() {
            [] => {
                let problem = "ZtdDeviceIsNotRegistered: no device has this serial number.";
                return Ok(self.deletion_state(context, serial_number, "", Some(problem)));
            }
            [row] => row.key.clone(),
            _ => {
                let count = context.store.count(&query).await?;
                let problem = format!(
                    "ZtdDeviceIsNotUnique: {count} devices have this serial number; delete them by their ids."
                );
                return Ok(self.deletion_state(context, serial_number, "", Some(&problem)));
            }
        };
        let id = key.to_string();
        let problem =
            match generic::delete_at(context, &EntityAddress { collection: Collection::of(self.set), key })
                .await
            {
                Ok(()) => None,
                Err(error) if KINDS_OF_ONE_DEVICE.contains(&error.kind) => Some(error.message),
                Err(other) => return Err(other),
            };
        Ok(self.deletion_state(context, serial_number, &id, problem.as_deref()))
    }

    fn deletion_state(
        &self,
        context: &Context<'_>,
        serial_number: &str,
        registration_id: &str,
        problem: Option<&str>,
    ) -> Record {
        let text = |text: &str| Value::String(text.into());
        let mut record = Record::empty(self.result, context.model().structured(self.result).slots);
        record.set(self.result_serial_number, text(serial_number));
        record.set(self.result_registration_id, text(registration_id));
        record.set(
            self.result_state,
            if problem.is_some() { self.failed.clone() } else { self.accepted.clone() },
        );
        record.set(self.result_message, text(problem.unwrap_or("")));
        record
    }
}

impl Operate for DeleteDevices {
    fn is_one_commit(&self) -> bool {
        false
    }

    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let serial_numbers = invocation.texts(0)?;
            if serial_numbers.len() > SERIAL_NUMBERS_MAX {
                let (given, name) = (serial_numbers.len(), invocation.parameter(0));
                let message =
                    format!("One call takes at most {SERIAL_NUMBERS_MAX} serial numbers, not {given}.");
                return Err(Error::bad_request(message).coded(code::TOO_MANY_ITEMS).about(name));
            }
            // A serial number that is sent twice is answered twice, and deleted once.
            let mut answered: HashMap<&str, Record> = HashMap::new();
            let mut states = Vec::with_capacity(serial_numbers.len());
            for serial_number in serial_numbers {
                let state = match answered.get(serial_number) {
                    Some(state) => state.clone(),
                    None => self.delete(invocation.context, serial_number).await?,
                };
                states.push(state.clone());
                answered.insert(serial_number, state);
            }
            complex_values(invocation.context, self.result, states)
        })
    }
}
