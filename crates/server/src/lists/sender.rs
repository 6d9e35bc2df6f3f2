//! Whoever sends a list, and how.

use std::sync::Arc;

use engine::{Caller, Circumstances};

/// Whoever sends a list.
pub struct ListSender {
    /// The caller of what is done.
    pub caller: Arc<Caller>,
    /// The origin by which the client addressed the server.
    pub origin: String,
    /// The circumstances of the request.
    pub circumstances: Circumstances,
}
