//! Behaviour: what each entity set does, who may do it, and what is recorded. No HTTP, no SQL text.
//!
//! A stand-in with the surface `server` is written against: the shapes of a call and its answer are settled,
//! the insides are not.

mod answer;
mod call;
mod error;
mod settings;

use odata::edm::PermissionId;

pub use answer::{Answer, Body, MetadataLevel, Status};
pub use call::{Call, Caller, CallerKind, Verb};
pub use error::{Error, ErrorKind};
pub use settings::{Autopilot, Opening, Settings};

/// The permissions of the stand-in.
const PERMISSIONS: [&str; 3] = ["Library.Read.All", "Library.ReadWrite.All", "Library.Lend"];

/// Every permission the model names, in its order. Needs no database.
pub fn permissions() -> Vec<String> {
    PERMISSIONS.map(str::to_owned).to_vec()
}

/// The open system of record.
pub struct Muster {
    _opening: Opening,
}

impl Muster {
    /// Opens the store and starts the background work. The error is one line with what to do.
    pub async fn open(opening: Opening) -> Result<Muster, String> {
        Ok(Muster { _opening: opening })
    }

    /// Answers one call.
    pub async fn call(&self, call: Call) -> Result<Answer, Error> {
        if call.path.ends_with("/books") {
            return Ok(Answer::json(Status::Ok, "{\"value\":[]}"));
        }
        Err(Error::new(ErrorKind::NotFound, format!("there is nothing at {}", call.path)))
    }

    /// Whether calls can be answered now; if not, why.
    pub async fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    /// The id of a permission; none if the model does not name it.
    pub fn permission(&self, name: &str) -> Option<PermissionId> {
        let position = PERMISSIONS.iter().position(|permission| *permission == name)?;
        u16::try_from(position).ok().map(PermissionId)
    }
}
