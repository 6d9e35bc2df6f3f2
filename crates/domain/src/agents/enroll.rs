//! An enrollment: the device is found or registered, its key made known, and the code spent, all in one unit.
//!
//! A device that enrolls again with the key that it has is answered as before, and spends nothing: it may not have heard
//! the answer. One that has another key needs a code that was made to replace keys; the key before ends with that.

use std::sync::{Arc, Mutex, PoisonError};

use check_in::{AttributeValues, EnrollAnswer, EnrollRequest};
use engine::handlers::{Names, StartError};
use engine::{Call, Context, Engine, Error, ErrorKind};
use odata::Key;
use odata::edm::SetId;
use request_proof::PublicKey;
use store::{Change, Row};
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::agent_state::AgentState;
use super::enrollment_codes::{EnrollmentCodes, PresentedCode};
use super::known_agents::{KnownAgents, device_caller, key_id};
use super::machine_hash::{check_texts, machine_hash, reported_hash};
use crate::MusterSettings;
use crate::autopilot::sets::DEVICES;
use crate::autopilot::{DeviceRegistration, DeviceRegistry, Enrollment, PresentedDevice};
use crate::firmware::run_state::RunState;

/// The enrollments that wait for each other: they spend the same codes, and would only overtake each other.
const WAITING_MAX: usize = 2_000;

/// Enrolls devices by codes, one after the other.
pub(super) struct Enroller {
    codes: EnrollmentCodes,
    registry: DeviceRegistry,
    enrollment: Arc<Enrollment>,
    devices: SetId,
    /// Room for those that wait, and the turn of one.
    room: Semaphore,
    turn: Semaphore,
}

/// The device of a request, the key that it shall have, and the code.
struct Enrollee<'a> {
    request: &'a EnrollRequest,
    hash: &'a [u8],
    public_key: &'a str,
    code: &'a Key,
}

/// What an enrollment comes to.
struct Enrolled {
    device: Key,
    changes: Vec<Change>,
}

impl Enroller {
    pub(super) fn new(
        names: &Names<'_>,
        settings: &MusterSettings,
        enrollment: Arc<Enrollment>,
    ) -> Result<Enroller, StartError> {
        Ok(Enroller {
            codes: EnrollmentCodes::new(names)?,
            registry: DeviceRegistry::new(names, settings)?,
            enrollment,
            devices: names.set(DEVICES)?,
            room: Semaphore::new(WAITING_MAX),
            turn: Semaphore::new(1),
        })
    }

    /// Enrolls a device with a key.
    pub(super) async fn enroll(
        &self,
        engine: &Engine,
        known: &KnownAgents,
        key: &PublicKey,
        request: &EnrollRequest,
        request_id: Uuid,
    ) -> Result<EnrollAnswer, Error> {
        check_texts(&request.machine)?;
        let code = PresentedCode::read(&request.code)?;
        let hash = match &request.hardware_hash {
            Some(base64) => reported_hash(base64)?,
            None => machine_hash(&request.machine)?,
        };
        let public_key = key.to_text();
        let enrollee = Enrollee { request, hash: &hash, public_key: &public_key, code: &code.key };
        let code_id = code.key.guid().unwrap_or_default();
        let call: Call = Call::without_resource(Arc::new(device_caller(code.tenant, code_id)), request_id);
        let _room = self
            .room
            .try_acquire()
            .map_err(|_| Error::new(ErrorKind::Unavailable, "Too many devices are enrolling; try again."))?;
        let _turn = self.turn.acquire().await;
        let context = engine.own_context(&call);
        let device = Mutex::new(None);
        let decide = || async {
            let enrolled = self.decide(&context, known, &enrollee).await?;
            *device.lock().unwrap_or_else(PoisonError::into_inner) = Some(enrolled.device);
            Ok(enrolled.changes)
        };
        context.change(decide).await?;
        let device = device.into_inner().unwrap_or_else(PoisonError::into_inner);
        let device = device.ok_or_else(|| Error::defect("an enrollment enrolled nothing"))?;
        Ok(EnrollAnswer { key_id: key_id(code.tenant, &device), device_id: device.to_string() })
    }

