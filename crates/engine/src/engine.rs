//! The engine: the open store, the registered handlers and what is decided once for all calls.

use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, OnceLock};

use odata::date_time::Ticks;
use odata::edm::{Model, PermissionId, Version};
use store::audit::CheckpointKey;
use store::{Access, Database, KeyEncryptionKey, OpenKey, Store};
use tokio::sync::OnceCell;

use crate::call_figures::CallFigures;
use crate::clock::Clock;
use crate::documents::{Documents, ServiceDescription};
use crate::handlers::{Handlers, Names, StartError, Vocabulary};
use crate::job_backlog::JobBacklog;
use crate::looks::Looks;
use crate::page_cache::PageCache;
use crate::permission_uses::PermissionUses;
use crate::sink_watch::SinkWatch;
use crate::state_counts::StateCounts;
use crate::templates::Templates;
use crate::tenants::ServedTenants;
use crate::{Bounds, EngineSettings, WatchJobs};

/// What is needed to open an engine.
pub struct EngineOpening {
    /// The database: `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// The key that wraps each tenant's data key.
    pub key_encryption_key: KeyEncryptionKey,
    /// What opens the key that is to take its place.
    pub key_opener: Arc<dyn OpenKey>,
    /// The model of all that is served.
    pub model: Model,
    /// What the names that code uses for it leave out.
    pub vocabulary: Vocabulary,
    /// What the OpenAPI document says of the service.
    pub service: ServiceDescription,
    /// The settings of the operator.
    pub settings: EngineSettings,
    /// The clock that tells the time of every call.
    pub clock: Clock,
    /// Whether a server opens it, or a command that may run beside one.
    pub access: Access,
}

/// The engine, ready to be called.
pub struct Engine {
    pub(crate) store: Store,
    pub(crate) handlers: Handlers,
    pub(crate) templates: Templates,
    pub(crate) pages: PageCache,
    pub(crate) tenants: ServedTenants,
    pub(crate) looks: Looks,
    pub(crate) settings: EngineSettings,
    pub(crate) clock: Clock,
    pub(crate) key_opener: Arc<dyn OpenKey>,
    pub(crate) documents: Documents,
    pub(crate) uses: PermissionUses,
    pub(crate) calls: CallFigures,
    vocabulary: Vocabulary,
    /// The number of calls for a change since the worker last looked.
    pub(crate) changing: AtomicU64,
    pub(crate) job_backlog: JobBacklog,
    /// Whether old entries of the journal are being pruned.
    pub(crate) pruning: AtomicBool,
    /// The key that signs checkpoints, read when it is first needed.
    pub(crate) checkpoint_key: OnceCell<CheckpointKey>,
    pub(crate) delivery: SinkWatch,
    pub(crate) states: StateCounts,
    /// Who is told of jobs.
    pub(crate) job_watch: OnceLock<Box<dyn WatchJobs>>,
}

impl Engine {
    /// Opens the store, and has every family register its handlers. The error is one line with what to do.
    pub async fn open(
        opening: EngineOpening,
        register: impl FnOnce(&Names<'_>, &mut Handlers) -> Result<(), StartError>,
    ) -> Result<Engine, String> {
        let EngineOpening {
            database,
            key_encryption_key,
            key_opener,
            model,
            vocabulary,
            service,
            settings,
            clock,
            access,
        } = opening;
        let database = Database::parse(&database)?;
        let quotas = settings.tenants.quotas(settings.counted_set);
        let store = Store::open_as(access, &database, model, key_encryption_key, quotas).await;
        let store = store.map_err(|error| error.to_string())?;
        let records = store.tenant_records().await.map_err(|error| error.to_string())?;
        let names = Names::new(store.model(), vocabulary);
        let handlers = Handlers::new(&names, register).map_err(|error| error.to_string())?;
        Ok(Engine {
            handlers,
            templates: Templates::new(store.model()),
            pages: PageCache::new(),
            tenants: ServedTenants::new(Arc::clone(&settings.tenants), &records),
            looks: Looks::default(),
            settings,
            clock,
            key_opener,
            documents: Documents::new(service),
            uses: PermissionUses::default(),
            calls: CallFigures::new(store.model()),
            vocabulary,
            changing: AtomicU64::new(0),
            job_backlog: JobBacklog::new(),
            pruning: AtomicBool::new(false),
            checkpoint_key: OnceCell::new(),
            delivery: SinkWatch::default(),
            states: StateCounts::default(),
            job_watch: OnceLock::new(),
            store,
        })
    }

    /// The store, for what a family reads beside its handlers.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The model, with the slots that its properties have in the database.
    pub fn model(&self) -> &Model {
        self.store.model()
    }

    /// The names of the model, for what a family looks up beside its handlers.
    pub fn names(&self) -> Names<'_> {
        Names::new(self.model(), self.vocabulary)
    }

    /// The id of a permission; none if the model does not name it.
    pub fn permission(&self, name: &str) -> Option<PermissionId> {
        self.model().permission_named(name)
    }

    /// The time that the clock of the calls tells.
    pub fn now(&self) -> Ticks {
        self.clock.now()
    }

    /// Has other bounds hold from now on.
    pub fn replace_bounds(&self, bounds: Bounds) {
        self.settings.bounds.replace(bounds);
    }

    /// Has somebody be told of jobs, once for all.
    pub fn watch_jobs(&self, watch: Box<dyn WatchJobs>) {
        // Who was there first stays.
        let _ = self.job_watch.set(watch);
    }

    /// Whether calls can be answered now; if not, why.
    pub async fn ready(&self) -> Result<(), String> {
        self.store.ping().await.map_err(|error| error.to_string())
    }

    /// The OpenAPI document of a version, or of all.
    pub fn openapi(&self, version: Option<Version>) -> bytes::Bytes {
        self.documents.openapi(self.model(), version)
    }

    /// Finishes what is under way and closes the store.
    pub async fn close(self) {
        self.store.close().await;
    }
}
