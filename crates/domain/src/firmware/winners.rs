//! Which configuration wins a device: among those assigned to a group it is in, and that exclude none it is in, the oldest;
//! otherwise the oldest for all devices.

use std::sync::Arc;

use engine::handlers::{Names, StartError};
use engine::{Context, EntityAddress, Error};
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::Change;

use super::configurations::{ConfigurationFacts, Configurations};
use super::sets::{ASSIGNMENT, CONFIGURATION, CONFIGURATIONS};
use crate::assignment::{
    AddedMembers, AssignedDevice, AssignmentSources, KeptAssignments, ReadAssignments, TenantAssignments,
};
use crate::autopilot::sets::DEVICE;
use crate::directory::DirectoryObjects;

/// The configuration that wins a device.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct WinningConfiguration {
    pub(crate) id: Key,
    /// What the device is told of it; [`Winners::content`] reads its file.
    pub(crate) facts: ConfigurationFacts,
}

/// A decision, and what it hangs on.
pub(crate) struct Decided<T> {
    pub(crate) decision: T,
    /// The conditions under which it holds, for the unit that is committed because of it.
    pub(crate) conditions: Vec<Change>,
}

/// The assignments of a tenant's configurations.
pub(super) type ConfigurationAssignments = TenantAssignments<ConfigurationFacts>;

/// What decides which configuration wins a device.
pub(crate) struct Winners {
    pub(super) kept: KeptAssignments<Configurations>,
    pub(super) directory: DirectoryObjects,
    configurations: SetId,
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
        let winner = assignments
            .winner(&facts.assigned())
            .map(|(winner, _)| WinningConfiguration { id: winner.key.clone(), facts: winner.facts.clone() });
        Ok(Decided { decision: winner, conditions: self.kept.conditions(&read, true) })
    }

    /// The assignments of the tenant's configurations, as they are now.
    pub(super) async fn newest(
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

    /// Whether a registered device has a user.
    pub(super) fn has_user(&self, registration: &Record) -> bool {
        registration.text(self.user).is_some_and(|user| !user.trim().is_empty())
    }

    /// The file of a configuration in base64, with the version that it is of; none if the configuration is gone, or the
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
        let base64 = match record.get(self.content) {
            Some(Value::Binary(base64) | Value::String(base64)) => base64.clone(),
            _ => "".into(),
        };
        let facts = self.kept.sources.kind.of(&record, Default::default());
        Ok(Some(ConfigurationContent { version: facts.version, base64 }))
    }
}

/// The file of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ConfigurationContent {
    pub(crate) version: i64,
    /// The file in base64.
    pub(crate) base64: Box<str>,
}
