//! Bodies: JSON in ([`read`]), JSON out ([`write`]), the stored form between them ([`document`]).

mod detached;
pub mod document;
pub mod elements;
pub mod entity;
mod field;
pub mod form;
mod format;
pub mod json;
pub mod raw;
pub mod read;
pub mod relaxed;
mod value;
pub mod write;

pub use detached::DetachedBinary;
pub use document::Document;
pub use entity::{Draft, Valid};
pub use format::{Format, MetadataLevel};
pub use json::Json;
pub use write::{Template, Visible};
