//! The server's own state, which every request shares.

use std::sync::Arc;

use engine::{Caller, Verb};
use tokio::time::timeout;

use crate::console::Console;
use crate::dev_issuer::DevIssuer;
use crate::graph::Graph;
use crate::limits::Limits;
use crate::origin::Edge;
use crate::recent_requests::RecentRequests;
use crate::request_error::RequestError;
use crate::signed::Freshness;
use crate::throttle::Throttle;
use crate::tokens::Tokens;
use crate::turns::{Turn, Turns};

/// Everything that answering a request takes.
pub struct Server<G> {
    /// The domain, which answers calls.
    pub graph: G,
    /// The issuers whose tokens hold here.
    pub tokens: Tokens,
    /// What is known of signed requests, so that none is taken twice.
    pub freshness: Freshness,
    /// The bounds of requests and connections.
    pub limits: Limits,
    /// How often callers may ask, if they are held to that.
    pub throttle: Option<Throttle>,
    /// Whose turn it is.
    pub turns: Arc<Turns>,
    /// What the server is called outside.
    pub edge: Edge,
    /// The address where a client without a token gets one.
    pub authorization_uri: String,
    /// How people sign in to the console.
    pub console: Console,
    /// The issuer under `/{tenant}/…`, in dev mode only.
    pub dev_issuer: Option<DevIssuer>,
    /// The last requests, in dev mode only.
    pub recent_requests: Option<RecentRequests>,
}

impl<G: Graph> Server<G> {
    /// Counts a request of a caller, or refuses it.
    pub fn admit(&self, caller: &Caller, verb: Verb, path: &str) -> Result<(), RequestError> {
        match &self.throttle {
            None => Ok(()),
            Some(throttle) => throttle.admit(caller, verb, path, self.graph.now()),
        }
    }

    /// Waits for the turn of a caller's call, as long as a call may take.
    pub async fn turn(&self, caller: &Caller, verb: Verb) -> Result<Turn, RequestError> {
        let turn = timeout(self.limits.call_time, self.turns.take(caller.tenant, verb)).await;
        turn.map_err(|_| RequestError::Overdue)
    }
}
