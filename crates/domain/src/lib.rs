//! What the endpoints do. No HTTP and no SQL text: a [`Call`] comes in, an [`Answer`] or an [`Error`] goes out.
//!
//! [`dispatch`] shows the whole way of a request. What holds for every entity set is in [`generic`]; what is
//! special about one is in the file that bears its name and is hooked in by [`handlers`].

mod accept;
mod answer;
mod answers;
mod audit;
mod authorize;
mod autopilot;
mod breach;
mod call;
mod change_set;
mod clock;
mod clock_resource;
pub mod code;
mod context;
mod delta;
pub mod device_list;
mod directory;
mod dispatch;
mod error;
mod firmware;
mod generic;
mod handlers;
pub mod hardware_hash;
mod jobs;
mod model;
mod operations;
mod resolve;
mod scope_tags;
mod service;
mod settings;
mod templates;

pub use answer::{Answer, Body, Status};
pub use autopilot::{BULK_LINES, Bulk, BulkOutcome};
pub use call::{Call, Caller, CallerKind, Verb};
pub use clock::{Clock, Keep};
pub use dispatch::Muster;
pub use error::{Error, ErrorKind, Phrase};
pub use model::permissions;
pub use odata::payload::MetadataLevel;
pub use settings::{Autopilot, Delays, HashValidation, Opening, Settings, Validation, word};
