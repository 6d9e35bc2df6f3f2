//! What a device's record says of its profile, and how one state follows from another.

use engine::handlers::{Names, StartError};
use odata::date_time::Ticks;
use odata::{Key, Record, Value};

use super::hardware_class::Misfit;
use super::tenant_assignments::Decision;
use crate::Settings;
use crate::assessment::Cause;
use crate::autopilot::sets::DEVICE;

/// The date of what never happened.
const NEVER: Ticks = Ticks(0);

/// Where a device's record says so, and the words it has for it.
pub(in crate::autopilot) struct Statuses {
    /// The seconds from the choice of a profile to its delivery.
    delay_seconds: i64,
    status: u16,
    detail: u16,
    assigned_at: u16,
    /// Since when the next step is waited for.
    since: u16,
    profile: u16,
    intended: u16,
    unknown: Value,
    in_sync: Value,
    out_of_sync: Value,
    unknown_sync: Value,
    not_assigned: Value,
    pending: Value,
    failed: Value,
    no_detail: Value,
    /// In the order of [`Misfit`].
    misfits: [Value; 5],
}

impl Statuses {
    pub(in crate::autopilot) fn new(names: &Names<'_>, settings: &Settings) -> Result<Statuses, StartError> {
        let status = |member| names.member("windowsAutopilotProfileAssignmentStatus", member);
        let detail = |member| names.member("windowsAutopilotProfileAssignmentDetailedStatus", member);
        Ok(Statuses {
            delay_seconds: settings.autopilot.delays.assignment_seconds(),
            status: names.slot(DEVICE, "deploymentProfileAssignmentStatus")?,
            detail: names.slot(DEVICE, "deploymentProfileAssignmentDetailedStatus")?,
            assigned_at: names.slot(DEVICE, "deploymentProfileAssignedDateTime")?,
            since: names.slot(DEVICE, "deploymentProfileAssignmentStatusDateTime")?,
            profile: names.reference(DEVICE, "deploymentProfile")?,
            intended: names.reference(DEVICE, "intendedDeploymentProfile")?,
            unknown: status("unknown")?,
            in_sync: status("assignedInSync")?,
            out_of_sync: status("assignedOutOfSync")?,
            unknown_sync: status("assignedUnkownSyncState")?,
            not_assigned: status("notAssigned")?,
            pending: status("pending")?,
            failed: status("failed")?,
            no_detail: detail("none")?,
            misfits: [
                detail("hardwareRequirementsNotMet")?,
                detail("surfaceHubProfileNotSupported")?,
                detail("holoLensProfileNotSupported")?,
                detail("windowsPcProfileNotSupported")?,
                detail("surfaceHub2SProfileNotSupported")?,
            ],
        })
    }

    /// The seconds that the next step takes.
    pub(super) fn delay_seconds(&self, is_pending: bool) -> i64 {
        if is_pending { self.delay_seconds } else { 0 }
    }

    /// The slots of the references to the profile that a device has, and the one it shall have.
    pub(super) fn references(&self) -> [u16; 2] {
        [self.profile, self.intended]
    }

    /// The profile that a device has.
    pub(super) fn profile(&self, device: &Record) -> Option<Key> {
        device.text(self.profile).map(Key::parse)
    }

    /// The profile that it shall have.
    pub(super) fn intended(&self, device: &Record) -> Option<Key> {
        device.text(self.intended).map(Key::parse)
    }

    /// The profile that a device shall have, and otherwise the one that it has: what it was given directly is both,
    /// unless its hardware does not fit.
    pub(super) fn had(&self, device: &Record) -> Option<Key> {
        self.intended(device).or_else(|| self.profile(device))
    }

    /// Since when a device waits for its next step, if that is known.
    pub(super) fn since(&self, device: &Record) -> Option<Ticks> {
        match device.get(self.since) {
            Some(Value::DateTimeOffset(since)) => Some(*since),
            _ => None,
        }
    }

    /// Whether nobody has looked yet at which profile a device shall have.
    pub(in crate::autopilot) fn is_unknown(&self, device: &Record) -> bool {
        *self.status(device) == self.unknown
    }

    /// Whether two records of a device differ in how far its assignment is.
    pub(in crate::autopilot) fn has_moved(&self, before: &Record, after: &Record) -> bool {
        [self.status, self.intended, self.assigned_at]
            .iter()
            .any(|slot| before.get(*slot) != after.get(*slot))
    }

    /// Gives a device a profile directly.
    pub(in crate::autopilot) fn give(&self, device: &mut Record, profile: &Key, now: Ticks) {
        device.set(self.intended, Value::String(profile.to_string().into()));
        self.deliver(device, now);
    }

    /// Completes a device that is created with a profile: what its creator says of the assignment is so.
    pub(in crate::autopilot) fn complete(&self, device: &mut Record, now: Ticks) {
        let Some(profile @ Value::String(_)) = device.get(self.profile).cloned() else { return };
        device.set(self.intended, profile);
        if device.get(self.status).is_none() {
            device.set(self.status, self.unknown_sync.clone());
        }
        if device.get(self.assigned_at).is_none() {
            device.set(self.assigned_at, Value::DateTimeOffset(now));
        }
        self.note(device, now);
    }

