//! A check-in: what the device says of itself is stored as far as it is new, and the answer says what there is to do.
//!
//! What a check-in changes is decided by the agent's row and commits only if the row is still so. A check-in that changes
//! nothing writes nothing but, now and then and with others, when the device was there.

use std::sync::{Arc, Mutex, PoisonError};

use check_in::{
    ATTRIBUTES_BYTES_MAX, ATTRIBUTES_MAX, AttributeValues, CheckInAnswer, CheckInRequest,
    DeliveredConfiguration, PasswordOrder, RESULTS_MAX, ReportFault, TEXT_BYTES_MAX,
};
use engine::handlers::{Names, StartError};
use engine::{Collection, Context, Error, ErrorKind, generic};
use odata::Record;
use odata::date_time::Ticks;
use odata::edm::SetId;
use store::{Change, Committed, Row};

use super::agent_state::AgentState;
use super::delivery::{Delivery, ReportedCheckIn};
use super::known_agents::{KeyBearer, KnownAgents, key_id};
use super::last_seen::{FRESH_TICKS, LastSeen};
use super::machine_hash::{check_texts, reported_hash};
use super::pace::Pace;
use crate::autopilot::sets::DEVICES;
use crate::autopilot::{DeviceReport, Enrollment};
use crate::custody::PendingOrder;

/// Answers check-ins, one of each device at a time.
pub(super) struct CheckIns {
    delivery: Delivery,
    enrollment: Arc<Enrollment>,
    devices: SetId,
    pub(super) pace: Pace,
}

/// What a check-in comes to.
#[derive(Default)]
struct CheckInOutcome {
    deliver: Option<DeliveredConfiguration>,
    wants_all_attributes: bool,
    changes: Vec<Change>,
    order: Option<PendingOrder>,
    is_alarming: bool,
}

impl CheckIns {
    pub(super) fn new(
        names: &Names<'_>,
        enrollment: Arc<Enrollment>,
        delivery: Delivery,
        pace: Pace,
    ) -> Result<CheckIns, StartError> {
        Ok(CheckIns { delivery, enrollment, devices: names.set(DEVICES)?, pace })
    }

    /// Answers a check-in of a device.
    pub(super) async fn answer(
        &self,
        context: &Context<'_>,
        known: &KnownAgents,
        last_seen: &LastSeen,
        bearer: &KeyBearer,
        sequence: u64,
        request: &CheckInRequest,
    ) -> Result<CheckInAnswer, Error> {
        check_bounds(request)?;
        let sequence = i64::try_from(sequence).map_err(|_| late())?;
        let mut outcome = self.decide(context, known, bearer, sequence, request).await?;
        let mut password = None;
        if !outcome.changes.is_empty() {
            let committed;
            (outcome, committed) = self.change(context, known, bearer, sequence, request).await?;
            password = self.order(context, bearer, &mut outcome, committed, request).await?;
        }
        if bearer.known.note(context.now, Ticks(context.now.0 - FRESH_TICKS)) {
            last_seen.note(bearer.tenant, &bearer.device, context.now);
        }
        Ok(CheckInAnswer {
            deliver: outcome.deliver,
            wants_all_attributes: outcome.wants_all_attributes,
            password,
            check_in_after_seconds: self.pace.seconds_until_next(&bearer.device),
        })
    }

    /// Commits what a check-in changes, decided again if others were faster.
    async fn change(
        &self,
        context: &Context<'_>,
        known: &KnownAgents,
        bearer: &KeyBearer,
        sequence: i64,
        request: &CheckInRequest,
    ) -> Result<(CheckInOutcome, Committed), Error> {
        let last = Mutex::new(CheckInOutcome::default());
        let decide = || async {
            let now = known.of_device(context.store, bearer.tenant, &bearer.device).await?;
            let now = now.filter(|now| now.public_key() == bearer.public_key());
            let now = now.ok_or_else(|| {
                Error::new(ErrorKind::Conflict, "The device was revoked, or enrolled with another key.")
            })?;
            let mut outcome = self.decide(context, known, &now, sequence, request).await?;
            let changes = std::mem::take(&mut outcome.changes);
            *last.lock().unwrap_or_else(PoisonError::into_inner) = outcome;
            Ok(changes)
        };
        let committed = context.change(decide).await?;
        Ok((last.into_inner().unwrap_or_else(PoisonError::into_inner), committed))
    }

    /// What the device is sent of passwords, now that it is on record.
    async fn order(
        &self,
        context: &Context<'_>,
        bearer: &KeyBearer,
        outcome: &mut CheckInOutcome,
        committed: Committed,
        request: &CheckInRequest,
    ) -> Result<Option<PasswordOrder>, Error> {
        if outcome.is_alarming {
            tracing::error!(
                tenant = %bearer.tenant, device = %bearer.device, serial_number = request.machine.serial_number,
                "the BIOS of a device is closed by a password that is not known"
            );
        }
        let (Some(order), Some(status)) = (outcome.order.take(), &request.password) else { return Ok(None) };
        let receipt =
            committed.receipt.ok_or_else(|| Error::defect("passwords are sent without a record"))?;
        let key_id = key_id(bearer.tenant, &bearer.device);
        self.delivery.passwords.sealed(context, &receipt, order, (&key_id, &status.key)).await
    }

