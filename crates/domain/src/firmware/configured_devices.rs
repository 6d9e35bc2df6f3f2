//! Devices and the configurations that they have: what decides it, and the end of what they reported.

use std::sync::Arc;

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::{Key, Record};
use store::{Change, Row};

use super::run_states::RunStates;
use super::winners::Winners;
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};

/// What decides which configuration a device has, and what keeps how it fared. There is one, which all share.
pub(crate) struct ConfiguredDevices {
    pub(crate) winners: Arc<Winners>,
    pub(crate) states: RunStates,
}

impl ConfiguredDevices {
    pub(crate) fn new(names: &Names<'_>) -> Result<ConfiguredDevices, StartError> {
        let winners = Arc::new(Winners::new(names)?);
        Ok(ConfiguredDevices { states: RunStates::new(names, &winners)?, winners })
    }

    /// The changes that end what these devices reported of configurations that they have no more, with the conditions that
    /// they hang on.
    pub(crate) async fn leaving(
        &self,
        context: &Context<'_>,
        devices: &[(&Row, Record)],
    ) -> Result<Vec<Change>, Error> {
        let read = self.winners.newest(context).await?;
        let configurations: Vec<Key> = read.assignments.objects.iter().map(|one| one.key.clone()).collect();
        let keys: Vec<Key> = devices.iter().map(|(row, _)| row.key.clone()).collect();
        let mut states = self.states.of_devices(context, &keys, configurations).await?;
        if states.is_empty() {
            return Ok(Vec::new());
        }
        let winners = self.winners.of_devices(context, &read.assignments, devices).await?;
        states.retain(|state| winners.get(&state.row.key) != Some(&state.owner));
        let mut changes = self.states.endings(context, &states).await?;
        if !changes.is_empty() {
            changes.extend(self.winners.kept.conditions(&read, true));
        }
        Ok(changes)
    }

    /// Whether two states of a device differ in what decides about configurations alone.
    pub(crate) fn differ(&self, before: &Record, next: &Record) -> bool {
        self.winners.has_user(before) != self.winners.has_user(next)
    }

    /// The job that ends what a device reported of configurations that it has no more, after a change of what decides about
    /// it; none if the tenant has no configurations.
    pub(crate) async fn reassessment(
        &self,
        context: &Context<'_>,
        device: &Key,
    ) -> Result<Option<Change>, Error> {
        if self.winners.kept.current(context).await?.assignments.objects.is_empty() {
            return Ok(None);
        }
        let scope = AssessmentScope::Devices(vec![device.clone()]);
        assessment(context, scope, AssessmentReason::Membership).map(Some)
    }

    /// The changes that end what a device has of any configuration.
    pub(crate) async fn removal(&self, context: &Context<'_>, device: &Key) -> Result<Vec<Change>, Error> {
        self.states.end_others(context, &self.winners, device, None).await
    }
}
