//! `$batch` in JSON (JSON format 4.01, 19): what a body asks for, in which order it is done, and what is answered.

mod plan;
mod read;
#[cfg(test)]
mod tests;
pub mod url;
mod write;

pub use read::read;
pub use write::{BatchResponse, BatchResponseBody, write};

use std::ops::Range;

/// Requests in a batch at most: Graph's bound.
pub const REQUESTS_MAX: usize = 20;

/// A batch whose ids, dependencies and groups agree.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchPlan {
    /// The requests in the order given.
    pub requests: Vec<BatchRequest>,
    /// What is done as one, in the order given: a request alone, or all of an atomicity group.
    pub units: Vec<BatchUnit>,
}

/// One request of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRequest {
    /// Its name, unique in the batch.
    pub id: String,
    /// The name of its atomicity group.
    pub group: Option<String>,
    /// What is asked.
    pub method: Method,
    /// Where, as the client wrote it: see [`url::target`].
    pub url: String,
    /// Header names and values, in the order given.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; empty if there is none.
    pub body: Vec<u8>,
}

/// What is done as one.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchUnit {
    /// Which requests.
    pub requests: Range<usize>,
    /// Whether either all of their changes take effect or none.
    pub atomic: bool,
    /// The units that must have succeeded before; all come earlier.
    pub depends_on: Vec<usize>,
}

/// The methods of requests in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Create, or call an action.
    Post,
    /// Update what is named.
    Patch,
    /// Replace.
    Put,
    /// Delete.
    Delete,
}

impl Method {
    const ALL: [Method; 5] = [Method::Get, Method::Post, Method::Patch, Method::Put, Method::Delete];

    /// As HTTP writes it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "GET",
            Method::Post => "POST",
            Method::Patch => "PATCH",
            Method::Put => "PUT",
            Method::Delete => "DELETE",
        }
    }
}
