//! `$batch`: each request in it becomes a call like any other, in the name of the one caller, and each answer a part of
//! the one response. Bounds and errors are those of requests that come alone.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use engine::{Answer, Call, Caller, Circumstances, Error, ErrorKind, SharedPlace, Verb, WorkLine, all_aside};
use futures_util::FutureExt;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderName, header};
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use odata::batch::{
    BatchPlan, BatchRequest, BatchResponse, BatchResponseBody, BatchResponseWriter, BatchUnit, Method, read,
    url,
};
use odata::edm::Version;

use crate::graph::Graph;
use crate::large_work::is_large;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::request_log::RequestLogLine;
use crate::server::Server;
use crate::{body, error_body, http as wire, limits, negotiate, observe, request};

/// The bytes from which a part is handed over as it is, and not copied.
const PART_BYTES_MIN: usize = 4 << 10;

/// The facts that all requests of a batch share.
pub struct BatchContext {
    /// The version in the batch's URL, to which relative URLs are relative.
    pub version: Version,
    /// The origin as the client addressed the server.
    pub origin: String,
    /// The caller in whose name all of them are.
    pub caller: Arc<Caller>,
    /// The names of the batch as a whole.
    pub names: RequestNames,
    /// The circumstances of the batch as a whole.
    pub circumstances: Circumstances,
    /// The place that all of them have, once one turns out to be large.
    pub place: Arc<SharedPlace>,
}

/// The response to one request of a batch, whole.
struct BatchedResponse {
    head: http::response::Parts,
    body: Bytes,
    has_failed: bool,
}

/// Answers a batch: 200 whatever becomes of its requests.
pub async fn answer<G: Graph>(
    server: &Server<G>,
    context: &BatchContext,
    verb: Verb,
    body: &[u8],
) -> Result<Response, RequestError> {
    request::only_post(verb)?;
    let limits = &server.live().limits;
    let performing = pin!(async {
        if is_large(body.len()) {
            context.place.take().await?;
            return all_aside(perform_all(server, context, body)).await;
        }
        perform_all(server, context, body).await
    });
    let answered =
        tokio::time::timeout(limits.call_time, server.stopping.bound(false, limits, performing)).await;
    answered.unwrap_or(Err(RequestError::Overdue))
}

async fn perform_all<G: Graph>(
    server: &Server<G>,
    context: &BatchContext,
    body: &[u8],
) -> Result<Response, RequestError> {
    let batch = read(body).map_err(Error::from)?;
    let mut parts: Vec<Option<BatchedResponse>> = batch.requests.iter().map(|_| None).collect();
    for wave in batch.waves() {
        let working = wave.iter().map(|index| {
            let unit = &batch.units[*index];
            let calls = calls(server, context, &batch, unit, &parts);
            let requests = batch.requests[unit.requests.clone()].iter();
            let lines = requests.zip(&calls).map(|(request, call)| line(context, request, call)).collect();
            async move { (unit, lines, perform(server, unit, calls).await) }
        });
        for (unit, lines, outcomes) in join_all(working).await {
            let lines: Vec<RequestLogLine> = lines;
            for ((at, line), outcome) in unit.requests.clone().zip(lines).zip(outcomes) {
                let outcome = outcome.and_then(|answer| held(server, &batch.requests[at], answer));
                parts[at] = Some(part(server, context, &batch.requests[at], line, outcome).await?);
            }
        }
    }
    let (mut writer, mut pieces) = (BatchResponseWriter::default(), VecDeque::new());
    for (request, part) in batch.requests.iter().zip(parts.into_iter().flatten()) {
        let shown = part.shown();
        let is_behind = matches!(shown.body, BatchResponseBody::JsonBehind);
        writer.write(request, &shown);
        if is_behind {
            pieces.extend([writer.take().into(), part.body]);
        }
    }
    pieces.push_back(writer.end().into());
    let answer = Answer { place: context.place.taken(), ..Answer::json(engine::Status::Ok, Bytes::new()) };
    Ok(wire::response(answer).map(|_| Body::new(BatchBody(pieces))))
}

/// The body of the response in pieces, of which the large ones are the answers themselves.
struct BatchBody(VecDeque<Bytes>);

impl http_body::Body for BatchBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.0.iter().map(|piece| piece.len() as u64).sum())
    }
}

