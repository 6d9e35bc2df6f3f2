//! What requests that may be sent again came to: written in the transaction of the change itself, and read before it
//! would be made once more.
//!
//! Neither the client's name for a request nor its body rests here, only a seal over each: a body may hold secrets that
//! a plain digest would let guess.

use odata::Key;
use odata::date_time::Ticks;
use odata::payload::{Document, Valid};
use uuid::Uuid;

use crate::{ReadError, Row, Store};

/// To be kept with a unit, so that the request that it belongs to can be sent again.
#[derive(Debug)]
pub struct Remembered {
    /// Whose request, and which.
    pub request: Request,
    /// Which of the unit's changes it is about: an insert.
    pub change: usize,
    /// What the caller is shown. Its secrets are not kept.
    pub shown: Valid,
}

/// A request that may be sent again.
#[derive(Clone, Debug)]
pub struct Request {
    /// Whose it is and which, in any form that no other request of the tenant has.
    pub name: Vec<u8>,
    /// All that must be the same when it is sent again.
    pub content: Vec<u8>,
    /// What was kept before this instant is forgotten.
    pub since: Ticks,
}

/// What is known of a request.
#[derive(Clone, Debug, PartialEq)]
pub enum Recalled {
    /// Nothing: it is new.
    Nothing,
    /// It created this, which may have changed since. The row has no secrets.
    Same(Row),
    /// There was one of this name, with another content.
    Other,
}

/// What is kept of a request, in the database's terms.
#[derive(Clone, Debug)]
pub(crate) struct PreparedMemory {
    pub name: [u8; 16],
    pub content: [u8; 16],
    pub since: i64,
    pub change: usize,
    pub key: Vec<u8>,
    pub document: Box<str>,
}

/// What the database has of a request.
#[derive(Debug)]
pub(crate) struct Memory {
    pub content: Vec<u8>,
    pub key: Vec<u8>,
    pub version: i64,
    pub document: String,
}

/// How many that are to be forgotten go with each that is kept: more than one, so that they become fewer.
pub(crate) const FORGOTTEN_AT_ONCE: i64 = 16;

impl Store {
    /// What is known of a request.
    pub async fn recall(&self, tenant: Uuid, request: &Request) -> Result<Recalled, ReadError> {
        let name = self.seal_of(tenant, &request.name);
        let Some(memory) = self.engine.recall(tenant, &name, request.since.0).await? else {
            return Ok(Recalled::Nothing);
        };
        if memory.content != self.seal_of(tenant, &request.content) {
            return Ok(Recalled::Other);
        }
        let key = Key::from_bytes(&memory.key);
        let key = key.ok_or_else(|| ReadError::Corrupt("the key of what a request created".into()))?;
        let document = Document(memory.document.into());
        Ok(Recalled::Same(Row {
            key,
            version: memory.version,
            document,
            sealed: None,
            sorted_by: Vec::new(),
        }))
    }
}
