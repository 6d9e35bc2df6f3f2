//! What the endpoints do. No HTTP and no SQL text: a [`Call`] comes in, an [`Answer`] or an [`Error`] goes out.
//!
//! [`dispatch`] shows the whole way of a request. What holds for every entity set is in [`generic`]; what is
//! special about one is in the file that bears its name and is hooked in by [`handlers`].

mod accept;
pub mod answer;
mod audit;
mod authorize;
mod autopilot;
pub mod call;
pub mod clock;
mod context;
mod dispatch;
pub mod error;
mod firmware;
mod generic;
mod handlers;
pub mod model;
mod operations;
mod resolve;
mod scope_tags;
mod service;
pub mod settings;

pub use answer::{Answer, Body, Outcome};
pub use call::{Call, Caller, CallerKind, Verb};
pub use clock::Clock;
pub use dispatch::Muster;
pub use error::{Error, ErrorKind};
pub use handlers::StartError;
pub use settings::Settings;
