//! A listening server in a test, with a stand-in for the domain and an issuer whose key the test has.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use bytes::Bytes;
use domain::{Bulk, BulkOutcome, KeyBearer, ListImport, SignedRequest};
use engine::{Answer, Body, Bounds, Call, CallTarget, EngineFigures, Error, ErrorKind, Status, Verb};
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use odata::date_time::Ticks;
use odata::edm::{PermissionId, Version};
use serde_json::{Value, json};
use server::Server;
use server::console::Console;
use server::dev::DevFolder;
use server::graph::Graph;
use server::large_work::LargeWork;
use server::limits::Limits;
use server::listen::Listener;
use server::live::Live;
use server::origin::Edge;
use server::room::Room;
use server::serve::responder;
use server::signed::Freshness;
use server::tls::{Tls, TlsContent};
use server::tokens::keys::KeySet;
use server::tokens::{GRAPH_AUDIENCES, Issuer};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

pub const ISSUER: &str = "https://issuer.test/{tenantid}/v2.0";
pub const TENANT: &str = "00000000-0000-4000-8000-000000000001";

/// Longer than anything takes; a test that waits this long has failed.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// A stand-in for the domain, in which each path does one thing.
pub struct StandIn;

impl Graph for StandIn {
    async fn call(&self, call: Call) -> Result<Answer, Error> {
        match call.path.as_str() {
            "/beta/slow" => {
                tokio::time::sleep(Duration::from_millis(400)).await;
                Ok(Answer::json(Status::Ok, "{}"))
            }
            "/beta/never" => std::future::pending().await,
            "/beta/overdue" => Err(Error::new(ErrorKind::Overdue, "It took too long.")),
            "/beta/large" => Ok(Answer::json(Status::Ok, format!("\"{}\"", "a".repeat(100_000)))),
            "/beta/created" => {
                let mut answer = Answer::json(Status::Created, "{}");
                answer.etag = Some("W/\"7\"".to_owned());
                answer.location = Some(format!("{}/beta/created('7')", call.origin));
                answer.timings = vec![("parse", Duration::from_micros(12))];
                Ok(answer)
            }
            "/beta/$metadata" => Ok(Answer::new(Status::Ok, Body::Xml("<a/>".into()))),
            "/beta/books/$count" => Ok(Answer::new(Status::Ok, Body::Text("7".into()))),
            "/beta/fixed" => {
                let allow = Box::from([Verb::Get, Verb::Post]);
                Err(Error { allow, ..Error::new(ErrorKind::MethodNotAllowed, "only read and created") })
            }
            "/beta/busy" => {
                let retry_after = Some(Duration::from_millis(1200));
                Err(Error { retry_after, ..Error::new(ErrorKind::TooManyRequests, "too many") })
            }
            "/beta/broken" => {
                let detail = Some("the disk's secret sorrow".to_owned());
                Err(Error {
                    detail: detail.map(String::into_boxed_str),
                    ..Error::new(ErrorKind::Internal, "an internal error")
                })
            }
            "/beta/panic" => panic!("on purpose"),
            "/beta/none" => Err(Error::new(ErrorKind::NotFound, "no such thing")),
            _ => Ok(Answer::json(Status::Ok, echo(&call))),
        }
    }

    fn allowed(&self, path: &str) -> Result<Vec<Verb>, Error> {
        match path {
            "/beta/none" => Err(Error::new(ErrorKind::NotFound, "no such thing")),
            _ => Ok(vec![Verb::Get, Verb::Patch]),
        }
    }

    async fn key_bearer(&self, _id: &str) -> Result<Option<KeyBearer>, Error> {
        Ok(None)
    }

    async fn signed(&self, request: SignedRequest) -> Result<Answer, Error> {
        Ok(Answer::json(Status::Ok, request.body))
    }

    async fn change_set(&self, calls: Vec<Call>) -> Vec<Result<Answer, Error>> {
        calls.into_iter().map(|_| Err(Error::new(ErrorKind::Conflict, "never"))).collect()
    }

    async fn import_list(&self, _: &Bulk, import: &ListImport) -> Result<Bytes, Error> {
        Ok(import.list.clone())
    }

    fn inspect_list(mut list: impl std::io::Read, _: u64) -> std::io::Result<String> {
        let count = std::io::copy(&mut list, &mut std::io::sink())?;
        Ok(format!("{{\"bytes\":{count}}}"))
    }

