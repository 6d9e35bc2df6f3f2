//! The assignment status of a device: what its record says of its profile, and how one status follows from another.

use engine::handlers::{Names, StartError};
use odata::date_time::Ticks;
use odata::{Key, Record, Value};

use super::hardware_class::Misfit;
use super::profile_assignments::ProfileDecision;
use crate::MusterSettings;
use crate::assessment::AssessmentReason;
use crate::autopilot::sets::DEVICE;

/// The date of what never happened.
const NEVER: Ticks = Ticks(0);

/// The slots of a device's record that tell its assignment, and the statuses.
pub(in crate::autopilot) struct AssignmentStatuses {
    /// The seconds from the choice of a profile to its delivery.
    delay_seconds: i64,
    status: u16,
    detail: u16,
    assigned_at: u16,
    /// When the device began to wait for its next advance.
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
    /// The detailed statuses in the order of [`Misfit`].
    misfits: [Value; 5],
}

impl AssignmentStatuses {
    pub(in crate::autopilot) fn new(
        names: &Names<'_>,
        settings: &MusterSettings,
    ) -> Result<AssignmentStatuses, StartError> {
        let status = |member| names.member("windowsAutopilotProfileAssignmentStatus", member);
        let detail = |member| names.member("windowsAutopilotProfileAssignmentDetailedStatus", member);
        Ok(AssignmentStatuses {
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

    /// The seconds until the next advance.
    pub(super) fn delay_seconds(&self, is_pending: bool) -> i64 {
        if is_pending { self.delay_seconds } else { 0 }
    }

    /// The slot of the reference to the profile that is intended for a device.
    pub(super) fn intended_reference(&self) -> u16 {
        self.intended
    }

    /// The profile that a device has.
    pub(super) fn profile(&self, device: &Record) -> Option<Key> {
        device.text(self.profile).map(Key::parse)
    }

    /// The profile that is intended for a device.
    pub(super) fn intended(&self, device: &Record) -> Option<Key> {
        device.text(self.intended).map(Key::parse)
    }

    /// The profile that is intended for a device, or else the one that it has. One that was assigned directly is both,
    /// unless the hardware does not fit.
    pub(super) fn current(&self, device: &Record) -> Option<Key> {
        self.intended(device).or_else(|| self.profile(device))
    }

    /// When a device began to wait for its next advance, if that is known.
    pub(super) fn since(&self, device: &Record) -> Option<Ticks> {
        match device.get(self.since) {
            Some(Value::DateTimeOffset(since)) => Some(*since),
            _ => None,
        }
    }

    /// Whether a device was not assessed yet.
    pub(in crate::autopilot) fn is_unknown(&self, device: &Record) -> bool {
        *self.status(device) == self.unknown
    }

    /// Whether the assignment differs between two records of a device.
    pub(in crate::autopilot) fn has_changed(&self, before: &Record, after: &Record) -> bool {
        [self.status, self.intended, self.assigned_at]
            .iter()
            .any(|slot| before.get(*slot) != after.get(*slot))
    }

    /// A new device as its creator is shown it, if that differs: with the assignment that was sent, as it was accepted. Every
    /// later read shows the one that was decided.
    pub(in crate::autopilot) fn as_sent(&self, sent: &Record, device: &Record) -> Option<Record> {
        let decided = |slot: &u16| sent.get(*slot).is_some_and(|value| device.get(*slot) != Some(value));
        let slots: Vec<u16> =
            [self.status, self.detail, self.assigned_at].into_iter().filter(decided).collect();
        if slots.is_empty() {
            return None;
        }
        let mut shown = device.clone();
        slots.iter().for_each(|slot| shown.set(*slot, sent.get(*slot).cloned().unwrap_or(Value::Null)));
        Some(shown)
    }

    /// Assigns a profile to a device directly.
    pub(in crate::autopilot) fn assign_directly(&self, device: &mut Record, profile: &Key, now: Ticks) {
        device.set(self.intended, Value::String(profile.to_string().into()));
        self.deliver(device, now);
    }

    /// Completes a device that is created with a profile; what its creator says of the assignment stays.
    pub(in crate::autopilot) fn complete(&self, device: &mut Record, now: Ticks) {
        let Some(profile @ Value::String(_)) = device.get(self.profile).cloned() else { return };
        device.set(self.intended, profile);
        if device.get(self.status).is_none() {
            device.set(self.status, self.unknown_sync.clone());
        }
        if device.get(self.assigned_at).is_none() {
            device.set(self.assigned_at, Value::DateTimeOffset(now));
        }
        self.set_since(device, now);
    }

    /// Whether the status advances by itself, by [`AssignmentStatuses::advance`].
    pub(super) fn is_under_way(&self, device: &Record) -> bool {
        let status = self.status(device);
        let is_advancing = [&self.out_of_sync, &self.pending, &self.unknown_sync].contains(&status);
        is_advancing && device.text(self.intended).is_some()
    }

    /// Whether the profile is chosen and not yet delivered.
    pub(super) fn is_pending(&self, device: &Record) -> bool {
        *self.status(device) == self.pending
    }

    /// The name of the status.
    pub(super) fn name(&self, device: &Record) -> &'static str {
        let names = [
            (&self.in_sync, "assignedInSync"),
            (&self.out_of_sync, "assignedOutOfSync"),
            (&self.unknown_sync, "assignedUnkownSyncState"),
            (&self.not_assigned, "notAssigned"),
            (&self.pending, "pending"),
            (&self.failed, "failed"),
        ];
        let status = self.status(device);
        names.into_iter().find(|(known, _)| *known == status).map_or("unknown", |(_, name)| name)
    }

    fn status<'d>(&'d self, device: &'d Record) -> &'d Value {
        device.get(self.status).unwrap_or(&self.unknown)
    }

    /// Sets what follows from a decision. `fits` says whether the hardware fits the profile that is intended for the device
    /// already.
    pub(super) fn decide(
        &self,
        device: &mut Record,
        decision: &ProfileDecision,
        reason: &AssessmentReason,
        fits: bool,
        now: Ticks,
    ) {
        let status = self.status(device);
        match decision {
            ProfileDecision::Keep => self.reassess(device, reason, fits, now),
            ProfileDecision::Nothing => {
                if *status == self.not_assigned && self.profile(device).is_none() {
                    return;
                }
                device.set(self.profile, Value::Null);
                device.set(self.intended, Value::Null);
                self.set_status(device, &self.not_assigned, now);
                device.set(self.assigned_at, Value::DateTimeOffset(NEVER));
            }
            ProfileDecision::Profile { key, is_default } => {
                let is_new = [&self.unknown, &self.not_assigned].contains(&status);
                if !is_new && self.intended(device).as_ref() == Some(key) {
                    return self.reassess(device, reason, fits, now);
                }
                device.set(self.intended, Value::String(key.to_string().into()));
                if is_new && *is_default {
                    self.deliver(device, now);
                } else {
                    self.set_status(device, &self.pending, now);
                }
            }
        }
    }

    /// Sets what follows for a device whose profile stays: the profile may have been edited, or the hardware have come to
    /// fit it.
    fn reassess(&self, device: &mut Record, reason: &AssessmentReason, fits: bool, now: Ticks) {
        let status = self.status(device);
        let is_edited = match reason {
            AssessmentReason::ProfileEdited(profile) => self.intended(device).as_ref() == Some(profile),
            _ => false,
        };
        if is_edited && *status == self.in_sync {
            self.set_status(device, &self.out_of_sync, now);
        } else if (is_edited || fits) && *status == self.failed {
            self.set_status(device, &self.pending, now);
        }
    }

    /// Advances the status as far as that takes no time. `misfit` says why the intended profile does not fit the device.
    pub(super) fn settle(&self, device: &mut Record, misfit: Option<Misfit>, now: Ticks) {
        while self.is_under_way(device) && self.delay_seconds(self.is_pending(device)) == 0 {
            self.advance(device, misfit, now);
        }
    }

    /// Advances the status by one step, if there is one.
    pub(super) fn advance(&self, device: &mut Record, misfit: Option<Misfit>, now: Ticks) {
        if !self.is_under_way(device) {
            return;
        }
        let status = self.status(device);
        if *status == self.out_of_sync {
            self.set_status(device, &self.pending, now);
        } else if let Some(misfit) = misfit {
            self.fail(device, misfit, now);
        } else if *status == self.pending {
            self.deliver(device, now);
        } else {
            self.set_status(device, &self.in_sync, now);
        }
    }

    /// Sets that the intended profile does not fit, and takes it from the device.
    fn fail(&self, device: &mut Record, misfit: Misfit, now: Ticks) {
        if self.profile(device) == self.intended(device) {
            device.set(self.profile, Value::Null);
            device.set(self.assigned_at, Value::DateTimeOffset(NEVER));
        }
        self.set_status(device, &self.failed, now);
        device.set(self.detail, self.misfits[misfit as usize].clone());
    }

    /// Sets that the device has the intended profile, which it has still to confirm.
    fn deliver(&self, device: &mut Record, now: Ticks) {
        device.set(self.profile, device.get(self.intended).cloned().unwrap_or(Value::Null));
        device.set(self.assigned_at, Value::DateTimeOffset(now));
        self.set_status(device, &self.unknown_sync, now);
    }

    fn set_status(&self, device: &mut Record, status: &Value, now: Ticks) {
        device.set(self.status, status.clone());
        device.set(self.detail, self.no_detail.clone());
        self.set_since(device, now);
    }

    /// Sets when the device began to wait for its next advance; null if there is none.
    fn set_since(&self, device: &mut Record, now: Ticks) {
        let since = if self.is_under_way(device) { Value::DateTimeOffset(now) } else { Value::Null };
        device.set(self.since, since);
    }
}
