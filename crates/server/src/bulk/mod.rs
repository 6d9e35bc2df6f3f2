//! `POST /_/bulk`: a stream of lines in, each a change, and a stream of lines out, each what became of one.
//!
//! Nothing is kept but the lines that are under way, so a request may have a million of them. The answer begins before
//! the request ends: who sends many lines must read while it sends.

mod lines;

use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use domain::{BULK_LINES, Bulk, BulkOutcome};
use engine::{Caller, Circumstances, Verb, all_aside};
use futures_util::{FutureExt, stream};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, header};
use http_body_util::BodyExt;
use odata::code::{self, Code};
use odata::error::hint;

use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::{RequestError, shown};
use crate::server::Server;
use crate::stopping;
use crate::{error_body, http as wire, observe, request};
use lines::{BulkLine, BulkLines, LINE_BYTES_MAX};

/// The path of the endpoint.
const PATH: &str = "/_/bulk";
/// The most lines of one request.
const LINES_MAX: u64 = 1_000_000;
/// The media type of lines of JSON.
const NDJSON: &str = "application/x-ndjson";
/// The names by which clients call that media type.
const MEDIA_TYPES: [&str; 3] = [NDJSON, "application/ndjson", "application/jsonl"];
/// The only query option.
const OPTION: &str = "dryRun";

/// Whether a path is the bulk's.
pub fn is_bulk(path: &str) -> bool {
    path.strip_suffix('/').unwrap_or(path).eq_ignore_ascii_case(PATH)
}

/// What all lines of a bulk have in common.
pub struct BulkContext {
    /// The caller of the lines.
    pub caller: Arc<Caller>,
    /// The origin by which the client addressed the server.
    pub origin: String,
    /// The circumstances of the request.
    pub circumstances: Circumstances,
}

/// Answers a bulk: 200 whatever becomes of its lines.
pub fn answer<G: Graph>(
    server: &Arc<Server<G>>,
    head: &Parts,
    body: Body,
    whole: BulkContext,
    names: &RequestNames,
) -> Result<Response, RequestError> {
    request::only_post(request::verb(&head.method)?)?;
    check_media_type(&head.headers)?;
    let is_rehearsal = is_rehearsal(head.uri.query().unwrap_or(""))?;
    let BulkContext { caller, origin, circumstances } = whole;
    let conversation = BulkStream {
        server: Arc::clone(server),
        bulk: Bulk { caller, origin, circumstances, request_id: names.ours(), is_rehearsal },
        names: names.clone(),
        body,
        lines: BulkLines::new(BULK_LINES, LINES_MAX),
        has_ended: false,
        failed: 0,
    };
    let told = stream::unfold(conversation, BulkStream::next_part);
    let mut response = Response::new(Body::from_stream(told));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(NDJSON));
    Ok(response)
}

fn check_media_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let told = headers.get(header::CONTENT_TYPE).map_or("none", |value| value.to_str().unwrap_or("?"));
    let media_type = told.split(';').next().unwrap_or("").trim();
    if !MEDIA_TYPES.iter().any(|known| media_type.eq_ignore_ascii_case(known)) {
        let shown = shown(media_type);
        return Err(RequestError::UnsupportedMediaType(format!(
            "the media type '{shown}' is not taken here; send {NDJSON}"
        )));
    }
    let packed = |value: &HeaderValue| !value.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().any(packed) {
        return Err(RequestError::UnsupportedMediaType("lines are taken unpacked only".to_owned()));
    }
    Ok(())
}

fn is_rehearsal(query: &str) -> Result<bool, RequestError> {
    let mut told = None;
    for option in query.split('&').filter(|option| !option.is_empty()) {
        let (name, value) = option.split_once('=').unwrap_or((option, ""));
        if name != OPTION {
            let shown = shown(name);
            let near = hint(name, [OPTION].into_iter());
            let message = format!("There is no query option '{shown}' here{near}");
            return Err(bad_option(code::UNKNOWN_OPTION, shown, message));
        }
        if told.is_some() {
            let message = format!("The query option '{OPTION}' is given twice.");
            return Err(bad_option(code::REPEATED_OPTION, OPTION, message));
        }
        told = Some(match value {
            "true" => true,
            "false" => false,
            _ => {
                let message = format!("The query option '{OPTION}' is true or false.");
                return Err(bad_option(code::MALFORMED_OPTION, OPTION, message));
            }
        });
    }
    Ok(told.unwrap_or(false))
}

fn bad_option(code: Code, name: &str, message: String) -> RequestError {
    let target = Some(name.into());
    engine::Error { code, target, ..engine::Error::bad_request(message) }.into()
}

/// A bulk while it is carried out.
struct BulkStream<G> {
    server: Arc<Server<G>>,
    bulk: Bulk,
    names: RequestNames,
    body: Body,
    lines: BulkLines,
    has_ended: bool,
    failed: u64,
}

impl<G: Graph> BulkStream<G> {
    /// Carries out some lines: the next part of the answer, and the rest of the bulk.
    async fn next_part(mut self) -> Option<(Result<Bytes, Infallible>, BulkStream<G>)> {
        let mut out = Vec::new();
        // Many lines that are there already would be done to their end while everybody else waits.
        tokio::task::yield_now().await;
        while out.is_empty() {
            if self.has_ended && self.lines.is_empty() {
                self.log();
                return None;
            }
            if self.server.stopping.is_draining() {
                self.stop(&mut out);
                break;
            }
            let problem = self.read_lines().await.err();
            let some = self.lines.take(BULK_LINES);
            self.carry_out(some, &mut out).await;
            if let Some(problem) = problem {
                // All lines before it have their answers; whatever comes after it is not heard.
                while !self.lines.is_empty() {
                    let some = self.lines.take(BULK_LINES);
                    self.carry_out(some, &mut out).await;
                }
                self.failed += 1;
                self.write(&mut out, self.lines.count() + 1, Err(&problem), &BulkOutcome::default());
                self.has_ended = true;
            }
        }
        Some((Ok(out.into()), self))
    }

