//! `$batch`: each request in it becomes a call like any other, in the name of the one caller, and each answer a part of
//! the one response. Bounds and errors are those of requests that come alone.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::response::Response;
use bytes::Bytes;
use domain::{Answer, Call, Caller, Error, ErrorKind};
use futures_util::FutureExt;
use futures_util::future::join_all;
use http::{HeaderMap, HeaderName, header};
use http_body_util::BodyExt;
use odata::batch::{
    BatchPlan, BatchRequest, BatchResponse, BatchResponseBody, BatchUnit, Method, read, url, write,
};
use odata::edm::Version;

use crate::graph::Graph;
use crate::names::RequestNames;
use crate::refusal::Refusal;
use crate::serve::Server;
use crate::{body, error_body, http as wire, limits, negotiate, observe};

/// What the requests of a batch have in common.
pub struct Envelope {
    /// Of the batch's URL: what a relative URL is relative to.
    pub version: Version,
    /// As the client addressed us.
    pub origin: String,
    /// Who asks, for all of them.
    pub caller: Arc<Caller>,
    /// The batch's.
    pub names: RequestNames,
}

/// One answer, whole.
struct Part {
    head: http::response::Parts,
    body: Bytes,
}

/// Answers a batch: 200 whatever becomes of its requests.
pub async fn answer<G: Graph>(
    server: &Server<G>,
    envelope: &Envelope,
    body: &[u8],
) -> Result<Response, Refusal> {
    let batch = read(body).map_err(Error::from)?;
    let mut parts: Vec<Option<Part>> = batch.requests.iter().map(|_| None).collect();
    for wave in batch.waves() {
        let working = wave.iter().map(|index| {
            let unit = &batch.units[*index];
            let calls = calls(server, envelope, &batch, unit, &parts);
            async move { (unit, perform(&server.graph, unit, calls).await) }
        });
        for (unit, outcomes) in join_all(working).await {
            for (at, outcome) in unit.requests.clone().zip(outcomes) {
                parts[at] = Some(part(server, envelope, &batch.requests[at], outcome).await);
            }
        }
    }
    let responses: Vec<_> = parts.iter().flatten().map(Part::shown).collect();
    Ok(wire::response(Answer::json(domain::Status::Ok, write(&batch, &responses))))
}

/// The calls of a unit; what cannot be one has its refusal.
fn calls<G: Graph>(
    server: &Server<G>,
    envelope: &Envelope,
    batch: &BatchPlan,
    unit: &BatchUnit,
    parts: &[Option<Part>],
) -> Vec<Result<Call, Refusal>> {
    let has_failed = |at: usize| parts[at].as_ref().is_none_or(|part| part.head.status.as_u16() >= 400);
    let mut needed = unit.depends_on.iter().flat_map(|unit| batch.units[*unit].requests.clone());
    if let Some(failed) = needed.find(|at| has_failed(*at)) {
        let message =
            format!("The request '{}', on which this one depends, failed.", batch.requests[failed].id);
        let refusal = Refusal::Domain(Error::new(ErrorKind::FailedDependency, message));
        return unit.requests.clone().map(|_| Err(refusal.clone())).collect();
    }
    let call = |at: usize| {
        let request = &batch.requests[at];
        let location = match url::reference(batch, request) {
            Some((of, rest)) => format!("{}{rest}", location(&batch.requests[of], parts[of].as_ref())?),
            None => request.url.clone(),
        };
        call(server, envelope, request, &location)
    };
    unit.requests.clone().map(call).collect()
}

/// The URL of the entity that an earlier request created.
fn location<'p>(request: &BatchRequest, part: Option<&'p Part>) -> Result<&'p str, Refusal> {
    let location = part.and_then(|part| part.head.headers.get(header::LOCATION)?.to_str().ok());
    location.ok_or_else(|| {
        let message =
            format!("The URL refers to '{}', which has created nothing before this request.", request.id);
        Refusal::Domain(Error::new(ErrorKind::FailedDependency, message))
    })
}

/// The call that a request makes, within the bounds of requests that come alone.
fn call<G: Graph>(
    server: &Server<G>,
    envelope: &Envelope,
    request: &BatchRequest,
    location: &str,
) -> Result<Call, Refusal> {
    let target = url::target(location, envelope.version, &envelope.origin).map_err(Error::from)?;
    let head = head(request, &target)?;
    limits::check_head(&head, &server.limits)?;
    let (head, ()) = head.into_parts();
    if !wire::is_graph(head.uri.path()) {
        return Err(Refusal::NoSuchPath(head.uri.path().chars().take(200).collect()));
    }
    let verb = wire::verb(&head.method)?;
    negotiate::check(&head.headers)?;
    if head.headers.contains_key(header::CONTENT_TYPE) && !request.body.is_empty() {
        body::check_media_type(&head.headers)?;
    }
    let body = match verb {
        domain::Verb::Get => Bytes::new(),
        _ => Bytes::copy_from_slice(&request.body),
    };
    let names = envelope.names.of_part(&head.headers);
    wire::call(&head, verb, envelope.origin.clone(), body, Arc::clone(&envelope.caller), &names)
}

