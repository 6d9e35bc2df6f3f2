//! The server's own state, which every request shares.

use crate::dev_issuer::DevIssuer;
use crate::limits::Limits;
use crate::origin::Edge;
use crate::signed::Freshness;
use crate::tokens::Tokens;

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
    /// What the server is called outside.
    pub edge: Edge,
    /// The address where a client without a token gets one.
    pub authorization_uri: String,
    /// The issuer under `/{tenant}/…`, in dev mode only.
    pub dev_issuer: Option<DevIssuer>,
}
