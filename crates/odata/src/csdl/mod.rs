//! CSDL (CSDL XML and JSON 4.01): the files of `model/` in, `$metadata` out.

mod annotate;
mod annotation;
mod default_value;
mod metadata;
pub mod read;
pub mod write_json;
pub mod write_xml;

pub use read::{CsdlError, read};
pub use write_json::write_json;
pub use write_xml::write_xml;
