//! The actions on one device identity, and `deleteDevices` on many.

use std::collections::HashMap;

use engine::generic::complex_values;
use engine::handlers::{
    AnyValue, Invocation, NamedParameter, Names, Operate, StartError, TextList, TextValue,
};
use engine::{Answer, Collection, Context, EntityAddress, Error, ErrorKind, Handlers, code, generic};
use futures_util::future::BoxFuture;
use odata::edm::{OperationId, SetId, TypeId};
use odata::query::{Comparison, Expression, Path};
use odata::{Record, Value};
use store::Query;

use super::users::{UserAction, UserChange};
use crate::autopilot::sets::{DEVICE, DEVICES};

/// Registers the actions on devices.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let allowed = names.member("windowsAutopilotUserlessEnrollmentStatus", "allowed")?;
    let unenrolled = vec![
        (names.slot(DEVICE, "enrollmentState")?, names.member("enrollmentState", "notContacted")?),
        (names.slot(DEVICE, "managedDeviceId")?, Value::Null),
    ];
    let actions = [
        ("allowNextEnrollment", vec![(names.slot(DEVICE, "userlessEnrollmentStatus")?, allowed)]),
        ("unenroll", unenrolled),
    ];
    for (name, values) in actions {
        handlers.operation(names.operation(name, DEVICE)?, DeviceAction::Put(values));
    }
    for (name, change) in [
        ("assignUserToDevice", UserChange::AssignUser),
        ("unassignUserFromDevice", UserChange::UnassignUser),
        ("assignResourceAccountToDevice", UserChange::AssignAccount),
        ("unassignResourceAccountFromDevice", UserChange::UnassignAccount),
    ] {
        let operation = names.operation(name, DEVICE)?;
        handlers.operation(operation, DeviceAction::User(UserAction::new(names, operation, change)?));
    }
    let update = names.operation("updateDeviceProperties", DEVICE)?;
    handlers.operation(update, DeviceAction::SetGiven(GivenProperties::new(names, update)?));
    let delete = names.operation("deleteDevices", DEVICE)?;
    handlers.operation(delete, DeleteDevices::new(names, delete)?);
    Ok(())
}

/// An action that changes properties of the device it is called on.
enum DeviceAction {
    /// The properties of the given parameters are set; the others stay.
    SetGiven(GivenProperties),
    /// The user of the device changes.
    User(UserAction),
    /// Fixed values are set.
    Put(Vec<(u16, Value)>),
}

/// The parameters of `updateDeviceProperties`, each with the slot of the property that it sets.
struct GivenProperties {
    properties: Vec<(NamedParameter<AnyValue>, u16)>,
    user: NamedParameter<TextValue>,
    user_name: NamedParameter<TextValue>,
}

impl GivenProperties {
    fn new(names: &Names<'_>, operation: OperationId) -> Result<GivenProperties, StartError> {
        let properties = [
            "userPrincipalName",
            "addressableUserName",
            "groupTag",
            "displayName",
            "deviceAccountUpn",
            "deviceAccountPassword",
            "deviceFriendlyName",
        ];
        let properties = properties
            .into_iter()
            .map(|property| Ok((names.parameter(operation, property)?, names.slot(DEVICE, property)?)));
        Ok(GivenProperties {
            properties: properties.collect::<Result<_, StartError>>()?,
            user: names.parameter(operation, "userPrincipalName")?,
            user_name: names.parameter(operation, "addressableUserName")?,
        })
    }

    /// Refuses the name that addresses a user without the user.
    fn refuse_name_alone(&self, invocation: &Invocation<'_>) -> Result<(), Error> {
        let is_filled = |parameter: &NamedParameter<TextValue>| {
            invocation.parameter(parameter).is_some_and(|text| !text.is_empty())
        };
        if !is_filled(&self.user_name) || is_filled(&self.user) {
            return Ok(());
        }
        let (user, name) = (self.user.name(), self.user_name.name());
        Err(Error::bad_request(format!("The parameter '{name}' needs '{user}' in the same call."))
            .about(user))
    }
}

impl DeviceAction {
    fn apply(&self, invocation: &Invocation<'_>, record: &mut Record) -> Result<(), Error> {
        match self {
            DeviceAction::SetGiven(given) => {
                given.refuse_name_alone(invocation)?;
                for (parameter, slot) in &given.properties {
                    if let Some(value) = invocation.parameter(parameter) {
                        record.set(*slot, value.clone());
                    }
                }
            }
            DeviceAction::User(action) => action.apply(invocation, record)?,
            DeviceAction::Put(values) => {
                values.iter().for_each(|(slot, value)| record.set(*slot, value.clone()));
            }
        }
        Ok(())
    }
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
    serial_numbers: NamedParameter<TextList>,
    set: SetId,
    serial_number: Path,
    result: TypeId,
    /// The number of slots of the result's type.
    result_slots: u16,
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
    fn new(names: &Names<'_>, operation: OperationId) -> Result<DeleteDevices, StartError> {
        const RESULT: &str = "deletedWindowsAutopilotDeviceState";
        const STATE: &str = "windowsAutopilotDeviceDeletionState";
        Ok(DeleteDevices {
            serial_numbers: names.parameter(operation, "serialNumbers")?,
            set: names.set(DEVICES)?,
            serial_number: names.path(DEVICE, "serialNumber")?,
            result: names.structured(RESULT)?,
            result_slots: names.model.structured(names.structured(RESULT)?).slots,
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
        let rows = context.list(&query).await?;
        let key = match rows.as_slice() {
            [] => {
                let problem = "ZtdDeviceIsNotRegistered: no device has this serial number.";
                return Ok(self.deletion_state(serial_number, "", Some(problem)));
            }
            [row] => row.key.clone(),
            _ => {
                let count = context.count(&query).await?;
                let problem = format!(
                    "ZtdDeviceIsNotUnique: {count} devices have this serial number; delete them by their ids."
                );
                return Ok(self.deletion_state(serial_number, "", Some(&problem)));
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
        Ok(self.deletion_state(serial_number, &id, problem.as_deref()))
    }

    fn deletion_state(&self, serial_number: &str, registration_id: &str, problem: Option<&str>) -> Record {
        let text = |text: &str| Value::String(text.into());
        let mut record = Record::empty(self.result, self.result_slots);
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
            let serial_numbers = invocation.required(&self.serial_numbers)?;
            if serial_numbers.len() > SERIAL_NUMBERS_MAX {
                let (given, name) = (serial_numbers.len(), self.serial_numbers.name());
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
