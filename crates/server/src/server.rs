//! The server's own state, which every request shares.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use arc_swap::ArcSwap;
use engine::{Caller, Verb};
use http::HeaderMap;
use tokio::time::timeout;

use crate::dev_issuer::DevIssuer;
use crate::graph::Graph;
use crate::http_figures::HttpFigures;
use crate::large_work::LargeWork;
use crate::live::Live;
use crate::origin::Edge;
use crate::recent_requests::RecentRequests;
use crate::request_error::RequestError;
use crate::room::Room;
use crate::signed::Freshness;
use crate::stopping::Stopping;
use crate::traces::LiveTraces;
use crate::turns::{Turn, Turns};

/// Everything that answering a request takes.
pub struct Server<G> {
    /// The domain, which answers calls.
    pub graph: G,
    /// The issuers, limits and the like that hold now.
    pub live: ArcSwap<Live>,
    /// What is known of signed requests, so that none is taken twice.
    pub freshness: Freshness,
    /// What is counted for whoever watches.
    pub figures: Arc<HttpFigures>,
    /// The traces of requests and jobs.
    pub traces: Arc<LiveTraces>,
    /// Whose turn it is.
    pub turns: Arc<Turns>,
    /// The places of large work.
    pub work: LargeWork,
    /// The room for bodies and answers.
    pub room: Arc<Room>,
    /// How far the end of the server has come.
    pub stopping: Arc<Stopping>,
    /// What the server is called outside.
    pub edge: Edge,
    /// The issuer under `/{tenant}/…`, in dev mode only.
    pub dev_issuer: Option<DevIssuer>,
    /// The last requests, in dev mode only.
    pub recent_requests: Option<RecentRequests>,
}

impl<G> Server<G> {
    /// The issuers, limits and the like that hold now.
    pub fn live(&self) -> Arc<Live> {
        self.live.load_full()
    }

    /// Has others hold, for whoever asks from now on.
    pub fn replace_live(&self, live: Live) {
        self.live.store(Arc::new(live));
    }
}

impl<G: Graph> Server<G> {
    /// The caller whose token these headers have. Whether it held is counted.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Caller>, RequestError> {
        let authenticated = self.live().tokens.authenticate(headers, &self.graph).await;
        let counted = match &authenticated {
            Ok(_) => &self.figures.tokens_accepted,
            Err(_) => &self.figures.tokens_refused,
        };
        counted.fetch_add(1, Ordering::Relaxed);
        authenticated
    }

    /// Counts a request of a caller, or refuses it.
    pub fn admit(&self, caller: &Caller, verb: Verb, path: &str) -> Result<(), RequestError> {
        match &self.live().throttle {
            None => Ok(()),
            Some(throttle) => {
                let admitted = throttle.admit(caller, verb, path, self.graph.now());
                self.figures.throttled.fetch_add(u64::from(admitted.is_err()), Ordering::Relaxed);
                admitted
            }
        }
    }

    /// Waits for the turn of a caller's call, as long as a call may take.
    pub async fn turn(&self, caller: &Caller, verb: Verb) -> Result<Turn, RequestError> {
        let turn = timeout(self.live().limits.call_time, self.turns.take(caller.tenant, verb)).await;
        turn.map_err(|_| RequestError::Overdue)
    }
}