    async fn bulk(&self, _bulk: &Bulk, lines: &[Bytes]) -> Vec<BulkOutcome> {
        let echo = |line: &Bytes| BulkOutcome {
            subject: Some(String::from_utf8_lossy(line).into_owned()),
            ..BulkOutcome::default()
        };
        lines.iter().map(echo).collect()
    }

    fn now(&self) -> Ticks {
        Ticks::from_timestamp(jiff::Timestamp::now())
    }

    async fn ready(&self) -> Result<(), String> {
        Err("never".to_owned())
    }

    async fn figures(&self) -> Result<EngineFigures, Error> {
        Err(Error::new(ErrorKind::Unavailable, "never"))
    }

    fn replace_bounds(&self, _: Bounds) {}

    fn openapi(&self, version: Option<Version>) -> Bytes {
        json!({ "openapi": version.map(Version::segment) }).to_string().into()
    }

    fn permission(&self, name: &str) -> Option<PermissionId> {
        (name == "Read").then_some(PermissionId(0))
    }

    fn target_name(&self, _: CallTarget) -> Option<&str> {
        None
    }
}

/// The call as the domain was told it.
fn echo(call: &Call) -> String {
    json!({
        "verb": format!("{:?}", call.verb),
        "path": call.path,
        "query": call.query,
        "origin": call.origin,
        "body": String::from_utf8_lossy(&call.body),
        "bytes": call.body.len(),
        "accept": call.accept,
        "ifMatch": call.if_match,
        "tenant": call.caller.tenant,
        "kind": format!("{:?}", call.caller.kind),
        "permissions": call.caller.permissions.len(),
        "objectId": call.caller.object_id,
        "applicationId": call.caller.application_id,
        "name": call.caller.user_principal_name,
    })
    .to_string()
}

/// A server that listens.
pub struct Running {
    pub address: SocketAddr,
    pub origin: String,
    pub folder: TempDir,
    pub server: Arc<Server<StandIn>>,
    stop: mpsc::Sender<()>,
    serving: JoinHandle<()>,
}

impl Running {
    /// Starts a server on a free port.
    pub async fn start(limits: Limits, tls: bool) -> Running {
        let folder = tempfile::tempdir().unwrap();
        let dev = DevFolder::at(folder.path());
        let configuration = tls.then(|| {
            let (chain, key) = dev.server_certificate().unwrap();
            let content = TlsContent { certificate: chain.into(), key: key.into(), client_ca: None };
            Tls::of(&content).unwrap()
        });
        let audiences = GRAPH_AUDIENCES.map(str::to_owned).to_vec();
        let issuer = Issuer::new(ISSUER, audiences, KeySet::new(dev.key_source()));
        Running::serve(limits, configuration, folder, vec![issuer]).await
    }

    /// Starts a server that trusts these issuers and speaks plain HTTP.
    pub async fn start_trusting(limits: Limits, issuers: Vec<Issuer>) -> Running {
        Running::serve(limits, None, tempfile::tempdir().unwrap(), issuers).await
    }

    /// Starts a server with this TLS configuration, which trusts nobody.
    pub async fn start_with_tls(limits: Limits, tls: Tls) -> Running {
        Running::serve(limits, Some(tls), tempfile::tempdir().unwrap(), Vec::new()).await
    }

    async fn serve(limits: Limits, tls: Option<Tls>, folder: TempDir, issuers: Vec<Issuer>) -> Running {
        let tls_is_spoken = tls.is_some();
        let listener = Listener::bind("127.0.0.1:0", tls).await.unwrap();
        let server = Arc::new(Server {
            graph: StandIn,
            live: ArcSwap::from_pointee(Live::new(
                issuers,
                limits.clone(),
                None,
                "https://issuer.test/authorize".to_owned(),
                Console::of(&[]).unwrap(),
            )),
            freshness: Freshness::default(),
            figures: Arc::clone(&listener.figures),
            turns: Arc::default(),
            work: LargeWork::default(),
            room: Room::new(limits.bytes_at_once),
            stopping: Arc::clone(&listener.stopping),
            traces: Arc::default(),
            edge: Edge { strict_transport: tls_is_spoken, ..Edge::open(listener.scheme()) },
            dev_issuer: None,
            recent_requests: None,
        });
        let (stop, stopped) = mpsc::channel(2);
        let origin = listener.origin();
        let address = format!("127.0.0.1:{}", listener.port()).parse().unwrap();
        let served = Arc::clone(&server);
        let serving = tokio::spawn(async move {
            let mut stopped = stopped;
            listener.serve(responder(Arc::clone(&served)), &limits, &served.edge, &mut stopped).await;
        });
        Running { address, origin, folder, server, stop, serving }
    }

