//! The configuration that is meant for a device: which it is, whether it is delivered, and what is recorded of it.

use std::sync::Arc;

use check_in::{
    AttributeValues, CheckInRequest, ConfigurationVersion, DeliveredConfiguration, RunReport as AgentReport,
};
use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::{Key, Record};
use password_rotation::{DeviceSays, Policy};
use quick_cache::sync::Cache;
use store::Change;
use uuid::Uuid;

use super::agent_state::{AgentRecords, AgentState};
use super::decision::{DeliveryDecision, Situation, first_error};
use super::known_agents::KeyBearer;
use super::password_policy::{check_status, is_applicable, policy, recorded};
use super::wanted_settings::WantedSettings;
use crate::autopilot::sets::DEVICE;
use crate::custody::{DevicePasswords, PasswordCheckIn, PasswordRules, PasswordStep, PendingOrder};
use crate::firmware::ConfiguredDevices;
use crate::firmware::run_state::RunState;
use crate::firmware::run_states::RunReport;
use crate::firmware::winners::WinningConfiguration;
use crate::hardware_hash::to_base64;

/// The files that are kept in memory as they were read.
const FILES_MAX: usize = 200;

/// Delivers to each device the configuration that wins it.
pub(super) struct Delivery {
    firmware: Arc<ConfiguredDevices>,
    /// The settings of files; none of a file that cannot be read.
    files: Cache<(Uuid, Key, i64), Arc<Option<WantedSettings>>>,
    pub(super) passwords: DevicePasswords,
    registration: RegistrationSlots,
}

engine::slots! {
    /// Where a registration says whose record of passwords is its device's.
    struct RegistrationSlots of DEVICE { managed_device_id, serial_number }
}

/// What is delivered with a check-in, and what is recorded of it.
#[derive(Default)]
pub(super) struct Delivered {
    pub(super) deliver: Option<DeliveredConfiguration>,
    pub(super) changes: Vec<Change>,
    /// What is sent of passwords, once the changes are committed.
    pub(super) order: Option<PendingOrder>,
    /// Whether the firmware turns out to be closed by an unknown password.
    pub(super) is_alarming: bool,
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
    pub(super) fn new(
        names: &Names<'_>,
        firmware: Arc<ConfiguredDevices>,
        passwords: DevicePasswords,
    ) -> Result<Delivery, StartError> {
        let registration = RegistrationSlots::new(names)?;
        Ok(Delivery { firmware, files: Cache::new(FILES_MAX), passwords, registration })
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
            next.recorded_state = RunState::Unknown;
            next.run_digest = None;
        }
        let policy = policy(winner.decision.as_ref(), reported.request);
        let mut step = self.password(context, records, reported, policy).await?;
        if let Some(winner) = &winner.decision {
            self.of_winner(context, records, reported, (winner, step.as_ref()), next, &mut delivered).await?;
        }
        if let Some(step) = &mut step {
            let is_needed = reported.request.password.as_ref().is_some_and(|status| status.is_needed);
            if is_needed || delivered.deliver.is_some() {
                step.unlock();
            }
        }
        if let Some(step) = step {
            delivered.is_alarming = step.is_alarming;
            let (changes, order) = self.passwords.finish(step);
            delivered.changes.extend(changes);
            delivered.order = order;
        }
        if is_another || !delivered.changes.is_empty() {
            delivered.changes.extend(winner.conditions);
        }
        Ok(delivered)
    }

    /// What the check-in comes to in the vault; none if the device says nothing of passwords, or is not known by an id yet.
    async fn password(
        &self,
        context: &Context<'_>,
        records: &AgentRecords,
        reported: &ReportedCheckIn<'_>,
        policy: Policy,
    ) -> Result<Option<PasswordStep>, Error> {
        let ReportedCheckIn { bearer, request, attributes, registration } = reported;
        let (Some(status), Some(firmware)) = (&request.password, &request.firmware) else { return Ok(None) };
        check_status(status)?;
        let id = registration.text(self.registration.managed_device_id).filter(|id| !id.is_empty());
        let Some(id) = id else { return Ok(None) };
        let rules = || {
            let stored = || records.read(context.store, &bearer.row).map(|state| state.attributes);
            Ok(match attributes {
                Some(attributes) => PasswordRules::of(status, attributes),
                None => PasswordRules::of(status, &stored()?),
            })
        };
        let says = DeviceSays {
            is_set: firmware.is_password_set,
            is_restart_pending: firmware.is_reboot_pending,
            report: status.report.as_ref().map(|report| (report.version, report.outcome)),
        };
        let serial_number = registration.text(self.registration.serial_number);
        let check_in = PasswordCheckIn { key: Key::parse(id), serial_number, policy, says, rules: &rules };
        self.passwords.decide(context, &check_in).await.map(Some)
    }

    async fn of_winner(
        &self,
        context: &Context<'_>,
        records: &AgentRecords,
        reported: &ReportedCheckIn<'_>,
        (winner, step): (&WinningConfiguration, Option<&PasswordStep>),
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
        let situation = Situation {
            meant: &meant,
            is_applicable: is_applicable(winner, request),
            applied: request.applied.as_ref().filter(|_| is_told),
            run,
            is_reboot_pending: request.firmware.as_ref().is_some_and(|firmware| firmware.is_reboot_pending),
            state: next.run_state,
            is_changed: next.run_digest.as_deref() != Some(&request.attributes.digest),
        };
        let mut decision =
            situation.decide(|| self.agreement(context, records, reported, &meant, &settings))?;
        let before = &reported.bearer.known.state;
        let is_assigned_before = next.assigned == before.assigned;
        // A ring that has not started, and a rollout that is halted, leave the device as it is known.
        let is_held = decision.delivers && winner.release.waits_for.is_some();
        if is_held {
            decision = DeliveryDecision { delivers: false, state: next.run_state };
        }
        next.run_state = decision.state;
        if !decision.delivers && !is_held && is_applied {
            next.run_digest = Some(request.attributes.digest.clone());
        }
        next.recorded_state = recorded(decision.state, step);
        let is_of_settings = !is_assigned_before || before.run_state != decision.state || run.is_some();
        if is_of_settings || before.recorded_state != next.recorded_state {
            let failure = step.and_then(PasswordStep::failure);
            let state = next.recorded_state;
            let changes = match is_of_settings && (run.is_some() || state != RunState::Success) {
                true => self.record(context, reported, winner, (run, failure), state).await?,
                // What was reported last is what led there.
                false => {
                    let device = &reported.bearer.device;
                    self.firmware.states.advance(context, &winner.id, device, state, failure).await?
                }
            };
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
        (run, failure): (Option<&AgentReport>, Option<&'static str>),
        state: RunState,
    ) -> Result<Vec<Change>, Error> {
        let (device, states) = (&reported.bearer.device, &self.firmware.states);
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
            error: run.and_then(first_error).or(failure.map(str::to_owned)).map(Into::into),
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
