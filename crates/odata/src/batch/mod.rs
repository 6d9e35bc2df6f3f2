//! `$batch` in JSON (JSON format 4.01, 19): what a body asks for, in which order it is done, and what is answered.

mod plan;
mod read;
#[cfg(test)]
mod tests;
pub mod url;
mod write;

pub use read::read;
pub use write::{BatchResponse, BatchResponseBody, BatchResponseWriter};

use std::ops::Range;

/// Requests in a batch at most: Graph's bound.
pub const REQUESTS_MAX: usize = 20;

/// A batch whose ids, dependencies and groups agree.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchPlan {
    /// The requests in the order given.
    pub requests: Vec<BatchRequest>,
    /// The units that are done as one, in the order given: a request alone, or all of an atomicity group.
    pub units: Vec<BatchUnit>,
}

/// One request of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchRequest {
    /// Its name, unique in the batch.
    pub id: String,
    /// The name of its atomicity group.
    pub group: Option<String>,
    /// The method that is asked for.
    pub method: Method,
    /// The URL as the client wrote it; [`url::target`] says where it leads.
    pub url: String,
    /// Header names and values, in the order given.
    pub headers: Vec<(String, String)>,
    /// The body's bytes; empty if there is none.
    pub body: Vec<u8>,
}

/// A unit that is done as one: a request alone, or all of an atomicity group.
#[derive(Clone, Debug, PartialEq)]
pub struct BatchUnit {
    /// The unit's part of the batch's requests.
    pub requests: Range<usize>,
    /// Whether either all of their changes take effect or none.
    pub atomic: bool,
    /// The units that must have succeeded before; all come earlier.
    pub depends_on: Vec<usize>,
}

/// The methods of requests in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads an entity, a collection or a function's result.
    Get,
    /// Creates an entity, or calls an action.
    Post,
    /// Updates the properties that the body names.
    Patch,
    /// Replaces the value of a property.
    Put,
    /// Deletes an entity, or clears a property.
    Delete,
}

impl Method {
    const ALL: [Method; 5] = [Method::Get, Method::Post, Method::Patch, Method::Put, Method::Delete];

    /// The method's name in HTTP.
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