    async fn decide(
        &self,
        context: &Context<'_>,
        known: &KnownAgents,
        enrollee: &Enrollee<'_>,
    ) -> Result<Enrolled, Error> {
        let code = match self.codes.spendable(context, enrollee.code).await {
            Ok(code) => code,
            // Who has the key of the device may ask again, with a code that holds or not.
            Err(refusal) => match self.enrolled_before(context, known, enrollee).await {
                Ok(Some(device)) => return Ok(Enrolled { device, changes: Vec::new() }),
                _ => return Err(refusal),
            },
        };
        let presented = PresentedDevice { hash: enrollee.hash, group_tag: code.group_tag.as_deref() };
        let (device, before, mut changes) = match self.registry.find_or_register(context, &presented).await? {
            DeviceRegistration::New(device, changes) => (device, None, changes),
            DeviceRegistration::Known(device) => {
                let before = known.row(context, &device).await?;
                (device, before, Vec::new())
            }
        };
        if let Some(row) = &before {
            if has_key(context, known, row, enrollee)? {
                return Ok(Enrolled { device, changes: Vec::new() });
            }
            if !code.replaces_keys {
                return Err(other_key());
            }
        }
        if changes.is_empty() {
            let row = context.get(self.devices, None, &device).await?;
            let row = row.ok_or_else(|| Error::not_found(&device.to_string()))?;
            self.enrollment.refuse_blocked(&context.store.record(self.devices, &row)?)?;
        }
        changes.push(self.agent(context, known, &device, before, enrollee)?);
        changes.push(code.spending);
        Ok(Enrolled { device, changes })
    }

    /// The device of the enrollee, if it has that very key already.
    async fn enrolled_before(
        &self,
        context: &Context<'_>,
        known: &KnownAgents,
        enrollee: &Enrollee<'_>,
    ) -> Result<Option<Key>, Error> {
        let presented = PresentedDevice { hash: enrollee.hash, group_tag: None };
        let Some(device) = self.registry.find(context, &presented).await? else { return Ok(None) };
        let Some(row) = known.row(context, &device).await? else { return Ok(None) };
        Ok(has_key(context, known, &row, enrollee)?.then_some(device))
    }

    /// The change that makes the key of a device known.
    fn agent(
        &self,
        context: &Context<'_>,
        known: &KnownAgents,
        device: &Key,
        before: Option<Row>,
        enrollee: &Enrollee<'_>,
    ) -> Result<Change, Error> {
        let state = AgentState {
            public_key: enrollee.public_key.to_owned(),
            enrolled_at: context.now,
            reported_at: None,
            sequence: 0,
            machine: enrollee.request.machine.clone(),
            firmware: None,
            assigned: None,
            applied: None,
            run_state: RunState::Unknown,
            recorded_state: RunState::Unknown,
            run_digest: None,
            attributes: AttributeValues::default(),
        };
        let entity = known.records.write(context.model(), device, &state)?;
        let (set, parent, key) = (known.records.set, Some(device.clone()), device.clone());
        Ok(match before {
            None => Change::Insert { set, parent, key, entity },
            Some(row) => Change::Update { set, parent, key, expected: row.version, entity },
        })
    }
}

/// Whether an agent has the key of the enrollee.
fn has_key(
    context: &Context<'_>,
    known: &KnownAgents,
    row: &Row,
    enrollee: &Enrollee<'_>,
) -> Result<bool, Error> {
    Ok(known.records.read(context.store, row)?.public_key == enrollee.public_key)
}

fn other_key() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "The device is enrolled with another key. Unenroll it ('muster.unenroll'), or use a code that was made to replace \
         keys ('muster enroll-code --replace').",
    )
}