    async fn decide(
        &self,
        context: &Context<'_>,
        known: &KnownAgents,
        bearer: &KeyBearer,
        sequence: i64,
        request: &CheckInRequest,
    ) -> Result<CheckInOutcome, Error> {
        let before = &bearer.known.state;
        if sequence <= before.sequence {
            return Err(late());
        }
        if !before.machine.is_same_machine(&request.machine) {
            let message = "The machine is not the one that was enrolled with this key; enroll it with a key of its own.";
            return Err(Error::new(ErrorKind::Conflict, message).about("machine"));
        }
        // The attributes are read from the row only if they changed, or something else has to be written.
        let is_report_new = request.attributes.digest != bearer.known.attributes_digest;
        let stored = || Ok::<_, Error>(known.records.read(context.store, &bearer.row)?.attributes);
        let reported = match is_report_new {
            false => None,
            true => match stored()?.after(&request.attributes) {
                Ok(values) => {
                    check_room(&values)?;
                    Some(values)
                }
                Err(ReportFault::OtherBase) => {
                    return Ok(CheckInOutcome { wants_all_attributes: true, ..CheckInOutcome::default() });
                }
                Err(ReportFault::WrongDigest) => {
                    let message = "The digest of 'attributes' is not that of the values that it comes to.";
                    return Err(Error::bad_request(message).about("attributes"));
                }
            },
        };
        let mut next = AgentState {
            machine: request.machine.clone(),
            firmware: request.firmware.clone(),
            applied: request.applied.clone(),
            ..before.clone()
        };
        let registration = context.get(self.devices, None, &bearer.device).await?;
        let registration = registration.ok_or_else(|| Error::not_found(&bearer.device.to_string()))?;
        let registered = context.store.record(self.devices, &registration)?;
        let asked =
            ReportedCheckIn { bearer, request, attributes: reported.as_ref(), registration: &registered };
        let delivered = self.delivery.decide(context, &known.records, &asked, &mut next).await?;
        let is_first = before.reported_at.is_none();
        let mut outcome = CheckInOutcome {
            deliver: delivered.deliver,
            order: delivered.order,
            is_alarming: delivered.is_alarming,
            ..CheckInOutcome::default()
        };
        if next == *before
            && delivered.changes.is_empty()
            && reported.is_none()
            && !is_first
            && request.hardware_hash.is_none()
        {
            return Ok(outcome);
        }
        if is_first || request.hardware_hash.is_some() {
            outcome.changes.extend(self.registration(context, &registration, &registered, request).await?);
        }
        outcome.changes.extend(delivered.changes);
        next.sequence = sequence;
        next.reported_at = Some(context.now);
        next.attributes = match reported {
            Some(values) => values,
            None => stored()?,
        };
        let device = &bearer.device;
        outcome.changes.push(Change::Update {
            set: known.records.set,
            parent: Some(device.clone()),
            key: device.clone(),
            expected: bearer.row.version,
            entity: known.records.write(context.model(), device, &next)?,
        });
        Ok(outcome)
    }

    /// The changes of the device's registration: its first check-in enrols it.
    async fn registration(
        &self,
        context: &Context<'_>,
        row: &Row,
        before: &Record,
        request: &CheckInRequest,
    ) -> Result<Vec<Change>, Error> {
        let hash = request.hardware_hash.as_deref().map(reported_hash).transpose()?;
        let report = DeviceReport { hash: hash.as_deref(), is_userless: false };
        let (next, beside) = self.enrollment.next(context, &row.key, before, report).await?;
        let mut changes = generic::next_state(context, &Collection::of(self.devices), row, next).await?;
        changes.extend(beside);
        Ok(changes)
    }
}

fn late() -> Error {
    Error::new(ErrorKind::Conflict, "A later check-in of the device was taken already.").about("sequence")
}

/// Refuses attributes that are too many together, however few of them are told at once.
fn check_room(values: &AttributeValues) -> Result<(), Error> {
    let bytes: usize = values.0.iter().map(|(name, value)| name.len() + value.len()).sum();
    match values.0.len() > ATTRIBUTES_MAX || bytes > ATTRIBUTES_BYTES_MAX {
        true => {
            let message = format!(
                "A device has at most {ATTRIBUTES_MAX} attributes, of {ATTRIBUTES_BYTES_MAX} bytes together."
            );
            Err(Error::bad_request(message).coded(engine::code::TOO_MANY_ITEMS).about("attributes"))
        }
        false => Ok(()),
    }
}

/// Refuses what is too much or too long.
fn check_bounds(request: &CheckInRequest) -> Result<(), Error> {
    check_texts(&request.machine)?;
    let report = &request.attributes;
    let told = report.all.iter().map(|all| &all.0).chain(report.changes.iter().map(|changes| &changes.set));
    let results = request.run.as_ref().map_or(0, |run| run.results.len());
    for (name, count, most) in [
        ("attributes", told.clone().map(|values| values.len()).sum(), ATTRIBUTES_MAX),
        ("results", results, RESULTS_MAX),
    ] {
        if count > most {
            let message = format!("A check-in has at most {most} {name}, not {count}.");
            return Err(Error::bad_request(message).coded(engine::code::TOO_MANY_ITEMS).about(name));
        }
    }
    let mut texts = told.flat_map(|values| values.iter()).flat_map(|(name, value)| [name, value]);
    if texts.any(|text| text.len() > TEXT_BYTES_MAX) {
        let message = format!("An attribute's name and value have at most {TEXT_BYTES_MAX} bytes.");
        return Err(Error::bad_request(message).coded(odata::code::LONG_VALUE).about("attributes"));
    }
    Ok(())
}
