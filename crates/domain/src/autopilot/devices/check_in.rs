//! `muster.checkIn`: what a device, or the agent on it, reports of itself.

use engine::handlers::{Invocation, Names, Operate, StartError};
use engine::{Answer, Context, Error, ErrorKind, Handlers, load};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Draft;
use odata::{Key, Record, Value};
use store::{Change, WriteError};

use super::events::Events;
use super::remediation::Remediation;
use crate::autopilot::ledger::Device;
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::{HashValidation, Settings};

/// How often a report is looked at again because something changed meanwhile.
const LOOKS_MAX: usize = 16;

/// Hooks in what is special.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &Settings,
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
        events: Events::new(names)?,
    };
    handlers.operation(names.operation("checkIn", DEVICE)?, check_in);
    Ok(())
}

/// `checkIn`: the device is there, and this is its hash.
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
    events: Events,
}

/// What a device reports.
struct Report<'a> {
    hash: Option<&'a str>,
    /// Whether it enrols itself, or is set up before its user has it.
    is_userless: bool,
}

impl CheckIn {
    /// Enrols the device, unless it is not allowed to.
    fn enroll(&self, context: &Context<'_>, report: &Report<'_>, device: &mut Record) -> Result<(), Error> {
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

    /// The device's next state, and what is committed with it.
    async fn next(
        &self,
        context: &Context<'_>,
        key: &Key,
        before: &Record,
        report: &Report<'_>,
    ) -> Result<(Record, Vec<Change>), Error> {
        let mut device = before.clone();
        self.enroll(context, report, &mut device)?;
        let mut changes = Vec::new();
        if report.is_userless || before.get(self.enrollment) != Some(&self.enrolled) {
            changes.push(self.events.enrollment(context, key, &device, report.is_userless).await?);
        }
        let Some(hash) = report.hash else { return Ok((device, changes)) };
        let (_, marks) = Device::of(context, self.hash_validation, hash, device.text(self.serial_number))
            .map_err(|fault| {
                Error::bad_request(format!("The parameter 'hardwareIdentifier' is no hash: {fault}."))
            })?;
        changes.extend(self.remediation.reported(context, key, &mut device, marks).await?);
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
            let report = Report {
                hash: match invocation.parameters.first() {
                    Some(Some(Value::Binary(hash))) if !hash.is_empty() => Some(hash),
                    _ => None,
                },
                is_userless: matches!(invocation.parameters.get(1), Some(Some(Value::Boolean(true)))),
            };
            for _ in 0..LOOKS_MAX {
                let row = load(context, address).await?;
                let row = row.ok_or_else(|| Error::not_found(&address.key.to_string()))?;
                let before = context.store.record(self.devices, &row)?;
                let (next, beside) = self.next(context, &row.key, &before, &report).await?;
                let entity = Draft(next).complete(context.model())?;
                let (set, key, expected) = (self.devices, row.key, row.version);
                let mut changes = vec![Change::Update { set, parent: None, key, expected, entity }];
                changes.extend(beside);
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
