//! CSDL (CSDL XML and JSON 4.01): the files of `model/` in, `$metadata` out.

mod annotation;
pub mod read;
pub mod write_json;
pub mod write_xml;

pub use read::{ReadError, read};
