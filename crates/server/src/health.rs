//! Whether the server is up, and whether it can do its work: for whoever watches over it. Needs no token.

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;

use crate::graph::Graph;
use crate::http::{self as wire, OtherStatus};
use crate::server::Server;

/// Whether a path is one that probes ask, who address the server by whatever name or number they know.
pub fn is_probe(path: &str) -> bool {
    ["/healthz", "/readyz"].contains(&path)
}

/// `/healthz`: the process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// `/readyz`: calls can be answered now, and later. The reason why not is for the log, as anyone may ask.
pub async fn ready<G: Graph>(State(server): State<Arc<Server<G>>>) -> Response {
    if server.stopping.is_told() {
        return wire::text(OtherStatus::Unavailable, "stopping\n");
    }
    match server.graph.ready().await {
        Ok(()) => wire::text(OtherStatus::Done, "ready\n"),
        Err(reason) => {
            tracing::warn!(reason, "not ready");
            wire::text(OtherStatus::Unavailable, "not ready\n")
        }
    }
}