    /// Reads the request until there is a line, and then as long as more is there already.
    async fn read_lines(&mut self) -> Result<(), RequestError> {
        while !self.has_ended && self.lines.len() < BULK_LINES {
            let frame = match self.lines.is_empty() {
                true => {
                    let patience = self.server.live().limits.body_time;
                    tokio::select! {
                        frame = tokio::time::timeout(patience, self.body.frame()) => {
                            frame.map_err(|_| RequestError::TooSlow)?
                        }
                        () = self.server.stopping.draining() => return Ok(()),
                    }
                }
                false => match self.body.frame().now_or_never() {
                    Some(frame) => frame,
                    None => break,
                },
            };
            let Some(frame) = frame else {
                self.has_ended = true;
                self.lines.end();
                break;
            };
            let frame = frame
                .map_err(|error| RequestError::Malformed(format!("the lines cannot be read: {error}")))?;
            if let Ok(bytes) = frame.into_data() {
                self.lines.push(bytes);
            }
            if self.lines.has_more() {
                break;
            }
        }
        if self.lines.has_more() {
            let message = format!("one request takes at most {LINES_MAX} lines; send the rest in another");
            return Err(RequestError::Malformed(message));
        }
        Ok(())
    }

    /// Says that the server stops at the next line: it and those after it are to be sent again.
    fn stop(&mut self, out: &mut Vec<u8>) {
        self.failed += 1;
        self.write(out, self.lines.next(), Err(&stopping::told()), &BulkOutcome::default());
        self.lines.forget();
        self.has_ended = true;
    }

    /// The text of a line, if it may be carried out. A line is counted as the change that it is, or as a read if it takes no
    /// effect.
    fn admitted(&self, line: BulkLine) -> Result<Bytes, RequestError> {
        let text = match line {
            BulkLine::Text(text) => text,
            BulkLine::TooLong => {
                return Err(RequestError::Malformed(format!(
                    "the line is longer than {LINE_BYTES_MAX} bytes"
                )));
            }
        };
        let verb = if self.bulk.is_rehearsal { Verb::Get } else { Verb::Post };
        self.server.admit(&self.bulk.caller, verb, PATH)?;
        Ok(text)
    }

    async fn carry_out(&mut self, lines: Vec<(u64, BulkLine)>, out: &mut Vec<u8>) {
        let lines: Vec<_> = lines.into_iter().map(|(number, line)| (number, self.admitted(line))).collect();
        let texts: Vec<Bytes> = lines.iter().filter_map(|(_, line)| line.as_ref().ok().cloned()).collect();
        let doing = async {
            let _turn = self.server.turn(&self.bulk.caller, Verb::Post).await?;
            // The semaphore is never closed.
            let _place = self.server.work.bulks.acquire().await.ok();
            Ok(all_aside(self.server.graph.bulk(&self.bulk, &texts)).await)
        };
        let done = AssertUnwindSafe(doing).catch_unwind().await;
        let (mut outcomes, otherwise) = match done.unwrap_or_else(|payload| Err(observe::panic(&*payload))) {
            Ok(outcomes) => (outcomes.into_iter(), RequestError::Internal("a line was forgotten".to_owned())),
            Err(error) => (Vec::new().into_iter(), error),
        };
        for (number, line) in lines {
            let outcome = match line {
                Ok(_) => outcomes.next().ok_or_else(|| otherwise.clone()),
                Err(error) => Err(error),
            };
            let (result, outcome) = match outcome {
                Ok(outcome) => (outcome.result.clone().map_err(RequestError::from), outcome),
                Err(error) => (Err(error), BulkOutcome::default()),
            };
            self.failed += u64::from(result.is_err());
            self.write(out, number, result.as_ref().copied(), &outcome);
        }
    }

    /// Writes the answer to a line: `{"line":3,"status":404,"id":"…","error":{…}}`, the error as any response has it.
    fn write(&self, out: &mut Vec<u8>, line: u64, result: Result<(), &RequestError>, outcome: &BulkOutcome) {
        let status = wire::line_status(result.err());
        out.extend_from_slice(format!("{{\"line\":{line},\"status\":{}", status).as_bytes());
        if let Some(subject) = &outcome.subject {
            out.extend_from_slice(b",\"id\":");
            odata::payload::write::write_string(out, subject);
        }
        if let Some(changes) = &outcome.changes {
            out.extend_from_slice(b",\"changes\":");
            out.extend_from_slice(changes);
        }
        match result {
            Ok(()) => out.push(b'}'),
            Err(error) => {
                if let Some(detail) = error.detail() {
                    let request_id = self.names.ours_text();
                    tracing::warn!(target: "muster::request", path = PATH, request_id, line, detail);
                }
                out.push(b',');
                let text = error_body::text(error, &self.names);
                out.extend_from_slice(text.strip_prefix(b"{").unwrap_or(&text));
            }
        }
        out.push(b'\n');
    }

    /// Writes the log line about the end of a bulk; the request's own was written when the answer began.
    fn log(&self) {
        let (lines, failed, request_id) = (self.lines.count(), self.failed, self.names.ours_text());
        tracing::info!(target: "muster::request", path = PATH, request_id, lines, failed, "the lines have ended");
    }
}
