//! OData 4.01 as pure functions: the model, URLs, query options and payloads.
//!
//! No I/O, no async, no SQL, and no word of devices: what this crate knows of the product it reads from CSDL.
//! The folders carry the specification's nouns, so that whoever knows the text can guess the file.

mod base64;
pub mod batch;
pub mod code;
pub mod csdl;
pub mod date_time;
pub mod delta;
pub mod duration;
pub mod edm;
pub mod error;
pub mod etag;
mod expression;
pub mod key;
pub mod openapi;
pub mod payload;
pub mod prefer;
pub mod query;
pub mod uri;
pub mod value;

pub use error::{Error, ErrorKind};
pub use key::Key;
pub use payload::Json;
pub use value::{Record, Value};
