//! The engine: the way of a call from its path to its answer, for whatever the model declares. No HTTP, no SQL text, no
//! word of what is served: its tests serve a library.
//!
//! A [`Call`] comes in, an [`Answer`] or an [`Error`] goes out; `dispatch.rs` shows the whole way. What holds for every
//! entity set is in [`generic`]; what is special about one is registered in [`Handlers`] by the crate that knows it.

mod accept;
mod answer;
mod audit;
mod audit_delivery;
mod authorize;
mod backlog_resource;
pub mod breach;
mod call;
mod call_figures;
mod call_target;
mod caller_resource;
mod change_set;
mod checkpoints;
mod clock;
mod clock_resource;
pub mod code;
mod collection;
mod context;
mod delta;
mod derived_row;
mod dispatch;
mod documents;
mod engine;
mod error;
mod execute;
mod figures;
pub mod generic;
pub mod handlers;
mod job_backlog;
mod job_watch;
mod keys;
mod large_work;
mod live_bounds;
mod looks;
mod neighbours;
mod operator;
mod page_cache;
mod permission_uses;
mod permissions_used;
mod plan;
mod preconditions;
mod projection;
mod recorded;
mod resolve;
mod retention;
mod retry;
mod service_call;
mod settings;
mod sink_watch;
mod sort_order;
mod stages;
mod state_counting;
mod state_counts;
mod templates;
mod tenants;
mod tenants_resource;
mod worker;

pub use answer::{Answer, Authorization, Body, Status};
pub use audit::{note, require_reason, reveal_with};
pub use audit_delivery::AuditSink;
pub use authorize::{Permit, may_update};
pub use call::{Call, Caller, CallerKind, Circumstances, Verb};
pub use call_figures::{CallOutcome, OperationCalls};
pub use call_target::CallTarget;
pub use clock::{Clock, Keep, later};
pub use collection::{Collection, EntityAddress, Resolved};
pub use context::Context;
pub use delta::register as register_delta;
pub use documents::ServiceDescription;
pub use engine::{Engine, EngineOpening};
pub use error::{Error, ErrorKind};
pub use figures::{AuditFigures, EngineFigures, JobFigures};
pub use handlers::Handlers;
pub use job_watch::{JobRun, WatchJobs};
pub use keys::{KeyReport, RewrapStep, RotationOutcome};
pub use large_work::{Busy, SharedPlace, WorkLine, WorkPlace, WorkPlaces, all_aside, aside};
pub use live_bounds::{Bounds, LiveBounds};
pub use operator::{CommandOperator, OpenedRow};
pub use projection::{ProjectedValue, Projection, is_filled, projected_key};
pub use settings::{EngineSettings, Validation};
pub use state_counts::StateFigures;
pub use store::histogram::{DURATION_BOUNDS_MICROS, Histogram, HistogramCounts};
pub use store::{
    Access, KeyEncryptionKey, KeyService, KeyServiceError, OpenKey, Resealed, Share, TenantKeyReport,
    TenantMark, Usage,
};
pub use tenants::{ConfiguredTenant, ConfiguredTenants, TakeLine, TenantState, TenantSummary};
