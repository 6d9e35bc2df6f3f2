//! The decision which profile a device has: taken in the unit that changes what decides it, and by the job that follows a
//! change of the rules.

use engine::generic::bare_update;
use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::date_time::Ticks;
use odata::{Key, Record};
use store::Change;

use super::hardware_class::Misfit;
use super::profile_assignments::{AssignedProfiles, ProfileAssignments, decide, misfit_of};
use super::statuses::AssignmentStatuses;
use crate::MusterSettings;
use crate::assessment::AssessmentReason;
use crate::assignment::{AddedMembers, AssignedDevice, AssignmentSources, KeptAssignments, ReadAssignments};
use crate::autopilot::sets::{ASSIGNMENT, DEVICE};
use crate::autopilot::settings::refresh_job;
use crate::directory::{DirectoryObjects, StoredObject};

/// What decides which profile devices have, and how a decision shows.
pub(in crate::autopilot) struct ProfileDecisions {
    pub(super) kept: KeptAssignments<AssignedProfiles>,
    pub(super) directory: DirectoryObjects,
    pub(in crate::autopilot) statuses: AssignmentStatuses,
    model: u16,
    /// The properties of a device that decide which groups it is in, and which profiles fit it.
    deciding: [u16; 8],
}

/// The directory object of a device as rules see it, and the groups that it was added to.
#[derive(Default)]
struct DirectoryFacts {
    object: Option<(Key, Record)>,
    added: AddedMembers,
    /// The changes that keep the stored object in agreement with the device.
    changes: Vec<Change>,
}

impl ProfileDecisions {
    pub(in crate::autopilot) fn new(
        names: &Names<'_>,
        settings: &MusterSettings,
    ) -> Result<ProfileDecisions, StartError> {
        let directory = DirectoryObjects::new(names)?;
        let [older_id, newer_id] = directory.registration_device_ids();
        Ok(ProfileDecisions {
            kept: KeptAssignments::new(AssignmentSources::new(
                names,
                AssignedProfiles::new(names)?,
                ASSIGNMENT,
            )?),
            statuses: AssignmentStatuses::new(names, settings)?,
            model: names.slot(DEVICE, "model")?,
            deciding: [
                names.slot(DEVICE, "groupTag")?,
                names.slot(DEVICE, "purchaseOrderIdentifier")?,
                names.slot(DEVICE, "manufacturer")?,
                names.slot(DEVICE, "model")?,
                names.slot(DEVICE, "serialNumber")?,
                names.slot(DEVICE, "displayName")?,
                older_id,
                newer_id,
            ],
            directory,
        })
    }

    /// Decides which profile a device has in its next state, if that differs from the state before in what decides it, and
    /// carries its status on. The result are changes of the same unit.
    pub(in crate::autopilot) async fn decide(
        &self,
        context: &Context<'_>,
        key: &Key,
        before: Option<&Record>,
        next: &mut Record,
    ) -> Result<Vec<Change>, Error> {
        let is_touched = match before {
            // Whoever makes a device with a state means it.
            None => self.statuses.is_unknown(next),
            Some(before) => self.differ(before, next),
        };
        let is_given = before.is_some_and(|before| self.statuses.has_changed(before, next));
        let is_moved = self.statuses.is_under_way(next) && (is_given || before.is_none());
        if !(is_touched || is_moved) {
            return Ok(Vec::new());
        }
        let read = self.kept.current(context).await?;
        let assignments = &read.assignments;
        // The profile that a device is given directly may have ended meanwhile.
        let is_gone = |profile: Key| assignments.object(&profile).is_none();
        if !is_touched && !self.statuses.current(next).is_some_and(is_gone) {
            self.settle(assignments, next, context.now);
            return Ok(self.conditions(context, &read, false));
        }
        let DirectoryFacts { object, added, mut changes } = match before {
            None => self.facts_of_new(context, assignments, key, next),
            Some(_) => self.facts(context, &read, key, next).await?,
        };
        // Whoever changes the state of a device means it, too.
        if is_given && !is_moved {
            changes.extend(self.conditions(context, &read, true));
            return Ok(changes);
        }
        let object = object.as_ref().map(|(key, object)| (key, object));
        self.apply(assignments, object, &added, &AssessmentReason::Membership, context.now, next);
        changes.extend(self.conditions(context, &read, before.is_some()));
        Ok(changes)
    }

