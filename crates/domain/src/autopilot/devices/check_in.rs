//! `muster.checkIn`: what a device, or the agent on it, reports of itself.

use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Context, Error, ErrorKind, Handlers, load};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Change, Row, WriteError};

use super::events::EnrollmentEvents;
use super::remediation::Remediation;
use crate::autopilot::ledger::HashedDevice;
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::changes::update;
use crate::{HashValidation, MusterSettings};

/// The number of times that a report is processed because the device was changed meanwhile.
const ATTEMPTS_MAX: usize = 16;

/// Registers the action `checkIn`.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let enrollment = |member| names.member("enrollmentState", member);
    let userless = |member| names.member("windowsAutopilotUserlessEnrollmentStatus", member);
    let check_in = CheckIn {
        hash_validation: settings.hash_validation(),
        devices: names.set(DEVICES)?,
        serial_number: names.slot(DEVICE, "serialNumber")?,
        enrollment: names.slot(DEVICE, "enrollmentState")?,
        enrolled: enrollment("enrolled")?,
        enrollment_blocked: enrollment("blocked")?,
        contacted_at: names.slot(DEVICE, "lastContactedDateTime")?,
        managed_device_id: names.slot(DEVICE, "managedDeviceId")?,
        userless: names.slot(DEVICE, "userlessEnrollmentStatus")?,
        userless_blocked: userless("blocked")?,
        remediation: Remediation::new(names)?,
        events: EnrollmentEvents::new(names)?,
    };
    handlers.operation(names.operation("checkIn", DEVICE)?, check_in);
    Ok(())
}

/// `checkIn`: enrols the device if it is not, and compares its hash with the registered one.
struct CheckIn {
    hash_validation: HashValidation,
    devices: SetId,
    serial_number: u16,
    enrollment: u16,
    enrolled: Value,
    enrollment_blocked: Value,
    contacted_at: u16,
    managed_device_id: u16,
    userless: u16,
    userless_blocked: Value,
    remediation: Remediation,
    events: EnrollmentEvents,
}

/// The parameters of a check-in.
struct CheckInReport<'a> {
    /// The hardware hash, if the device sends one.
    hash: Option<&'a str>,
    /// Whether it enrols itself, or is set up before its user has it.
    is_userless: bool,
}

impl CheckIn {
    /// Enrols the device, unless it is not allowed to.
    fn enroll(
        &self,
        context: &Context<'_>,
        report: &CheckInReport<'_>,
        device: &mut Record,
    ) -> Result<(), Error> {
        if device.get(self.enrollment) == Some(&self.enrollment_blocked) {
            return Err(Error::bad_request(
                "The device is kept from enrolling: its enrollmentState is blocked.",
            ));
        }
        if report.is_userless {
            if device.get(self.userless) == Some(&self.userless_blocked) {
                return Err(Error::bad_request(
                    "0x80180014: a device may enrol once without a user, and this one has; 'allowNextEnrollment' lets \
                     it do so again.",
                ));
            }
            device.set(self.userless, self.userless_blocked.clone());
        }
        if device.text(self.managed_device_id).is_none_or(str::is_empty) {
            device.set(self.managed_device_id, Value::String(Key::new().to_string().into()));
        }
        device.set(self.enrollment, self.enrolled.clone());
        device.set(self.contacted_at, Value::DateTimeOffset(context.now));
        Ok(())
    }

    /// The changes that a report causes.
    async fn changes(
        &self,
        context: &Context<'_>,
        row: &Row,
        report: &CheckInReport<'_>,
    ) -> Result<Vec<Change>, Error> {
        let (key, before) = (&row.key, context.store.record(self.devices, row)?);
        let mut device = before.clone();
        self.enroll(context, report, &mut device)?;
        let mut changes = Vec::new();
        if report.is_userless || before.get(self.enrollment) != Some(&self.enrolled) {
            changes.push(self.events.enrollment(context, key, &device, report.is_userless).await?);
        }
        if let Some(hash) = report.hash {
            let serial_number = device.text(self.serial_number);
            let hashed = HashedDevice::of(context, self.hash_validation, hash, serial_number);
            let (_, digests) = hashed.map_err(|fault| {
                Error::bad_request(format!("The parameter 'hardwareIdentifier' is no hash: {fault}."))
            })?;
            changes.extend(self.remediation.after_report(context, key, &mut device, digests).await?);
        }
        changes.insert(0, update(context, self.devices, row, device)?);
        Ok(changes)
    }
}

impl Operate for CheckIn {
    fn takes_relaxed_json(&self) -> bool {
        true
    }

    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let report = CheckInReport {
                hash: match invocation.parameters.first() {
                    Some(Some(Value::Binary(hash))) if !hash.is_empty() => Some(hash),
                    _ => None,
                },
                is_userless: matches!(invocation.parameters.get(1), Some(Some(Value::Boolean(true)))),
            };
            for _ in 0..ATTEMPTS_MAX {
                let row = load(context, address).await?;
                let row = row.ok_or_else(|| Error::not_found(&address.key.to_string()))?;
                let changes = self.changes(context, &row, &report).await?;
                match context.commit(changes).await {
                    Err(WriteError::Changed { .. } | WriteError::Overtaken) => {}
                    other => return Ok(other.map(|_| Answer::no_content())?),
                }
            }
            let message = "The device is being changed by too many requests at the same time; try again.";
            Err(Error::new(ErrorKind::Conflict, message))
        })
    }
}
