//! Which configuration wins a device: among those assigned to a group it is in, and that exclude none it is in, the oldest;
//! otherwise the oldest for all devices.

use std::collections::HashMap;
use std::sync::Arc;

use bytes::Bytes;
use engine::handlers::{Names, StartError};
use engine::{Context, EntityAddress, Error};
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::{Change, Row};

use super::configurations::{ConfigurationFacts, Configurations};
use super::rollout::Rollout;
use super::sets::{ASSIGNMENT, CONFIGURATION, CONFIGURATIONS};
use crate::assignment::{
    AddedMembers, AssignedDevice, AssignmentSources, KeptAssignments, ReadAssignments, TenantAssignments,
};
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::directory::DirectoryObjects;

/// The configuration that wins a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WinningConfiguration {
    pub(crate) id: Key,
    /// What the device is told of it; [`Winners::content`] reads its file.
    pub(crate) facts: ConfigurationFacts,
    pub(crate) release: Release,
}

/// Whether a device is given a configuration that wins it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Release {
    /// The number of the device's ring, from 1; 1 without rings.
    pub(crate) ring: usize,
    /// Why nothing is delivered yet; none if the configuration is delivered.
    pub(crate) waits_for: Option<String>,
}

/// A decision, and what it hangs on.
pub(crate) struct Decided<T> {
    pub(crate) decision: T,
    /// The conditions under which it holds, for the unit that is committed because of it.
    pub(crate) conditions: Vec<Change>,
}

/// The place of a device among the rings of a configuration.
pub(super) struct RingPlace {
    pub(super) ring: usize,
    /// How often the rings were changed.
    pub(super) epoch: i64,
}

/// The assignments of a tenant's configurations.
pub(super) type ConfigurationAssignments = TenantAssignments<ConfigurationFacts>;

/// What decides which configuration wins a device.
pub(crate) struct Winners {
    pub(super) kept: KeptAssignments<Configurations>,
    pub(super) directory: DirectoryObjects,
    configurations: SetId,
    devices: SetId,
    content: u16,
    user: u16,
}

/// What is known of a device when its configuration is decided.
pub(super) struct DeviceFacts {
    pub(super) object: Option<(Key, Record)>,
    pub(super) added: AddedMembers,
    pub(super) has_user: bool,
}

impl DeviceFacts {
    pub(super) fn assigned(&self) -> AssignedDevice<'_> {
        let object = self.object.as_ref().map(|(key, record)| (key, record));
        AssignedDevice { object, added: &self.added, has_user: self.has_user }
    }
}

impl Winners {
    pub(crate) fn new(names: &Names<'_>) -> Result<Winners, StartError> {
        let sources = AssignmentSources::new(names, Configurations::new(names)?, ASSIGNMENT)?;
        Ok(Winners {
            kept: KeptAssignments::new(sources),
            directory: DirectoryObjects::new(names)?,
            configurations: names.set(CONFIGURATIONS)?,
            devices: names.set(DEVICES)?,
            content: names.slot(CONFIGURATION, "configurationFileContent")?,
            user: names.slot(DEVICE, "userPrincipalName")?,
        })
    }

    /// The configuration that wins a device, told by its registration.
    pub(crate) async fn winner(
        &self,
        context: &Context<'_>,
        device: &Key,
        registration: &Record,
    ) -> Result<Decided<Option<WinningConfiguration>>, Error> {
        let read = self.kept.newest(context).await?;
        let assignments = &read.assignments;
        let facts = self.facts(context, assignments, device, registration).await?;
        let assigned = facts.assigned();
        let winner = assignments.winner(&assigned).map(|(winner, _)| WinningConfiguration {
            id: winner.key.clone(),
            facts: winner.facts.clone(),
            release: release(assignments, &winner.facts, device, &assigned),
        });
        Ok(Decided { decision: winner, conditions: self.kept.conditions(&read, true) })
    }

    /// The assignments of the tenant's configurations, as they are now.
    pub(crate) async fn newest(
        &self,
        context: &Context<'_>,
    ) -> Result<Arc<ReadAssignments<ConfigurationFacts>>, Error> {
        self.kept.newest(context).await
    }