/// The calls of a unit of the batch, with an error in place of each request that makes none.
fn calls<G: Graph>(
    server: &Server<G>,
    context: &BatchContext,
    batch: &BatchPlan,
    unit: &BatchUnit,
    parts: &[Option<BatchedResponse>],
) -> Vec<Result<Call, RequestError>> {
    let has_failed = |at: usize| parts[at].as_ref().is_none_or(|part| part.has_failed);
    let mut needed = unit.depends_on.iter().flat_map(|unit| batch.units[*unit].requests.clone());
    if let Some(failed) = needed.find(|at| has_failed(*at)) {
        let message =
            format!("The request '{}', on which this one depends, failed.", batch.requests[failed].id);
        let error = RequestError::Domain(Error::new(ErrorKind::FailedDependency, message));
        return unit.requests.clone().map(|_| Err(error.clone())).collect();
    }
    let call = |at: usize| {
        let sent = &batch.requests[at];
        let location = match url::reference(batch, sent) {
            Some((of, rest)) => format!("{}{rest}", location(&batch.requests[of], parts[of].as_ref())?),
            None => sent.url.clone(),
        };
        call(server, context, sent, &location)
    };
    unit.requests.clone().map(call).collect()
}

/// The URL of the entity that an earlier request created.
fn location<'p>(request: &BatchRequest, part: Option<&'p BatchedResponse>) -> Result<&'p str, RequestError> {
    let location = part.and_then(|part| part.head.headers.get(header::LOCATION)?.to_str().ok());
    location.ok_or_else(|| {
        let message =
            format!("The URL refers to '{}', which has created nothing before this request.", request.id);
        RequestError::Domain(Error::new(ErrorKind::FailedDependency, message))
    })
}

/// The call that a request makes, within the bounds of requests that come alone.
fn call<G: Graph>(
    server: &Server<G>,
    context: &BatchContext,
    sent: &BatchRequest,
    location: &str,
) -> Result<Call, RequestError> {
    let target = url::target(location, context.version, &context.origin).map_err(Error::from)?;
    let head = head(sent, &target)?;
    limits::check_head(&head, &server.live().limits)?;
    let (head, ()) = head.into_parts();
    if !request::is_below_root(head.uri.path()) {
        return Err(RequestError::no_such_path(head.uri.path()));
    }
    let verb = request::verb(&head.method)?;
    negotiate::check(&head.headers)?;
    server.admit(&context.caller, verb, head.uri.path())?;
    if head.headers.contains_key(header::CONTENT_TYPE) && !sent.body.is_empty() {
        body::check_media_type(&head.headers)?;
    }
    let body = match verb {
        Verb::Get => Bytes::new(),
        _ => Bytes::copy_from_slice(&sent.body),
    };
    let names = context.names.of_part(&head.headers);
    // In a batch nobody joins a base URL and a path, so that two slashes are a mistake.
    let (path, caller) = (head.uri.path().into(), Arc::clone(&context.caller));
    let circumstances = request::circumstances(&head.headers, &head.extensions, &context.circumstances)?;
    let line = WorkLine::Shared(Arc::clone(&context.place));
    let origin = context.origin.clone();
    let call = request::call(&head, path, verb, origin, body, (caller, circumstances), &names)?;
    Ok(Call { line, ..call })
}

fn head(request: &BatchRequest, target: &str) -> Result<http::Request<()>, RequestError> {
    let mut made = http::Request::builder().method(request.method.name()).uri(target);
    for (name, value) in &request.headers {
        made = made.header(name.as_str(), value.as_str());
    }
    let malformed =
        |error| RequestError::Malformed(format!("the request '{}' is malformed: {error}", request.id));
    made.body(()).map_err(malformed)
}

/// Has the domain answer the calls of a unit, alone or as one change set. A panic is an answer too, and the batch goes
/// on.
async fn perform<G: Graph>(
    server: &Server<G>,
    unit: &BatchUnit,
    calls: Vec<Result<Call, RequestError>>,
) -> Vec<Result<Answer, RequestError>> {
    if calls.iter().any(Result::is_err) {
        let message = "Another request of the atomicity group failed, so this one was not tried.";
        let with_it = RequestError::Domain(Error::new(ErrorKind::FailedDependency, message));
        return calls.into_iter().map(|call| Err(call.err().unwrap_or_else(|| with_it.clone()))).collect();
    }
    let mut ready: Vec<Call> = calls.into_iter().flatten().collect();
    let answers = async {
        let first = ready.first().map(|call| (Arc::clone(&call.caller), call.verb));
        let _turn = match first {
            Some((caller, verb)) => Some(server.turn(&caller, verb).await?),
            None => None,
        };
        Ok(match ready.pop() {
            Some(call) if !unit.atomic => vec![server.graph.call(call).await],
            last => {
                ready.extend(last);
                server.graph.change_set(ready).await
            }
        })
    };
    let answers = AssertUnwindSafe(answers).catch_unwind().await;
    match answers.unwrap_or_else(|payload| Err(observe::panic(&*payload))) {
        Ok(answers) => answers.into_iter().map(|outcome| outcome.map_err(RequestError::from)).collect(),
        Err(error) => unit.requests.clone().map(|_| Err(error.clone())).collect(),
    }
}

