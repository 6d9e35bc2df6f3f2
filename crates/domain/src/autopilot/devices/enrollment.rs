//! What a device's report does to its registration: the first enrols it, and a hardware hash is compared with the one that
//! is registered.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::{Key, Record, Value};
use store::Change;

use super::events::EnrollmentEvents;
use super::remediation::Remediation;
use crate::autopilot::ledger::IdentifiedDevice;
use crate::autopilot::sets::DEVICE;
use crate::derived_key::derived_key;
use crate::{HashValidation, MusterSettings};

/// What ids of managed devices are derived for.
const MANAGED_DEVICE: &[u8] = b"managed device";

/// What a device reports of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DeviceReport<'a> {
    /// The hardware hash, if the device sends one.
    pub(crate) hash: Option<&'a [u8]>,
    /// Whether it enrols itself, or is set up before its user has it.
    pub(crate) is_userless: bool,
}

/// The enrollment of registered devices: the slots of a registration that tell of it, and what goes with it.
pub(crate) struct Enrollment {
    hash_validation: HashValidation,
    serial_number: u16,
    state: u16,
    enrolled: Value,
    blocked: Value,
    contacted_at: u16,
    managed_device_id: u16,
    userless: u16,
    userless_blocked: Value,
    remediation: Remediation,
    events: EnrollmentEvents,
}

impl Enrollment {
    pub(crate) fn new(names: &Names<'_>, settings: &MusterSettings) -> Result<Enrollment, StartError> {
        let userless = |member| names.member("windowsAutopilotUserlessEnrollmentStatus", member);
        Ok(Enrollment {
            hash_validation: settings.hash_validation(),
            serial_number: names.slot(DEVICE, "serialNumber")?,
            state: names.slot(DEVICE, "enrollmentState")?,
            enrolled: names.member("enrollmentState", "enrolled")?,
            blocked: names.member("enrollmentState", "blocked")?,
            contacted_at: names.slot(DEVICE, "lastContactedDateTime")?,
            managed_device_id: names.slot(DEVICE, "managedDeviceId")?,
            userless: names.slot(DEVICE, "userlessEnrollmentStatus")?,
            userless_blocked: userless("blocked")?,
            remediation: Remediation::new(names)?,
            events: EnrollmentEvents::new(names)?,
        })
    }

    /// Refuses a device that is kept from enrolling.
    pub(crate) fn refuse_blocked(&self, device: &Record) -> Result<(), Error> {
        match device.get(self.state) == Some(&self.blocked) {
            true => {
                Err(Error::bad_request("The device is kept from enrolling: its enrollmentState is blocked."))
            }
            false => Ok(()),
        }
    }

    /// Enrols the device, unless it is not allowed to.
    fn enroll(
        &self,
        context: &Context<'_>,
        key: &Key,
        report: DeviceReport<'_>,
        device: &mut Record,
    ) -> Result<(), Error> {
        self.refuse_blocked(device)?;
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
            // A device that enrols again is the same one: by this id its passwords are found.
            let id = derived_key(MANAGED_DEVICE, &key.to_bytes());
            device.set(self.managed_device_id, Value::String(id.to_string().into()));
        }
        device.set(self.state, self.enrolled.clone());
        device.set(self.contacted_at, Value::DateTimeOffset(context.now));
        Ok(())
    }

    /// The device's next state, and the changes that are committed with it.
    pub(crate) async fn next(
        &self,
        context: &Context<'_>,
        key: &Key,
        before: &Record,
        report: DeviceReport<'_>,
    ) -> Result<(Record, Vec<Change>), Error> {
        let mut device = before.clone();
        self.enroll(context, key, report, &mut device)?;
        let mut changes = Vec::new();
        if report.is_userless || before.get(self.state) != Some(&self.enrolled) {
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
