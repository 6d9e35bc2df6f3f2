//! The behaviour of the sets that devices are managed by. No HTTP and no SQL text.
//!
//! The engine has what holds for every entity set; the families of sets register with it in [`Muster::open`].

mod agents;
mod assessment;
mod assignment;
mod audit_events;
mod autopilot;
mod bulk;
mod changes;
mod custody;
mod derived_key;
pub mod device_list;
mod directory;
mod firmware;
pub mod hardware_hash;
mod list_import;
mod model;
mod muster;
pub mod password_copies;
mod property_pair;
mod published_limits;
mod scope_tags;
mod settings;
mod tenants;
mod wait;

pub use agents::{CREATE_CODE_PATH, KeyBearer, SignedBy, SignedRequest};
pub use autopilot::Phrase;
pub use bulk::{BULK_LINES, Bulk, BulkOutcome};
pub use custody::{ExportedPage, PasswordsExport};
pub use device_list::inspect_whole as inspect_list;
pub use list_import::{IMPORT_ROWS_MAX, ListImport};
pub use model::{digest as model_digest, permissions, usual as usual_model};
pub use muster::Muster;
pub use published_limits::{PUBLISHED_LIMITS, PublishedLimits, RequestRate, ServiceLimits, ServiceRates};
pub use settings::{
    Agent, Autopilot, Custody, Delays, FileLint, FirmwareSettings, HashValidation, MusterOpening,
    MusterSettings, Reveal, word,
};
pub use tenants::{QuotasTable, TenantTable, configured as configured_tenants};
