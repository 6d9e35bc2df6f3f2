//! The configuration that is meant for a device: which it is, whether it is delivered, and what is recorded of it.

use std::sync::Arc;

use check_in::{
    AttributeValues, CheckInRequest, ConfigurationVersion, DeliveredConfiguration, RunReport as AgentReport,
};
use engine::{Context, Error};
use odata::{Key, Record};
use quick_cache::sync::Cache;
use store::Change;
use uuid::Uuid;

use super::agent_state::{AgentRecords, AgentState};
use super::decision::{DeliveryDecision, Situation, first_error};
use super::known_agents::KeyBearer;
use super::wanted_settings::WantedSettings;
use crate::firmware::ConfiguredDevices;
use crate::firmware::format::ConfigurationFormat;
use crate::firmware::run_state::RunState;
use crate::firmware::run_states::RunReport;
use crate::firmware::winners::WinningConfiguration;
use crate::hardware_hash::to_base64;

/// The files that are kept in memory as they were read.
const FILES_MAX: usize = 200;
/// The driver of machines that take Dell's files.
const DELL_DRIVER: &str = "dell-wmi-sysman";

/// Delivers to each device the configuration that wins it.
pub(super) struct Delivery {
    firmware: Arc<ConfiguredDevices>,
    /// The settings of files; none of a file that cannot be read.
    files: Cache<(Uuid, Key, i64), Arc<Option<WantedSettings>>>,
}

/// What is delivered with a check-in, and what is recorded of it.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) deliver: Option<DeliveredConfiguration>,
    pub(super) changes: Vec<Change>,
}

/// A check-in that is decided about.
pub(super) struct ReportedCheckIn<'a> {
    pub(super) bearer: &'a KeyBearer,
    pub(super) request: &'a CheckInRequest,
    /// The attributes, if they are not the ones that are stored.
    pub(super) attributes: Option<&'a AttributeValues>,
    pub(super) registration: &'a Record,
}

impl Delivery {
    pub(super) fn new(firmware: Arc<ConfiguredDevices>) -> Delivery {
        Delivery { firmware, files: Cache::new(FILES_MAX) }
    }

    /// Decides about a check-in, and completes the next state of the agent by it.
    pub(super) async fn decide(
        &self,
        context: &Context<'_>,
        records: &AgentRecords,
        reported: &ReportedCheckIn<'_>,
        next: &mut AgentState,
    ) -> Result<Delivered, Error> {
        let ReportedCheckIn { bearer, registration, .. } = reported;
        let winner = self.firmware.winners.winner(context, &bearer.device, registration).await?;
        let mut delivered = Delivered::default();
        let id = winner.decision.as_ref().map(|winner| &winner.id);
        let is_another = next.assigned.as_ref() != id;
        if is_another {
            let (states, winners) = (&self.firmware.states, &self.firmware.winners);
            delivered.changes = states.end_others(context, winners, &bearer.device, id).await?;
            next.assigned = id.cloned();
            next.run_state = RunState::Unknown;
            next.run_digest = None;
        }
        if let Some(winner) = &winner.decision {
            self.of_winner(context, records, reported, winner, next, &mut delivered).await?;
        }
        if is_another || !delivered.changes.is_empty() {
            delivered.changes.extend(winner.conditions);
        }
        Ok(delivered)
    }

    async fn of_winner(
        &self,
        context: &Context<'_>,
        records: &AgentRecords,
        reported: &ReportedCheckIn<'_>,
        winner: &WinningConfiguration,
        next: &mut AgentState,
        delivered: &mut Delivered,
    ) -> Result<(), Error> {
        let request = reported.request;
        let meant = ConfigurationVersion { id: winner.id.to_string(), version: winner.facts.version };
        let is_applied = request.applied.as_ref() == Some(&meant);
        let run = request.run.as_ref().filter(|_| is_applied);
        let settings = self.settings(context, winner).await?;
        if let (Some(run), Some(settings)) = (run, &*settings) {
            check_names(run, settings)?;
        }
        if let Some(run) = run {
            next.run_digest = Some(run.attributes_digest.clone());
        }
        // A version that the device never told of was another, of a database that was lost.
        let is_told = run.is_some() || request.applied == reported.bearer.known.state.applied;
        let driver = request.firmware.as_ref().map(|firmware| firmware.driver.as_str());
        let situation = Situation {
            meant: &meant,
            is_applicable: winner.facts.format == ConfigurationFormat::Dell && driver == Some(DELL_DRIVER),
            applied: request.applied.as_ref().filter(|_| is_told),
            run,
            is_reboot_pending: request.firmware.as_ref().is_some_and(|firmware| firmware.is_reboot_pending),
            state: next.run_state,
            is_changed: next.run_digest.as_deref() != Some(&request.attributes.digest),
        };
        let mut decision =
            situation.decide(|| self.agreement(context, records, reported, &meant, &settings))?;
        let before = (next.run_state, next.assigned == reported.bearer.known.state.assigned);
        // A ring that has not started, and a rollout that is halted, leave the device as it is known.
        let is_held = decision.delivers && winner.release.waits_for.is_some();
        if is_held {
            decision = DeliveryDecision { delivers: false, state: next.run_state };
        }
        next.run_state = decision.state;
        if !decision.delivers && !is_held && is_applied {
            next.run_digest = Some(request.attributes.digest.clone());
        }
        if before != (decision.state, true) || run.is_some() {
            let changes = self.record(context, reported, winner, run, decision.state).await?;
            delivered.changes.extend(changes);
        }
        if decision.delivers {
            delivered.deliver = self.content(context, winner, &meant).await?;
        }
        Ok(())
    }

