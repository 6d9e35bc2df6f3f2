//! Idempotent requests: what each came to is written in the transaction of the change itself, and read before the
//! change would be made once more.
//!
//! Neither the client's name for a request nor its body rests here, only a seal over each: a body may hold secrets that
//! a plain digest would let guess.

use odata::date_time::Ticks;
use odata::payload::Valid;

use crate::row::Row;

/// The outcome of an idempotent request, to be committed with the unit that carries it out.
#[derive(Debug)]
pub struct IdempotencyRecord {
    /// The request that is carried out.
    pub request: IdempotentRequest,
    /// The index of the change, an insert, among those of the unit.
    pub change: usize,
    /// The entity as the caller is shown it. Its secrets are not kept.
    pub shown: Valid,
}

/// A request that a client may send again, to be answered as the first time.
#[derive(Clone, Debug)]
pub struct IdempotentRequest {
    /// The request's name with whatever else tells it from all others of the tenant, in any form.
    pub name: Vec<u8>,
    /// The part of the request that must be the same when it is sent again.
    pub content: Vec<u8>,
    /// The instant before which records are expired.
    pub since: Ticks,
}

/// The answer to whether a request has been carried out before.
#[derive(Clone, Debug, PartialEq)]
pub enum Recall {
    /// No request of this name is known.
    Nothing,
    /// The same request created this entity, which may have changed since. The row has no secrets.
    Same(Row),
    /// A request of this name is known, but with another content.
    Other,
}

/// A record as it is written.
#[derive(Clone, Debug)]
pub(crate) struct PreparedIdempotencyRecord {
    pub name: [u8; 16],
    pub content: [u8; 16],
    pub since: i64,
    pub change: usize,
    pub key: Vec<u8>,
    pub document: Box<str>,
}

/// A record as the database has it.
#[derive(Debug)]
pub(crate) struct StoredIdempotencyRecord {
    pub content: Vec<u8>,
    pub key: Vec<u8>,
    pub version: i64,
    pub document: String,
}
