//! What a running server can be given anew: whose tokens hold, and the limits. A request that has asked for it once sees one
//! state of it.

use std::sync::Arc;

use tokio::task::JoinSet;

use crate::console::Console;
use crate::limits::Limits;
use crate::throttle::Throttle;
use crate::tokens::{Issuer, Tokens};

/// The part of a server's state that a new configuration replaces as a whole.
pub struct Live {
    /// The issuers whose tokens hold here.
    pub tokens: Tokens,
    /// The bounds of requests and connections.
    pub limits: Limits,
    /// How often callers may ask, if they are held to that.
    pub throttle: Option<Throttle>,
    /// The address where a client without a token gets one.
    pub authorization_uri: String,
    /// How people sign in to the console.
    pub console: Console,
    /// The tasks that read the issuers' keys again; they end with this.
    fresheners: JoinSet<()>,
}

impl Live {
    /// A state in which the issuers' keys are read when a token needs them.
    pub fn new(
        issuers: Vec<Issuer>,
        limits: Limits,
        throttle: Option<Throttle>,
        authorization_uri: String,
        console: Console,
    ) -> Live {
        let (tokens, fresheners) = (Tokens::new(issuers), JoinSet::new());
        Live { tokens, limits, throttle, authorization_uri, console, fresheners }
    }

    /// The same, in which they are also read now and again.
    pub fn kept_fresh(mut self) -> Live {
        for issuer in self.tokens.issuers() {
            let keys = Arc::clone(&issuer.keys);
            self.fresheners.spawn(async move { keys.keep_fresh().await });
        }
        self
    }
}