/// The answer with room of its own, until the whole response is written. A read that there is no room for is refused.
fn held<G: Graph>(
    server: &Server<G>,
    request: &BatchRequest,
    mut answer: Answer,
) -> Result<Answer, RequestError> {
    server.room.hold(&mut answer, request.method == Method::Get)?;
    Ok(answer)
}

/// The response to one request, which is logged as well.
async fn part<G: Graph>(
    server: &Server<G>,
    context: &BatchContext,
    request: &BatchRequest,
    line: RequestLogLine,
    outcome: Result<Answer, RequestError>,
) -> Result<BatchedResponse, RequestError> {
    let names = context.names.of_part(&client_names(request));
    let error = outcome.as_ref().err().cloned();
    let mut response = match outcome {
        Ok(answer) => wire::response_keeping_stages(answer, context.names.is_recorded()),
        Err(error) => error_body::response(&error, &names, &server.live().authorization_uri),
    };
    line.write(&mut response, error.as_ref(), Some(&context.caller), server);
    let (head, body) = response.into_parts();
    // The body is in memory: there is nothing to wait for.
    let body = body.collect().await.map_err(|error| RequestError::Internal(error.to_string()))?.to_bytes();
    Ok(BatchedResponse { head, body, has_failed: error.is_some() })
}

/// The header with the client's name for a request, if it has a valid one.
fn client_names(request: &BatchRequest) -> HeaderMap {
    let name = crate::names::CLIENT_REQUEST_ID;
    let mut given = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name.as_str()));
    let value = given.next().and_then(|(_, value)| http::HeaderValue::from_str(value).ok());
    value.map(|value| (name, value)).into_iter().collect()
}

/// The log line of one request, beside the batch's own.
fn line(context: &BatchContext, request: &BatchRequest, call: &Result<Call, RequestError>) -> RequestLogLine {
    let as_sent = || request.url.split('?').next().unwrap_or("");
    let path = call.as_ref().map_or_else(|_| as_sent(), |call| &call.path);
    let line = RequestLogLine::begin(request.method.name(), path, context.names.ours_text());
    let trace = context.names.trace().map(|trace| Arc::new(trace.part()));
    line.of_part(&request.id).traced(trace).with_query(call.as_ref().map_or("", |call| &call.query))
}

impl BatchedResponse {
    fn shown(&self) -> BatchResponse<'_> {
        let media_type = self.head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let body = match media_type {
            _ if self.body.is_empty() => BatchResponseBody::None,
            Some(json) if json.starts_with("application/json") => match self.body.len() {
                PART_BYTES_MIN.. => BatchResponseBody::JsonBehind,
                _ => BatchResponseBody::Json(&self.body),
            },
            Some(text) if text.starts_with("text/") => match std::str::from_utf8(&self.body) {
                Ok(text) => BatchResponseBody::Text(text),
                Err(_) => BatchResponseBody::Binary(&self.body),
            },
            _ => BatchResponseBody::Binary(&self.body),
        };
        // How long the stages took is for whoever asks alone.
        let told = self.head.headers.iter().filter(|(name, _)| *name != "server-timing");
        let header = |(name, value): (&HeaderName, &http::HeaderValue)| {
            Some((as_usual(name), value.to_str().ok()?.to_owned()))
        };
        let headers = told.filter_map(header).collect();
        BatchResponse { status: self.head.status.as_u16(), headers, body }
    }
}

/// The usual spelling of a header's name: in JSON, unlike in HTTP, case matters to a client that looks it up.
fn as_usual(name: &HeaderName) -> String {
    let word = |word: &str| match word {
        "etag" => "ETag".to_owned(),
        "odata" => "OData".to_owned(),
        "entityid" => "EntityId".to_owned(),
        word => word[..1].to_ascii_uppercase() + &word[1..],
    };
    name.as_str().split('-').filter(|text| !text.is_empty()).map(word).collect::<Vec<_>>().join("-")
}