    /// Whether the attributes have the values of the file; none if that cannot be read.
    fn agreement(
        &self,
        context: &Context<'_>,
        records: &AgentRecords,
        reported: &ReportedCheckIn<'_>,
        meant: &ConfigurationVersion,
        settings: &Option<WantedSettings>,
    ) -> Result<Option<bool>, Error> {
        let Some(settings) = settings else { return Ok(None) };
        if let Some(attributes) = reported.attributes {
            return Ok(Some(settings.agree_with(attributes)));
        }
        let bearer = reported.bearer;
        let agrees = bearer
            .known
            .agrees(meant, || Ok(settings.agree_with(&records.read(context.store, &bearer.row)?.attributes)));
        agrees.map(Some)
    }

    /// The changes that record the state that a configuration is in.
    async fn record(
        &self,
        context: &Context<'_>,
        reported: &ReportedCheckIn<'_>,
        winner: &WinningConfiguration,
        run: Option<&AgentReport>,
        state: RunState,
    ) -> Result<Vec<Change>, Error> {
        let (device, states) = (&reported.bearer.device, &self.firmware.states);
        if run.is_none() && state == RunState::Success {
            // What was reported last is what led there.
            return states.advance(context, &winner.id, device, state).await;
        }
        let applied = reported.request.applied.as_ref().filter(|applied| applied.id == winner.id.to_string());
        let output = run.map(serde_json::to_string).transpose();
        let output = output.map_err(|error| Error::defect(format!("a report cannot be written: {error}")))?;
        let os_version = &reported.request.machine.os_version;
        let report = RunReport {
            device,
            registration: reported.registration,
            configuration: &winner.id,
            version: applied.map_or(0, |applied| applied.version),
            state,
            output: output.map(Into::into),
            error: run.and_then(first_error).map(Into::into),
            operating_system_version: (!os_version.is_empty()).then(|| os_version.as_str().into()),
        };
        states.record(context, &report).await
    }

    /// The configuration as it is delivered; none if it has ended or changed meanwhile: then it comes with the next
    /// check-in.
    async fn content(
        &self,
        context: &Context<'_>,
        winner: &WinningConfiguration,
        meant: &ConfigurationVersion,
    ) -> Result<Option<DeliveredConfiguration>, Error> {
        let content = self.firmware.winners.content(context, &winner.id).await?;
        let content = content.filter(|content| content.version == meant.version);
        Ok(content.map(|content| DeliveredConfiguration {
            configuration: meant.clone(),
            file_name: winner.facts.file_name.to_string(),
            is_atomic: winner.facts.rollout.is_atomic,
            content: to_base64(&content.file),
        }))
    }

    /// The settings of the file of a configuration, read once for each version.
    async fn settings(
        &self,
        context: &Context<'_>,
        winner: &WinningConfiguration,
    ) -> Result<Arc<Option<WantedSettings>>, Error> {
        let place = (context.tenant(), winner.id.clone(), winner.facts.version);
        if let Some(settings) = self.files.get(&place) {
            return Ok(settings);
        }
        let content = self.firmware.winners.content(context, &winner.id).await?;
        let Some(content) = content.filter(|content| content.version == winner.facts.version) else {
            return Ok(Arc::new(None));
        };
        let settings = Arc::new(WantedSettings::read(&content.file));
        self.files.insert(place, Arc::clone(&settings));
        Ok(settings)
    }
}

/// Refuses results of settings that the file does not have.
fn check_names(run: &AgentReport, settings: &WantedSettings) -> Result<(), Error> {
    for result in &run.results {
        if let Err(near) = settings.find(&result.name) {
            let near = near.map_or(String::new(), |near| format!(" Did it mean '{near}'?"));
            let message = format!("The configuration has no setting '{}'.{near}", result.name);
            return Err(Error::bad_request(message).about("results"));
        }
    }
    Ok(())
}
