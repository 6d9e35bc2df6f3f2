//! The exchanges of an HTTP/2 connection: its requests until their answers were handed over. The client decides how much of
//! each answer may be sent, so an answer of which it wants nothing more would stay in memory for ever; and it decides when to
//! leave, so a connection on which it asks nothing would keep its place.

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use tokio::time::{Instant, sleep_until};

use crate::limits::Limits;

/// The bytes of an answer that are handed over at once; the library keeps those that the client does not want yet.
const PART_BYTES_MAX: usize = 16 << 10;

/// The exchanges that are under way.
#[derive(Debug)]
pub struct Exchanges(Mutex<ExchangesNow>);

#[derive(Debug)]
struct ExchangesNow {
    next: u64,
    /// The time since which each answer waits for its client; none while the client waits for us.
    open: HashMap<u64, Option<Instant>>,
    /// The time when an exchange last began or ended.
    changed: Instant,
}

/// Why a connection is to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionEnd {
    /// The client takes nothing of an answer.
    Stalled,
    /// The client asks nothing.
    Idle,
}

/// An exchange that is under way until it is dropped.
#[derive(Debug)]
pub struct Exchange {
    exchanges: Arc<Exchanges>,
    number: u64,
}

impl Exchanges {
    /// Those of a new connection.
    pub fn new() -> Arc<Exchanges> {
        let now = ExchangesNow { next: 0, open: HashMap::new(), changed: Instant::now() };
        Arc::new(Exchanges(Mutex::new(now)))
    }

    /// Begins an exchange.
    pub fn begin(self: &Arc<Self>) -> Exchange {
        let mut now = self.now();
        let number = now.next;
        now.next += 1;
        now.open.insert(number, None);
        now.changed = Instant::now();
        Exchange { exchanges: Arc::clone(self), number }
    }

    /// Waits until the connection is to end.
    pub async fn end(&self, limits: &Limits) -> ConnectionEnd {
        loop {
            match self.verdict(limits) {
                Ok(end) => return end,
                Err(look_again) => sleep_until(look_again).await,
            }
        }
    }

    /// Why the connection is to end now; otherwise, when to look again.
    fn verdict(&self, limits: &Limits) -> Result<ConnectionEnd, Instant> {
        let now = self.now();
        let (end, at) = match (now.open.is_empty(), now.open.values().flatten().min()) {
            (true, _) => (ConnectionEnd::Idle, now.changed + limits.header_time),
            (false, Some(oldest)) => (ConnectionEnd::Stalled, *oldest + limits.answer_time),
            (false, None) => return Err(Instant::now() + limits.answer_time),
        };
        if at <= Instant::now() { Ok(end) } else { Err(at) }
    }

    fn now(&self) -> MutexGuard<'_, ExchangesNow> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Exchange {
    /// The response, which is watched until the client has it.
    pub fn watched(self, response: Response) -> Response {
        match response.body().is_end_stream() {
            true => response,
            false => {
                self.note(Some(Instant::now()));
                response.map(|body| Body::new(WatchedBody { body, rest: Bytes::new(), exchange: self }))
            }
        }
    }

    fn note(&self, waits_since: Option<Instant>) {
        self.exchanges.now().open.insert(self.number, waits_since);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        let mut now = self.exchanges.now();
        now.open.remove(&self.number);
        now.changed = Instant::now();
    }
}

/// The body of an answer, handed over in parts as the client wants them.
struct WatchedBody {
    body: Body,
    rest: Bytes,
    exchange: Exchange,
}

impl http_body::Body for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            self.exchange.note(None);
            match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) => self.rest = data,
                    Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
                },
                other => return Poll::Ready(other),
            }
        }
        self.exchange.note(Some(Instant::now()));
        let count = self.rest.len().min(PART_BYTES_MAX);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(count)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = self.body.size_hint();
        let rest = self.rest.len() as u64;
        if let Some(upper) = hint.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint.set_lower(hint.lower().saturating_add(rest));
        hint
    }
}
