//! BIOS configuration: `hardwareConfigurations`, the devices that they reach, and how they fare there.
//!
//! What checks devices in asks [`winners::Winners`] which configuration wins a device, and has [`run_states::RunStates`] store what the device
//! reports, both in the unit of the check-in:
//!
//! - [`winners::Winners::winner`] decides by rules that are kept in memory, and are the present ones. Its `conditions` belong into
//!   the unit that is committed because of the decision.
//! - [`winners::Winners::content`] reads the file of the winner, for a device that has another version.
//! - [`run_states::RunStates::record`] gives the changes that store a report, and [`run_states::RunStates::end_others`] those that end the states of a
//!   device under configurations that it has no more. `runSummary` follows by itself: it is worked out from the states.

mod assignments;
pub(crate) mod configurations;
mod device_run_states;
pub(crate) mod format;
mod hardware_configurations;
mod report_configuration;
mod ring_outcome;
pub(crate) mod rollout;
mod rollouts;
pub(crate) mod run_state;
pub(crate) mod run_states;
mod run_summary;
pub(crate) mod sets;
mod user_run_states;
mod wait;
mod why;
pub(crate) mod winners;

use std::sync::Arc;

use engine::generic::ReplaceContained;
use engine::handlers::{Names, StartError};
use engine::{Context, Error, Handlers};
use odata::{Key, Record};
use store::{Change, Row};

use run_states::RunStates;
use winners::Winners;

use crate::MusterSettings;
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};

/// What decides which configuration a device has, and what keeps how it fared. There is one, which all share.
pub(crate) struct Firmware {
    pub(crate) winners: Arc<Winners>,
    pub(crate) states: RunStates,
}

impl Firmware {
    pub(crate) fn new(names: &Names<'_>) -> Result<Firmware, StartError> {
        let winners = Arc::new(Winners::new(names)?);
        Ok(Firmware { states: RunStates::new(names, &winners)?, winners })
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

/// Registers the behaviour of configurations and of what they contain, and the actions on them.
pub(crate) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    firmware: &Arc<Firmware>,
    settings: &MusterSettings,
) -> Result<(), StartError> {
    handlers
        .set(names.set(sets::CONFIGURATIONS)?, hardware_configurations::HardwareConfigurations::new(names)?);
    let assignments = names.set(sets::ASSIGNMENTS)?;
    for action in ["assign", "assignHardwareConfiguration"] {
        let id = names.operation(action, sets::CONFIGURATION)?;
        let replace = ReplaceContained::new(names, id, assignments, "hardwareConfigurationAssignments")?;
        handlers.operation(id, replace);
    }
    assignments::register(names, handlers)?;
    device_run_states::register(names, handlers, firmware.winners.clone())?;
    rollouts::register(names, handlers, settings.firmware.halt_after_failures)?;
    user_run_states::register(names, handlers)?;
    run_summary::register(names, handlers)?;
    report_configuration::register(names, handlers, firmware.clone())?;
    wait::register(names, handlers)?;
    why::register(names, handlers, firmware.clone())
}