    /// The conditions of a unit that was decided by the assignments, and now and then the job that refreshes the tenant's
    /// settings. `reads_members` says that the members of groups were looked at too.
    pub(super) fn conditions(
        &self,
        context: &Context<'_>,
        read: &ReadAssignments<Option<i64>>,
        reads_members: bool,
    ) -> Vec<Change> {
        let mut conditions = self.kept.conditions(read, reads_members);
        conditions.extend(read.is_first_use().then(|| refresh_job(context)));
        conditions
    }

    /// Whether two states of a device differ in what decides which groups it is in.
    pub(in crate::autopilot) fn differ(&self, before: &Record, next: &Record) -> bool {
        self.deciding.iter().any(|slot| before.get(*slot) != next.get(*slot))
    }

    /// The facts of a device that is new: nobody can have added it to a group.
    fn facts_of_new(
        &self,
        context: &Context<'_>,
        assignments: &ProfileAssignments,
        key: &Key,
        device: &Record,
    ) -> DirectoryFacts {
        let object = || self.directory.object_of_new(context, key, device);
        DirectoryFacts { object: assignments.have_groups().then(object), ..DirectoryFacts::default() }
    }

    /// The facts of a stored device in its next state. A directory object that is stored is written even if it stays as it is,
    /// so that one of two who change the object and the device at once is overtaken.
    async fn facts(
        &self,
        context: &Context<'_>,
        read: &ReadAssignments<Option<i64>>,
        key: &Key,
        next: &Record,
    ) -> Result<DirectoryFacts, Error> {
        let directory = &self.directory;
        // Nobody looks at what no rule is about.
        if directory.is_told(key, next) && !read.assignments.have_groups() {
            return Ok(DirectoryFacts::default());
        }
        let (object, changes) = match directory.object_of(context, key, next) {
            Some(object) => (object, Vec::new()),
            None => {
                let stored = directory.stored(context, std::slice::from_ref(key)).await?.pop();
                let Some((_, StoredObject { row, record })) = stored else {
                    return Ok(DirectoryFacts::default());
                };
                let object = directory.agreeing(context, &row.key, next, &record);
                let change = bare_update(context, directory.set, &row, &record, object.clone())?;
                ((row.key, object), vec![change])
            }
        };
        let sources = &self.kept.sources;
        let added =
            sources.added_members(context, &read.assignments, std::slice::from_ref(&object.0)).await?;
        Ok(DirectoryFacts { object: Some(object), added, changes })
    }

    /// Gives a device the profile that it shall have, and carries its status on.
    pub(super) fn apply(
        &self,
        assignments: &ProfileAssignments,
        object: Option<(&Key, &Record)>,
        added: &AddedMembers,
        reason: &AssessmentReason,
        now: Ticks,
        device: &mut Record,
    ) {
        let current = self.statuses.current(device);
        let unassigned = match reason {
            AssessmentReason::ProfileUnassigned(profile) => Some(profile),
            _ => None,
        };
        // AssignedProfiles are for devices, whoever their users are.
        let assigned = AssignedDevice { object, added, has_user: false };
        let decision = decide(assignments, &assigned, current.as_ref(), unassigned);
        let model = device.text(self.model).unwrap_or("");
        let fits = current.is_none_or(|profile| misfit_of(assignments, &profile, model).is_none());
        self.statuses.decide(device, &decision, reason, fits, now);
        self.settle(assignments, device, now);
    }

    /// Advances the status of a device whose time has come, and carries it on.
    pub(super) fn advance(&self, assignments: &ProfileAssignments, device: &mut Record, now: Ticks) {
        self.statuses.advance(device, self.misfit(assignments, device), now);
        self.settle(assignments, device, now);
    }

    /// Carries the status of a device on as far as that takes no time.
    fn settle(&self, assignments: &ProfileAssignments, device: &mut Record, now: Ticks) {
        self.statuses.settle(device, self.misfit(assignments, device), now);
    }

    /// Why the profile that is intended for a device does not fit it.
    fn misfit(&self, assignments: &ProfileAssignments, device: &Record) -> Option<Misfit> {
        misfit_of(assignments, &self.statuses.intended(device)?, device.text(self.model).unwrap_or(""))
    }
}
