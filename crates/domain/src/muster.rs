//! Muster: the engine with the families of sets that it serves.

use std::sync::Arc;

use bytes::Bytes;
use engine::handlers::{Names, StartError, Vocabulary};
use engine::{Answer, Engine, Error, Handlers, LiveBounds, ServiceDescription};
use odata::edm::{Model, PropertyId};
use tokio::sync::oneshot;

use crate::agents::{DeviceAgents, KeyBearer, SignedRequest};
use crate::autopilot::Enrollment;
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::bulk::{Bulk, BulkOutcome, DeviceChanges};
use crate::firmware::ConfiguredDevices;
use crate::{
    ListImport, MusterOpening, MusterSettings, agents, audit_events, autopilot, custody, directory, firmware,
    list_import, model, scope_tags,
};

/// The permission that reading secrets takes on top of the documented one, if the operator wants it so.
const REVEAL_PERMISSION: &str = "DeviceManagementManagedDevices.PrivilegedOperations.All";

/// What the names of the model that code uses leave out.
pub(crate) const VOCABULARY: Vocabulary =
    Vocabulary { namespace: "microsoft.graph", root: "deviceManagement" };

/// What the OpenAPI document says of the product.
const SERVICE: ServiceDescription = ServiceDescription {
    title: "Muster",
    version: env!("CARGO_PKG_VERSION"),
    description: "The device-management part of Microsoft Graph, self-hosted.",
};

/// Muster, ready to be called.
pub struct Muster {
    /// The engine that answers calls and does jobs.
    pub engine: Engine,
    device_changes: DeviceChanges,
    agents: DeviceAgents,
}

impl Muster {
    /// Opens the store and resolves every name that the code uses. The error is one line with what to do.
    pub async fn open(opening: MusterOpening) -> Result<Muster, String> {
        let MusterOpening { database, key_encryption_key, key_opener, settings, clock, access } = opening;
        let model = model::load(&settings).map_err(|error| error.to_string())?;
        let engine_settings = engine::EngineSettings {
            dev: settings.dev,
            reveal_permission: match settings.custody.require_privileged {
                true => Some(
                    Names::new(&model, VOCABULARY)
                        .permission(REVEAL_PERMISSION)
                        .map_err(|error| error.to_string())?,
                ),
                false => None,
            },
            require_reason: settings.custody.require_reason,
            validation: settings.validation,
            unpadded_base64: settings.autopilot.lenient_base64,
            bounds: Arc::new(LiveBounds::new(settings.bounds())),
            call_time: settings.call_time,
            tenants: Arc::clone(&settings.tenants),
            counted_state: state_of_devices(&model).map_err(|error| error.to_string())?,
            counted_set: Some(
                Names::new(&model, VOCABULARY).set(DEVICES).map_err(|error| error.to_string())?,
            ),
        };
        let opening = engine::EngineOpening {
            database,
            key_encryption_key,
            key_opener,
            model,
            vocabulary: VOCABULARY,
            service: SERVICE,
            settings: engine_settings,
            clock,
            access,
        };
        let mut agents = None;
        let register = |names: &Names<'_>, handlers: &mut Handlers| {
            agents = Some(register(names, handlers, &settings)?);
            Ok(())
        };
        let engine = Engine::open(opening, register).await?;
        let agents = agents.ok_or("nothing was registered")?;
        let device_changes = DeviceChanges::new(&engine.names()).map_err(|error| error.to_string())?;
        Ok(Muster { engine, device_changes, agents })
    }

    /// Does jobs as they come due, and what may be written late, until `stop` is ready; then it finishes what it has begun.
    /// An error says why it must not go on.
    pub async fn work(&self, stop: impl Future<Output = ()>) -> Result<(), String> {
        let (ended, end) = oneshot::channel();
        let working = async {
            let worked = self.engine.work(stop).await;
            drop(ended);
            worked
        };
        let (worked, ()) = tokio::join!(working, self.agents.keep_writing(&self.engine, end));
        worked
    }

    /// The bearer of a key by the id that was given out for it; none if there is no such key, or no more.
    pub async fn key_bearer(&self, id: &str) -> Result<Option<KeyBearer>, Error> {
        self.agents.key_bearer(&self.engine, id).await
    }

    /// Answers a request that is proven to come from the bearer of a key.
    pub async fn signed(&self, request: SignedRequest) -> Result<Answer, Error> {
        self.agents.signed(&self.engine, request).await
    }

    /// Carries out lines of changes as if one came after the other; the outcome of each.
    pub async fn bulk(&self, bulk: &Bulk, lines: &[Bytes]) -> Vec<BulkOutcome> {
        self.device_changes.bulk(&self.engine, bulk, lines).await
    }

    /// Imports rows of a list, or says in a rehearsal what would become of them: a JSON document.
    pub async fn import_list(&self, request: &Bulk, import: &ListImport) -> Result<Bytes, Error> {
        Box::pin(list_import::import(&self.engine, request, import)).await
    }

    /// Finishes what is under way and closes the store.
    pub async fn close(self) {
        self.engine.close().await;
    }
}

/// The property by whose value devices are counted: how far their deployment profile has come.
fn state_of_devices(model: &Model) -> Result<Option<PropertyId>, StartError> {
    let path = Names::new(model, VOCABULARY).path(DEVICE, "deploymentProfileAssignmentStatus")?;
    Ok(path.steps.first().map(|step| step.property))
}

/// Registers the handlers of every family.
fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    settings: &MusterSettings,
) -> Result<DeviceAgents, StartError> {
    let firmware = Arc::new(ConfiguredDevices::new(names)?);
    let enrollment = Arc::new(Enrollment::new(names, settings)?);
    autopilot::register(names, handlers, settings, &enrollment, &firmware)?;
    agents::register(names, handlers)?;
    directory::register(names, handlers)?;
    firmware::register(names, handlers, &firmware, settings)?;
    custody::register(names, handlers, &settings.custody)?;
    audit_events::register(names, handlers)?;
    scope_tags::register(names, handlers)?;
    engine::register_delta(names, handlers)?;
    DeviceAgents::new(names, settings, &enrollment, &firmware)
}
