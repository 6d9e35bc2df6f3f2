//! `muster.checkIn`: what a device, or the agent on it, reports of itself.

use engine::handlers::{BinaryValue, BooleanValue, Invocation, NamedParameter, Names, Operate, StartError};
use engine::{Answer, Context, Error, Handlers, generic};
use futures_util::future::BoxFuture;
use odata::{Key, Record, Value};
use store::Change;

use super::events::EnrollmentEvents;
use super::remediation::Remediation;
use crate::autopilot::ledger::IdentifiedDevice;
use crate::autopilot::sets::DEVICE;
use crate::{HashValidation, MusterSettings};

/// Registers the action `checkIn`.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    let enrollment = |member| names.member("enrollmentState", member);
    let userless = |member| names.member("windowsAutopilotUserlessEnrollmentStatus", member);
    let operation = names.operation("checkIn", DEVICE)?;
    let check_in = CheckIn {
        hardware_identifier: names.parameter(operation, "hardwareIdentifier")?,
        is_userless: names.parameter(operation, "userless")?,
        hash_validation: settings.hash_validation(),
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
    handlers.operation(operation, check_in);
    Ok(())
}

/// `checkIn`: enrols the device if it is not, and compares its hash with the registered one.
struct CheckIn {
    hardware_identifier: NamedParameter<BinaryValue>,
    is_userless: NamedParameter<BooleanValue>,
    hash_validation: HashValidation,
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
    hash: Option<&'a [u8]>,
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

    /// The device's next state, and the changes that are committed with it.
    async fn next(
        &self,
        context: &Context<'_>,
        key: &Key,
        before: &Record,
        report: &CheckInReport<'_>,
    ) -> Result<(Record, Vec<Change>), Error> {
        let mut device = before.clone();
        self.enroll(context, report, &mut device)?;
        let mut changes = Vec::new();
        if report.is_userless || before.get(self.enrollment) != Some(&self.enrolled) {
            changes.push(self.events.enrollment(context, key, &device, report.is_userless).await?);
        }
        if let Some(hash) = report.hash {
            let serial_number = device.text(self.serial_number);
            let identified = IdentifiedDevice::of(context, self.hash_validation, hash, serial_number);
            let identified = identified.map_err(|fault| {
                Error::bad_request(format!("The parameter 'hardwareIdentifier' is no hash: {fault}."))
            })?;
            let digests = identified.digests;
            changes.extend(self.remediation.after_report(context, key, &mut device, digests).await?);
        }
        Ok((device, changes))
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
                hash: invocation.parameter(&self.hardware_identifier).filter(|hash| !hash.is_empty()),
                is_userless: invocation.parameter(&self.is_userless).unwrap_or(false),
            };
            let decide = || async {
                let (row, before) = context.load(address).await?;
                let (next, beside) = self.next(context, &row.key, &before, &report).await?;
                let mut changes = generic::next_state(context, &address.collection, &row, next).await?;
                changes.extend(beside);
                Ok(changes)
            };
            context.change(decide).await?;
            Ok(Answer::no_content())
        })
    }
}