    /// Tells the server to stop; the second time, at once.
    pub fn stop(&mut self) {
        self.stop.try_send(()).unwrap();
    }

    /// Waits until the server has stopped.
    pub async fn stopped(self) {
        tokio::time::timeout(PATIENCE, self.serving).await.expect("it stops").unwrap();
    }

    /// A token that holds.
    pub fn token(&self) -> String {
        sign(self.folder.path(), &header(self.folder.path()), &claims())
    }

    /// A request line and its headers, with a token, up to the headers that the caller adds.
    pub fn head(&self, line: &str) -> String {
        format!("{line} HTTP/1.1\r\nHost: a.test\r\nAuthorization: Bearer {}\r\n", self.token())
    }

    /// Sends bytes, then reads until the server closes.
    pub async fn raw(&self, request: impl AsRef<[u8]>) -> RawResponse {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(request.as_ref()).await.unwrap();
        read(&mut stream).await
    }
}

/// The header of a token that holds.
pub fn header(folder: &Path) -> Header {
    let key = DevFolder::at(folder).signing_key().unwrap();
    Header { kid: key.jwk.common.key_id, ..Header::new(Algorithm::RS256) }
}

/// The claims of a token that holds.
pub fn claims() -> Value {
    let now = now();
    json!({
        "iss": ISSUER.replace("{tenantid}", TENANT),
        "aud": GRAPH_AUDIENCES[0],
        "iat": now, "nbf": now, "exp": now + 600,
        "tid": TENANT,
        "oid": "00000000-0000-4000-8000-0000000000aa",
        "roles": ["Read", "Unknown"],
    })
}

/// The time now, in seconds since 1970.
pub fn now() -> u64 {
    std::time::UNIX_EPOCH.elapsed().unwrap().as_secs()
}

/// Signs claims with the folder's key.
pub fn sign(folder: &Path, header: &Header, claims: &Value) -> String {
    let pem = std::fs::read(folder.join("token-key.pem")).unwrap();
    jsonwebtoken::encode(header, claims, &EncodingKey::from_rsa_pem(&pem).unwrap()).unwrap()
}

/// A response as read from a socket.
#[derive(Debug)]
pub struct RawResponse {
    pub status: u16,
    pub head: String,
    pub body: String,
}

impl RawResponse {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The number of the error.
    pub fn number(&self) -> u64 {
        self.json()["error"]["innerError"]["number"].as_u64().unwrap()
    }

    /// Checks that this is an error as Graph has it, and returns its code.
    pub fn error_code(&self) -> String {
        let body = self.json();
        let error = &body["error"];
        let id = self.header("request-id").unwrap_or_else(|| panic!("no request-id: {self:?}"));
        assert_eq!(error["innerError"]["request-id"], id, "{self:?}");
        assert_eq!(error["innerError"]["client-request-id"], self.header("client-request-id").unwrap());
        let date = error["innerError"]["date"].as_str().unwrap();
        assert!(date.len() == 20 && date.ends_with('Z'), "{date}");
        assert!(!error["message"].as_str().unwrap().is_empty());
        error["code"].as_str().unwrap().to_owned()
    }
}

/// Reads a response until the server closes, or until all of it is here.
pub async fn read(stream: &mut (impl AsyncReadExt + Unpin)) -> RawResponse {
    let mut bytes = Vec::new();
    let reading = async {
        let mut buffer = [0; 16 << 10];
        loop {
            match stream.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(count) => bytes.extend_from_slice(&buffer[..count]),
            }
            if complete(&bytes) {
                return;
            }
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect("an answer or an end");
    let text = String::from_utf8_lossy(&bytes);
    let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((text, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    RawResponse { status, head: head.to_owned(), body: body.to_owned() }
}

/// Reads responses until the server closes, each as long as it says.
pub async fn read_all(stream: &mut (impl AsyncReadExt + Unpin)) -> Vec<RawResponse> {
    let mut bytes = Vec::new();
    let reading = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes));
    reading.await.expect("an end").unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let (mut responses, mut rest) = (Vec::new(), text.as_str());
    while let Some((head, after)) = rest.split_once("\r\n\r\n") {
        let length = content_length(head).unwrap_or_else(|| panic!("no length: {head}"));
        let (body, next) = after.split_at(length);
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        responses.push(RawResponse { status, head: head.to_owned(), body: body.to_owned() });
        rest = next;
    }
    responses
}

fn content_length(head: &str) -> Option<usize> {
    head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok())
}

fn complete(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&text);
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    content_length(head).is_some_and(|length| body.len() >= length)
}
