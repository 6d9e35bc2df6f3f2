//! The behaviour of the sets that devices are managed by. No HTTP and no SQL text.
//!
//! The engine has what holds for every entity set; the families of sets register with it in [`Muster::open`].

mod assessment;
mod autopilot;
mod bulk;
mod changes;
mod custody;
pub mod device_list;
mod directory;
mod firmware;
pub mod hardware_hash;
mod model;
mod muster;
mod property_pair;
mod scope_tags;
mod settings;

pub use autopilot::Phrase;
pub use bulk::{BULK_LINES, Bulk, BulkOutcome};
pub use model::{permissions, usual as usual_model};
pub use muster::Muster;
pub use settings::{Autopilot, Custody, Delays, HashValidation, MusterOpening, MusterSettings, Reveal, word};
