//! Devices with an agent: how they enroll, and how they check in.

mod agent_state;
mod check_ins;
mod decision;
mod delivery;
mod enroll;
mod enrollment_codes;
mod known_agents;
mod last_seen;
mod machine_hash;
mod pace;
mod password_policy;
mod signed_request;
mod wanted_settings;

pub use enrollment_codes::CREATE_CODE_PATH;
pub use known_agents::KeyBearer;
pub use signed_request::{SignedBy, SignedRequest};

use std::sync::Arc;
use std::time::Duration;

use check_in::{CHECK_IN_PATH, CheckInRequest, ENROLL_PATH, EnrollRequest};
use engine::handlers::{Names, StartError};
use engine::{Answer, Call, Engine, Error, ErrorKind, Handlers, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;

use self::check_ins::CheckIns;
use self::delivery::Delivery;
use self::enroll::Enroller;
use self::known_agents::KnownAgents;
use self::last_seen::LastSeen;
use self::pace::Pace;
use crate::MusterSettings;
use crate::autopilot::Enrollment;
use crate::custody::DevicePasswords;
use crate::firmware::ConfiguredDevices;

/// Registers what callers do about agents.
pub(crate) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    enrollment_codes::register(names, handlers)
}

/// The devices with an agent.
pub(crate) struct DeviceAgents {
    known: KnownAgents,
    enroller: Enroller,
    check_ins: CheckIns,
    last_seen: LastSeen,
}

impl DeviceAgents {
    pub(crate) fn new(
        names: &Names<'_>,
        settings: &MusterSettings,
        enrollment: &Arc<Enrollment>,
        firmware: &Arc<ConfiguredDevices>,
    ) -> Result<DeviceAgents, StartError> {
        let passwords = DevicePasswords::new(names, &settings.custody)?;
        let delivery = Delivery::new(names, Arc::clone(firmware), passwords)?;
        let pace = Pace::new(settings.agent.check_in_period());
        Ok(DeviceAgents {
            known: KnownAgents::new(names)?,
            enroller: Enroller::new(names, settings, Arc::clone(enrollment))?,
            check_ins: CheckIns::new(names, Arc::clone(enrollment), delivery, pace)?,
            last_seen: LastSeen::new(names)?,
        })
    }

    /// The bearer of a key by the id that was given out for it.
    pub(crate) async fn key_bearer(&self, engine: &Engine, id: &str) -> Result<Option<KeyBearer>, Error> {
        self.known.by_key_id(engine.store(), id).await
    }

    /// Answers a signed request.
    pub(crate) async fn signed(&self, engine: &Engine, request: SignedRequest) -> Result<Answer, Error> {
        engine.in_time(Duration::ZERO, self.answer(engine, request)).await
    }

    async fn answer(&self, engine: &Engine, request: SignedRequest) -> Result<Answer, Error> {
        match (request.path.as_str(), &request.by) {
            (ENROLL_PATH, SignedBy::NewKey(key)) => {
                let body: EnrollRequest = read(&request.body)?;
                let id = request.request_id;
                write(&self.enroller.enroll(engine, &self.known, key, &body, id).await?)
            }
            (CHECK_IN_PATH, SignedBy::Bearer(bearer)) => {
                let body: CheckInRequest = read(&request.body)?;
                let _under_way = self.check_ins.pace.begin();
                let call = Call::without_resource(bearer.caller(), request.request_id);
                let context = engine.own_context(&call);
                let answer = self.check_ins.answer(
                    &context,
                    &self.known,
                    &self.last_seen,
                    bearer,
                    request.sequence,
                    &body,
                );
                write(&answer.await?)
            }
            (ENROLL_PATH, _) => Err(Error::bad_request("An enrollment is signed with a new key ('jwk').")),
            (CHECK_IN_PATH, _) => Err(Error::bad_request("A check-in names the key of its device ('kid').")),
            (path, _) => Err(Error::new(ErrorKind::NotFound, format!("There is nothing at '{path}'."))),
        }
    }

    /// Writes now and then what may be written late, until `end` is there, and then the rest.
    pub(crate) async fn keep_writing(&self, engine: &Engine, end: oneshot::Receiver<()>) {
        self.last_seen.keep_writing(engine, end).await;
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        Error::bad_request(format!("The body is not what an agent sends: {error}."))
            .coded(odata::code::MALFORMED_BODY)
    })
}

fn write<T: Serialize>(answer: &T) -> Result<Answer, Error> {
    let text = serde_json::to_vec(answer);
    let text = text.map_err(|error| Error::defect(format!("an answer cannot be written: {error}")))?;
    Ok(Answer::json(Status::Ok, text))
}