    /// Whether something is under way that [`Statuses::advance`] goes on with.
    pub(super) fn is_under_way(&self, device: &Record) -> bool {
        let status = self.status(device);
        [&self.out_of_sync, &self.pending, &self.unknown_sync].contains(&status)
    }

    /// Whether the profile is chosen and not yet delivered.
    pub(super) fn is_pending(&self, device: &Record) -> bool {
        *self.status(device) == self.pending
    }

    /// The status by its name.
    pub(super) fn word(&self, device: &Record) -> &'static str {
        let words = [
            (&self.in_sync, "assignedInSync"),
            (&self.out_of_sync, "assignedOutOfSync"),
            (&self.unknown_sync, "assignedUnkownSyncState"),
            (&self.not_assigned, "notAssigned"),
            (&self.pending, "pending"),
            (&self.failed, "failed"),
        ];
        let status = self.status(device);
        words.into_iter().find(|(known, _)| *known == status).map_or("unknown", |(_, word)| word)
    }

    fn status<'d>(&'d self, device: &'d Record) -> &'d Value {
        device.get(self.status).unwrap_or(&self.unknown)
    }

    /// What a decision makes of a device; none if it leaves it as it is. `fits` says whether the hardware is what the
    /// profile is for that the device shall have already.
    pub(super) fn decided(
        &self,
        device: &Record,
        decision: &Decision,
        cause: &Cause,
        fits: bool,
        now: Ticks,
    ) -> Option<Record> {
        let status = self.status(device);
        let mut next = device.clone();
        match decision {
            Decision::Keep => return self.again(device, &self.intended(device)?, cause, fits, now),
            Decision::Nothing => {
                if *status == self.not_assigned && self.profile(device).is_none() {
                    return None;
                }
                next.set(self.profile, Value::Null);
                next.set(self.intended, Value::Null);
                self.put(&mut next, &self.not_assigned, now);
                next.set(self.assigned_at, Value::DateTimeOffset(NEVER));
            }
            Decision::Profile { key, is_default } => {
                let is_new = [&self.unknown, &self.not_assigned].contains(&status);
                if !is_new && self.intended(device).as_ref() == Some(key) {
                    return self.again(device, key, cause, fits, now);
                }
                next.set(self.intended, Value::String(key.to_string().into()));
                if is_new && *is_default {
                    self.deliver(&mut next, now);
                } else {
                    self.put(&mut next, &self.pending, now);
                }
            }
        }
        Some(next)
    }

    /// What a look makes of a device whose profile stays: it was edited, or the hardware fits it by now.
    fn again(&self, device: &Record, profile: &Key, cause: &Cause, fits: bool, now: Ticks) -> Option<Record> {
        let status = self.status(device);
        let is_edited = *cause == Cause::Edited(profile.clone());
        let next_status = if is_edited && *status == self.in_sync {
            &self.out_of_sync
        } else if (is_edited || fits) && *status == self.failed {
            &self.pending
        } else {
            return None;
        };
        let mut next = device.clone();
        self.put(&mut next, next_status, now);
        Some(next)
    }

    /// The next state of what is under way; none if nothing is.
    pub(super) fn advance(&self, device: &Record, misfit: Option<Misfit>, now: Ticks) -> Option<Record> {
        let status = self.status(device);
        let mut next = device.clone();
        if !self.is_under_way(device) {
            return None;
        } else if *status == self.out_of_sync {
            self.put(&mut next, &self.pending, now);
        } else if let Some(misfit) = misfit {
            self.fail(&mut next, misfit, now);
        } else if *status == self.pending {
            self.deliver(&mut next, now);
        } else {
            self.put(&mut next, &self.in_sync, now);
        }
        Some(next)
    }

    /// A device does not have the profile that it does not fit.
    fn fail(&self, device: &mut Record, misfit: Misfit, now: Ticks) {
        if self.profile(device) == self.intended(device) {
            device.set(self.profile, Value::Null);
            device.set(self.assigned_at, Value::DateTimeOffset(NEVER));
        }
        self.put(device, &self.failed, now);
        device.set(self.detail, self.misfits[misfit as usize].clone());
    }

    /// Gives a device the profile that it shall have; that it took it is not confirmed.
    fn deliver(&self, device: &mut Record, now: Ticks) {
        device.set(self.profile, device.get(self.intended).cloned().unwrap_or(Value::Null));
        device.set(self.assigned_at, Value::DateTimeOffset(now));
        self.put(device, &self.unknown_sync, now);
    }

    fn put(&self, device: &mut Record, status: &Value, now: Ticks) {
        device.set(self.status, status.clone());
        device.set(self.detail, self.no_detail.clone());
        self.note(device, now);
    }

    /// Notes since when the next step is waited for. What has come to rest need not be told since when.
    fn note(&self, device: &mut Record, now: Ticks) {
        let since = if self.is_under_way(device) { Value::DateTimeOffset(now) } else { Value::Null };
        device.set(self.since, since);
    }
}
