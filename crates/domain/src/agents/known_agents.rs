//! The agents of devices that asked lately. Each request reads its agent's row, so that what another server changed is
//! noticed at once; what the row says is kept with its version, so that it is worked out once.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use check_in::ConfigurationVersion;
use engine::handlers::{Names, StartError};
use engine::{Caller, CallerKind, Context, Error};
use odata::Key;
use odata::date_time::Ticks;
use quick_cache::sync::Cache;
use request_proof::PublicKey;
use store::{ReadError, Row, Store};
use uuid::{Uuid, uuid};

use super::agent_state::{AgentRecords, AgentState};

/// The agents that are kept in memory, of a kilobyte or two each.
const AGENTS_MAX: usize = 20_000;
/// The application that the journal names for what devices change.
pub(super) const AGENT_APPLICATION: Uuid = uuid!("6d757374-6572-4000-8000-006167656e74");

/// Reads agents, and keeps what their rows say.
pub(super) struct KnownAgents {
    pub(super) records: AgentRecords,
    kept: Cache<(Uuid, Key), Arc<KnownAgent>>,
}

/// What the row of an agent says, in one version.
pub(super) struct KnownAgent {
    version: i64,
    pub(super) public_key: PublicKey,
    /// What is stored, without the attributes.
    pub(super) state: AgentState,
    pub(super) attributes_digest: String,
    /// When this process last noted that the device was there; the least time if it never did.
    noted_at: AtomicI64,
    /// Whether the attributes agree with a configuration, as it was found last.
    agreement: Mutex<Option<(ConfigurationVersion, bool)>>,
}

impl KnownAgent {
    /// Notes that the device is there, unless that was noted since an instant; whether it was not.
    pub(super) fn note(&self, now: Ticks, since: Ticks) -> bool {
        let noted = self.noted_at.load(Ordering::Relaxed);
        noted < since.0
            && self.noted_at.compare_exchange(noted, now.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Whether the attributes agree with a configuration, worked out once.
    pub(super) fn agrees(
        &self,
        configuration: &ConfigurationVersion,
        work_out: impl FnOnce() -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        let mut kept = self.agreement.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, agrees)) = &*kept
            && known == configuration
        {
            return Ok(*agrees);
        }
        let agrees = work_out()?;
        *kept = Some((configuration.clone(), agrees));
        Ok(agrees)
    }
}

/// The bearer of a device's key: the device, as its agent's row has it now.
pub struct KeyBearer {
    pub(super) tenant: Uuid,
    pub(super) device: Key,
    pub(super) row: Row,
    pub(super) known: Arc<KnownAgent>,
}

impl KeyBearer {
    /// The key that proofs of the bearer are verified with.
    pub fn public_key(&self) -> &PublicKey {
        &self.known.public_key
    }

    /// The caller that the bearer is. It has no permission: what it may do is what the paths of agents do.
    pub fn caller(&self) -> Arc<Caller> {
        let object_id = self
            .device
            .guid()
            .unwrap_or_else(|| Uuid::new_v5(&self.tenant, self.device.to_string().as_bytes()));
        Arc::new(device_caller(self.tenant, object_id))
    }
}

/// A caller on behalf of a device.
pub(super) fn device_caller(tenant: Uuid, object_id: Uuid) -> Caller {
    Caller {
        tenant,
        object_id,
        application_id: AGENT_APPLICATION,
        kind: CallerKind::Application,
        permissions: Vec::new(),
        tags: Vec::new(),
        user_principal_name: None,
        application_name: None,
    }
}

/// The id of a device's key.
pub(super) fn key_id(tenant: Uuid, device: &Key) -> String {
    format!("{tenant}/{device}")
}

impl KnownAgents {
    pub(super) fn new(names: &Names<'_>) -> Result<KnownAgents, StartError> {
        Ok(KnownAgents { records: AgentRecords::new(names)?, kept: Cache::new(AGENTS_MAX) })
    }

    /// The bearer of a key by its id.
    pub(super) async fn by_key_id(&self, store: &Store, id: &str) -> Result<Option<KeyBearer>, Error> {
        let Some((tenant, device)) = id.split_once('/') else { return Ok(None) };
        let Ok(tenant) = Uuid::parse_str(tenant) else { return Ok(None) };
        let device = Key::parse(device);
        // One device has one id: any other spelling would have a sequence of its own.
        if key_id(tenant, &device) != id {
            return Ok(None);
        }
        self.of_device(store, tenant, &device).await
    }

    /// The bearer of the key of a device; none if it has no agent.
    pub(super) async fn of_device(
        &self,
        store: &Store,
        tenant: Uuid,
        device: &Key,
    ) -> Result<Option<KeyBearer>, Error> {
        let Some(row) = store.get(tenant, self.records.set, Some(device), device).await? else {
            return Ok(None);
        };
        let place = (tenant, device.clone());
        let known = match self.kept.get(&place).filter(|known| known.version == row.version) {
            Some(known) => known,
            None => {
                let known = Arc::new(self.read(store, &row)?);
                self.kept.insert(place, Arc::clone(&known));
                known
            }
        };
        Ok(Some(KeyBearer { tenant, device: device.clone(), row, known }))
    }

    /// The row of a device's agent, as it is now.
    pub(super) async fn row(&self, context: &Context<'_>, device: &Key) -> Result<Option<Row>, Error> {
        context.get(self.records.set, Some(device), device).await
    }

    fn read(&self, store: &Store, row: &Row) -> Result<KnownAgent, Error> {
        let mut state = self.records.read(store, row)?;
        let attributes_digest = std::mem::take(&mut state.attributes).digest();
        let public_key = PublicKey::from_text(&state.public_key)
            .map_err(|_| ReadError::Corrupt(format!("the key of {}", row.key)))?;
        Ok(KnownAgent {
            version: row.version,
            public_key,
            state,
            attributes_digest,
            noted_at: AtomicI64::new(i64::MIN),
            agreement: Mutex::new(None),
        })
    }
}