fn head(request: &BatchRequest, target: &str) -> Result<http::Request<()>, Refusal> {
    let mut made = http::Request::builder().method(request.method.name()).uri(target);
    for (name, value) in &request.headers {
        made = made.header(name.as_str(), value.as_str());
    }
    let malformed = |error| Refusal::Malformed(format!("the request '{}' is malformed: {error}", request.id));
    made.body(()).map_err(malformed)
}

/// Calls the domain: alone, or all of a change set at once. A panic is an answer too, and the batch goes on.
async fn perform<G: Graph>(
    graph: &G,
    unit: &BatchUnit,
    calls: Vec<Result<Call, Refusal>>,
) -> Vec<Result<Answer, Refusal>> {
    if calls.iter().any(Result::is_err) {
        let message = "Another request of the atomicity group failed, so this one was not tried.";
        let with_it = Refusal::Domain(Error::new(ErrorKind::FailedDependency, message));
        return calls.into_iter().map(|call| Err(call.err().unwrap_or_else(|| with_it.clone()))).collect();
    }
    let mut ready: Vec<Call> = calls.into_iter().flatten().collect();
    let answers = async {
        match ready.pop() {
            Some(call) if !unit.atomic => vec![graph.call(call).await],
            last => {
                ready.extend(last);
                graph.change_set(ready).await
            }
        }
    };
    match AssertUnwindSafe(answers).catch_unwind().await {
        Ok(answers) => answers.into_iter().map(|outcome| outcome.map_err(Refusal::from)).collect(),
        Err(payload) => {
            let refusal = observe::panic(&*payload);
            unit.requests.clone().map(|_| Err(refusal.clone())).collect()
        }
    }
}

/// One request's part of the response, and its line in the log.
async fn part<G: Graph>(
    server: &Server<G>,
    envelope: &Envelope,
    request: &BatchRequest,
    outcome: Result<Answer, Refusal>,
) -> Part {
    let names = envelope.names.of_part(&client_names(request));
    let refusal = outcome.as_ref().err().cloned();
    let response = match outcome {
        Ok(answer) => wire::response(answer),
        Err(refusal) => error_body::response(&refusal, &names, &server.authorization_uri),
    };
    let (head, body) = response.into_parts();
    log(envelope, request, head.status.as_u16(), refusal.as_ref());
    // The body is in memory: there is nothing to wait for, and nothing to fail.
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    Part { head, body }
}

/// Only the header with the client's name for a request.
fn client_names(request: &BatchRequest) -> HeaderMap {
    let name = crate::names::CLIENT_REQUEST_ID;
    let mut given = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name.as_str()));
    let value = given.next().and_then(|(_, value)| http::HeaderValue::from_str(value).ok());
    value.map(|value| (name, value)).into_iter().collect()
}

/// The line beside the batch's own. Never in it: the query, a body.
fn log(envelope: &Envelope, request: &BatchRequest, status: u16, refusal: Option<&Refusal>) {
    let path: String = request.url.split('?').next().unwrap_or_default().chars().take(512).collect();
    let error = refusal.map(|refusal| refusal.outcome().code);
    let detail = refusal.and_then(Refusal::detail);
    let (method, part, request_id) = (request.method.name(), &request.id, envelope.names.ours_text());
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(target: "muster::request", method, path, status, request_id, part, error, detail)
        };
    }
    match (status, request.method) {
        (500.., _) => line!(error),
        (_, Method::Get) => line!(debug),
        _ => line!(info),
    }
}

impl Part {
    fn shown(&self) -> BatchResponse<'_> {
        let media_type = self.head.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let body = match media_type {
            _ if self.body.is_empty() => BatchResponseBody::None,
            Some(json) if json.starts_with("application/json") => BatchResponseBody::Json(&self.body),
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

/// A header's name in its usual spelling: in JSON, unlike in HTTP, case matters to whoever looks it up.
fn as_usual(name: &HeaderName) -> String {
    let word = |word: &str| match word {
        "etag" => "ETag".to_owned(),
        "odata" => "OData".to_owned(),
        "entityid" => "EntityId".to_owned(),
        word => word[..1].to_ascii_uppercase() + &word[1..],
    };
    name.as_str().split('-').filter(|text| !text.is_empty()).map(word).collect::<Vec<_>>().join("-")
}
