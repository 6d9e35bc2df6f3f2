//! `muster.reportConfiguration` of a device: a script on it reports how its configuration fared, and is told which it is to have.

use std::sync::Arc;

use engine::generic::complex_value;
use engine::handlers::{IntegerValue, Invocation, NamedParameter, Names, Operate, StartError, TextValue};
use engine::{Answer, Context, Error, Handlers, code};
use futures_util::future::BoxFuture;
use odata::edm::TypeId;
use odata::{Key, Record, Value};
use store::{Change, Row};

use super::configured_devices::ConfiguredDevices;
use super::format::FormatValues;
use super::run_state::RunState;
use super::run_states::RunReport;
use super::winners::{Decided, WinningConfiguration};
use crate::autopilot::sets::DEVICE;

const DELIVERY: &str = "muster.configurationDelivery";
/// Characters of what a device tells, at most: a report names every setting.
const TEXT_MAX: usize = 65_536;

engine::slots! {
    /// Where a delivery says what a device gets.
    struct DeliverySlots of DELIVERY {
        configuration_id,
        version,
        file_name,
        hardware_configuration_format,
        configuration_file_content,
        per_device_password_disabled,
        is_atomic,
        waits_for,
    }
}

/// Registers the action.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    firmware: Arc<ConfiguredDevices>,
) -> Result<(), StartError> {
    let operation = names.operation("reportConfiguration", DEVICE)?;
    let text = |name| names.parameter(operation, name);
    let report = ReportConfiguration {
        configuration_id: text("configurationId")?,
        version: names.parameter(operation, "version")?,
        state: text("state")?,
        output: text("output")?,
        error: text("error")?,
        os_version: text("osVersion")?,
        delivery: names.structured(DELIVERY)?,
        slots: DeliverySlots::new(names)?,
        formats: FormatValues::new(names)?,
        firmware,
    };
    handlers.operation(operation, report);
    Ok(())
}

struct ReportConfiguration {
    configuration_id: NamedParameter<TextValue>,
    version: NamedParameter<IntegerValue>,
    state: NamedParameter<TextValue>,
    output: NamedParameter<TextValue>,
    error: NamedParameter<TextValue>,
    os_version: NamedParameter<TextValue>,
    delivery: TypeId,
    slots: DeliverySlots,
    formats: FormatValues,
    firmware: Arc<ConfiguredDevices>,
}

/// What a call reports of a configuration.
struct Reported {
    configuration: Key,
    version: i64,
    state: RunState,
}

impl ReportConfiguration {
    /// What is reported; none if the call only asks.
    fn reported(&self, invocation: &Invocation<'_>) -> Result<Option<Reported>, Error> {
        for parameter in [&self.output, &self.error, &self.os_version] {
            if invocation.parameter(parameter).is_some_and(|text| text.chars().count() > TEXT_MAX) {
                let name = parameter.name();
                let message = format!("The parameter '{name}' has at most {TEXT_MAX} characters.");
                return Err(Error::bad_request(message).about(name));
            }
        }
        let Some(state) = invocation.parameter(&self.state) else { return Ok(None) };
        let known = RunState::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(state));
        let state = known.ok_or_else(|| {
            let known = RunState::ALL.map(RunState::name).join(", ");
            Error::bad_request(format!("The parameter 'state' takes one of {known}, not '{state}'."))
                .coded(odata::code::INVALID_VALUE)
                .about("state")
        })?;
        let configuration = Key::parse(invocation.required(&self.configuration_id)?);
        let version = invocation.required(&self.version)?;
        if version < 1 {
            let error =
                Error::bad_request("The parameter 'version' is a version of the configuration, from 1.");
            return Err(error.coded(code::PROPERTY_REQUIRED).about("version"));
        }
        Ok(Some(Reported { configuration, version, state }))
    }

    /// The changes that store what is reported. What is reported of a configuration that the device is not to have ends.
    async fn changes(
        &self,
        invocation: &Invocation<'_>,
        reported: Option<&Reported>,
        (row, registration): (&Row, &Record),
        winner: &Decided<Option<WinningConfiguration>>,
    ) -> Result<Vec<Change>, Error> {
        let (context, text) =
            (invocation.context, |parameter| invocation.parameter(parameter).map(Box::from));
        let winning = winner.decision.as_ref().map(|winner| &winner.id);
        let mut changes =
            self.firmware.states.end_others(context, &self.firmware.winners, &row.key, winning).await?;
        if let Some(Reported { configuration, version, state }) = reported
            && winning == Some(configuration)
        {
            let report = RunReport {
                device: &row.key,
                registration,
                configuration,
                version: *version,
                state: *state,
                output: text(&self.output),
                error: text(&self.error),
                operating_system_version: text(&self.os_version),
            };
            changes.extend(self.firmware.states.record(context, &report).await?);
        }
        if !changes.is_empty() {
            changes.extend(winner.conditions.iter().cloned());
        }
        Ok(changes)
    }

    async fn answer(
        &self,
        context: &Context<'_>,
        winner: Option<WinningConfiguration>,
    ) -> Result<Answer, Error> {
        let Some(WinningConfiguration { id, facts, release }) = winner else {
            return Ok(Answer::no_content());
        };
        let Some(content) = self.firmware.winners.content(context, &id).await? else {
            return Ok(Answer::no_content());
        };
        let mut delivery = Record::empty(self.delivery, context.model().structured(self.delivery).slots);
        let slots = &self.slots;
        delivery.set(slots.configuration_id, Value::String(id.to_string().into()));
        delivery.set(slots.version, Value::Int(content.version));
        delivery.set(slots.file_name, Value::String(facts.file_name));
        delivery.set(slots.hardware_configuration_format, self.formats.value(facts.format));
        let file = if release.waits_for.is_none() { Value::Binary(content.file) } else { Value::Null };
        delivery.set(slots.configuration_file_content, file);
        delivery
            .set(slots.waits_for, release.waits_for.map_or(Value::Null, |text| Value::String(text.into())));
        delivery.set(slots.per_device_password_disabled, Value::Boolean(facts.per_device_password_disabled));
        delivery.set(slots.is_atomic, Value::Boolean(facts.rollout.is_atomic));
        complex_value(context, self.delivery, delivery)
    }
}

impl Operate for ReportConfiguration {
    fn operate<'a>(&'a self, invocation: Invocation<'a>) -> BoxFuture<'a, Result<Answer, Error>> {
        Box::pin(async move {
            let (context, address) = (invocation.context, invocation.address()?);
            let reported = self.reported(&invocation)?;
            let decide = || async {
                let (row, registration) = context.load(address).await?;
                let winner = self.firmware.winners.winner(context, &row.key, &registration).await?;
                self.changes(&invocation, reported.as_ref(), (&row, &registration), &winner).await
            };
            context.change(decide).await?;
            let (row, registration) = context.load(address).await?;
            let winner = self.firmware.winners.winner(context, &row.key, &registration).await?.decision;
            self.answer(context, winner).await
        })
    }
}
