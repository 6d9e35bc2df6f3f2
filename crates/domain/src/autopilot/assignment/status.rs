//! What a device's record says of its profile, and how one state follows from another.

use odata::date_time::Ticks;
use odata::{Key, Record, Value};

use super::candidates::Decision;
use super::hardware_class::Misfit;
use super::touched::Cause;
use crate::autopilot::device_identities::TYPE;
use crate::handlers::{Names, StartError};

/// The date of what never happened.
const NEVER: Ticks = Ticks(0);

/// Where a device's record says so, and the words it has for it.
pub(super) struct Statuses {
    status: u16,
    detail: u16,
    assigned_at: u16,
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
    pub(super) fn new(names: &Names<'_>) -> Result<Statuses, StartError> {
        let status = |member| names.member("windowsAutopilotProfileAssignmentStatus", member);
        let detail = |member| names.member("windowsAutopilotProfileAssignmentDetailedStatus", member);
        Ok(Statuses {
            status: names.slot(TYPE, "deploymentProfileAssignmentStatus")?,
            detail: names.slot(TYPE, "deploymentProfileAssignmentDetailedStatus")?,
            assigned_at: names.slot(TYPE, "deploymentProfileAssignedDateTime")?,
            profile: names.reference(TYPE, "deploymentProfile")?,
            intended: names.reference(TYPE, "intendedDeploymentProfile")?,
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

    /// What a decision makes of a device; none if it leaves it as it is.
    pub(super) fn decided(
        &self,
        device: &Record,
        decision: &Decision,
        cause: &Cause,
        now: Ticks,
    ) -> Option<Record> {
        let status = self.status(device);
        let mut next = device.clone();
        match decision {
            Decision::Keep => return None,
            Decision::Nothing => {
                if *status == self.not_assigned && self.profile(device).is_none() {
                    return None;
                }
                next.set(self.profile, Value::Null);
                next.set(self.intended, Value::Null);
                self.put(&mut next, &self.not_assigned);
                next.set(self.assigned_at, Value::DateTimeOffset(NEVER));
            }
            Decision::Profile { key, is_default } => {
                let is_new = [&self.unknown, &self.not_assigned].contains(&status);
                if !is_new && self.intended(device).as_ref() == Some(key) {
                    return self.edited(device, key, cause);
                }
                next.set(self.intended, Value::String(key.to_string().into()));
                if is_new && *is_default {
                    self.deliver(&mut next, now);
                } else {
                    self.put(&mut next, &self.pending);
                }
            }
        }
        Some(next)
    }

    /// What an edit of the profile makes of a device that has it.
    fn edited(&self, device: &Record, profile: &Key, cause: &Cause) -> Option<Record> {
        let status = self.status(device);
        let next_status = match cause {
            Cause::Edited(edited) if edited == profile && *status == self.in_sync => &self.out_of_sync,
            Cause::Edited(edited) if edited == profile && *status == self.failed => &self.pending,
            _ => return None,
        };
        let mut next = device.clone();
        self.put(&mut next, next_status);
        Some(next)
    }

    /// The next state of what is under way; none if nothing is.
    pub(super) fn advance(&self, device: &Record, misfit: Option<Misfit>, now: Ticks) -> Option<Record> {
        let status = self.status(device);
        let mut next = device.clone();
        if *status == self.out_of_sync {
            self.put(&mut next, &self.pending);
        } else if *status == self.pending {
            match misfit {
                Some(misfit) => {
                    self.put(&mut next, &self.failed);
                    next.set(self.detail, self.misfits[misfit as usize].clone());
                }
                None => self.deliver(&mut next, now),
            }
        } else if *status == self.unknown_sync {
            self.put(&mut next, &self.in_sync);
        } else {
            return None;
        }
        Some(next)
    }

    /// Gives a device the profile that it shall have; that it took it is not confirmed.
    fn deliver(&self, device: &mut Record, now: Ticks) {
        device.set(self.profile, device.get(self.intended).cloned().unwrap_or(Value::Null));
        device.set(self.assigned_at, Value::DateTimeOffset(now));
        self.put(device, &self.unknown_sync);
    }

    fn put(&self, device: &mut Record, status: &Value) {
        device.set(self.status, status.clone());
        device.set(self.detail, self.no_detail.clone());
    }
}