    /// What decides about a device. Without groups nobody looks at its object.
    pub(super) async fn facts(
        &self,
        context: &Context<'_>,
        assignments: &ConfigurationAssignments,
        device: &Key,
        registration: &Record,
    ) -> Result<DeviceFacts, Error> {
        let has_user = self.has_user(registration);
        if !assignments.have_groups() {
            return Ok(DeviceFacts { object: None, added: AddedMembers::new(), has_user });
        }
        let object = self.directory.object(context, device, registration).await?;
        let keys: Vec<Key> = object.iter().map(|(key, _)| key.clone()).collect();
        let added = self.kept.sources.added_members(context, assignments, &keys).await?;
        Ok(DeviceFacts { object, added, has_user })
    }

    /// The keys of the configurations that win these devices, by the keys of the devices.
    pub(super) async fn of_devices(
        &self,
        context: &Context<'_>,
        assignments: &ConfigurationAssignments,
        devices: &[(&Row, Record)],
    ) -> Result<HashMap<Key, Key>, Error> {
        // Without groups nobody looks at the objects.
        let objects = match assignments.have_groups() {
            true => self.directory.objects(context, devices).await?,
            false => HashMap::new(),
        };
        let keys: Vec<Key> = objects.values().map(|(key, _)| key.clone()).collect();
        let added = self.kept.sources.added_members(context, assignments, &keys).await?;
        let mut winners = HashMap::new();
        for (row, registration) in devices {
            let object = objects.get(&row.key).map(|(key, record)| (key, record));
            let device = AssignedDevice { object, added: &added, has_user: self.has_user(registration) };
            let winner = assignments.winner(&device);
            winners.extend(winner.map(|(winner, _)| (row.key.clone(), winner.key.clone())));
        }
        Ok(winners)
    }

    /// Whether a registered device has a user.
    pub(super) fn has_user(&self, registration: &Record) -> bool {
        registration.text(self.user).is_some_and(|user| !user.trim().is_empty())
    }

    /// The ring of a device under a configuration; none if the configuration has no rings.
    pub(super) async fn ring(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        device: &Key,
    ) -> Result<Option<RingPlace>, Error> {
        let read = self.kept.newest(context).await?;
        let assignments = &read.assignments;
        let Some(object) =
            assignments.object(configuration).filter(|one| !one.facts.rollout.rings.is_empty())
        else {
            return Ok(None);
        };
        let rollout = &object.facts.rollout;
        let epoch = rollout.progress.epoch;
        let registration = match rollout.groups().next() {
            Some(_) => context.get(self.devices, None, device).await?,
            None => None,
        };
        let Some(row) = registration else {
            return Ok(Some(RingPlace { ring: rollout.ring_of(device, |_| false), epoch }));
        };
        let registration = context.store.record(self.devices, &row)?;
        let facts = self.facts(context, assignments, device, &registration).await?;
        let ring = rollout.ring_of(device, |group| assignments.is_in(group, &facts.assigned()));
        Ok(Some(RingPlace { ring, epoch }))
    }

    /// The file of a configuration, with the version that it is of; none if the configuration is gone, or the
    /// caller does not see it.
    pub(crate) async fn content(
        &self,
        context: &Context<'_>,
        configuration: &Key,
    ) -> Result<Option<ConfigurationContent>, Error> {
        let collection = context.collection(self.configurations);
        let address = EntityAddress { collection, key: configuration.clone() };
        let Some(row) = context.row(&address).await? else { return Ok(None) };
        let record = context.store.record(self.configurations, &row)?;
        let file = match record.get(self.content) {
            Some(Value::Binary(file)) => file.clone(),
            _ => Bytes::new(),
        };
        let facts = self.kept.sources.kind.of(&record, Rollout::default());
        Ok(Some(ConfigurationContent { version: facts.version, file }))
    }
}

/// The ring of a device under a configuration, and whether it has started.
pub(super) fn release(
    assignments: &ConfigurationAssignments,
    facts: &ConfigurationFacts,
    device: &Key,
    assigned: &AssignedDevice<'_>,
) -> Release {
    let rollout = &facts.rollout;
    let ring = rollout.ring_of(device, |group| assignments.is_in(group, assigned));
    let progress = rollout.progress(facts.version);
    let waits_for = match rollout.rings.is_empty() {
        true => None,
        false if progress.is_halted => {
            let reason = progress.halt_reason.unwrap_or_default();
            Some(format!("The rollout is halted. {reason}"))
        }
        false if ring > progress.current_ring => {
            Some(format!("Ring {ring} starts when ring {} is well.", ring - 1))
        }
        false => None,
    };
    Release { ring, waits_for }
}

/// The file of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConfigurationContent {
    pub(crate) version: i64,
    pub(crate) file: Bytes,
}
