//! The server: where it is, whom it trusts, and how often it is asked again when it does not answer.

use std::net::IpAddr;
use std::path::Path;
use std::time::Duration;

use reqwest::{Certificate, Client, Method, Response, StatusCode, header};
use serde_json::Value;
use server::StartupError;
use server::dev::{DevFolder, TENANT_DEFAULT};

use super::bearer_token::BearerToken;
use super::stopped::ImportStopped;
use crate::command_line::{DATA_DEFAULT, ServerArguments};

/// The most times that a request is sent that gets no answer, or one that says later.
const ATTEMPTS_MAX: u32 = 10;
/// The first wait, which doubles up to the longest. All of them together take most of a minute.
const PAUSE_FIRST: Duration = Duration::from_millis(200);
const PAUSE_MAX: Duration = Duration::from_secs(10);
/// The longest wait that a server may ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60);
/// The time a server may take to answer, and to take a connection.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(120);
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// A client of the server that registers the list.
pub struct GraphClient {
    http: Client,
    /// The URL of the server, such as `https://127.0.0.1:8443`.
    url: String,
    token: BearerToken,
}

/// Some items of a collection.
pub struct CollectionPage {
    pub items: Vec<Value>,
    /// The URL of the next page.
    next: Option<String>,
}

/// A body in JSON, and the key by which the server knows it when it is sent again.
pub struct KeyedBody<'b> {
    pub json: String,
    pub idempotency_key: &'b str,
}

/// An answer, good or bad, that asking again would not change.
pub struct GraphReply {
    pub status: StatusCode,
    pub body: Value,
}

/// The reason why a request has no answer of use.
pub enum RequestFailure {
    /// An answer may come later, after this time if the server names one.
    Temporary(String, Option<Duration>),
    /// No answer will come.
    Final(ImportStopped),
}

/// The attempts at one request.
#[derive(Default)]
pub struct Retries {
    attempts: u32,
}

impl Retries {
    /// Waits before the next attempt, unless there were too many.
    pub async fn wait(&mut self, reason: String, retry_after: Option<Duration>) -> Result<(), ImportStopped> {
        self.attempts += 1;
        if self.attempts >= ATTEMPTS_MAX {
            return Err(ImportStopped(reason));
        }
        let pause = (PAUSE_FIRST * 2_u32.pow(self.attempts - 1)).min(PAUSE_MAX);
        tokio::time::sleep(retry_after.map_or(pause, |asked| asked.min(RETRY_AFTER_MAX))).await;
        Ok(())
    }
}

impl GraphClient {
    /// Makes a client by what the command line says, else by the environment that `muster env` makes, else by the dev
    /// folder.
    pub fn new(arguments: &ServerArguments) -> Result<GraphClient, StartupError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_by_folder = arguments.data.is_some() || arguments.tenant.is_some();
        let from_environment = |name: &str| if is_by_folder { None } else { variable(name) };
        let path = arguments.data.as_deref().unwrap_or(Path::new(DATA_DEFAULT));
        let folder = DevFolder::at(path);
        let token = match arguments.token.clone().or_else(|| from_environment("MUSTER_TOKEN")) {
            Some(token) => BearerToken::Given(token),
            None if path.is_dir() => {
                let tenant = arguments.tenant.unwrap_or(TENANT_DEFAULT);
                BearerToken::made(folder.clone(), tenant)
            }
            None => {
                return Err(StartupError::Misused(format!(
                    "there is no token and no folder '{}'; set MUSTER_TOKEN as muster env prints it, or pass --token, or --data DIR for the folder of a dev server",
                    path.display()
                )));
            }
        };
        let given = arguments.url.clone().or_else(|| from_environment("GRAPH_BASE_URL"));
        let url = given.clone().unwrap_or_else(|| folder.origin());
        let parsed = server_url(&url)?;
        // As the parser writes it, one server has one URL.
        let url = parsed.as_str().trim_end_matches('/').to_owned();
        let folders_own = path.join("ca.pem");
        let is_folders = given.is_none() || is_by_folder || url == folder.origin();
        let authority = match &arguments.ca {
            Some(file) => Some(file.clone()),
            None if folders_own.is_file() && is_folders => Some(folders_own),
            None => variable("SSL_CERT_FILE").map(Into::into),
        };
        let http = http_client(&parsed, authority.as_deref())?;
        Ok(GraphClient { http, url, token })
    }

    /// The URL of the server.
    pub fn target(&self) -> &str {
        &self.url
    }

    /// The tenant in which the client acts; none if the token names none.
    pub fn tenant(&self) -> Option<String> {
        self.token.tenant()
    }

    /// Sends a request once.
    pub async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<KeyedBody<'_>>,
    ) -> Result<GraphReply, RequestFailure> {
        let token = self.token.get().map_err(|reason| RequestFailure::Final(ImportStopped(reason)))?;
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let mut request = self.http.request(method, url).bearer_auth(token);
        if let Some(KeyedBody { json, idempotency_key }) = body {
            request = request.header(header::CONTENT_TYPE, "application/json").body(json);
            request = request.header("Prefer", "return=minimal");
            request = request.header("Idempotency-Key", idempotency_key);
        }
        let answer = async {
            let response = request.send().await?;
            let (status, retry_after) = (response.status(), retry_after(&response));
            Ok::<_, reqwest::Error>((status, retry_after, response.bytes().await?))
        };
        let (status, retry_after, bytes) = answer.await.map_err(|error| {
            let reason = reason(&error);
            // Whom we do not trust now we shall not trust in a moment.
            match reason.contains("certificate") {
                true => RequestFailure::Final(ImportStopped(format!(
                    "the server at {} is not to be trusted: {reason}; name its authority with --ca FILE",
                    self.url
                ))),
                false => RequestFailure::Temporary(
                    format!("the server at {} does not answer: {reason}", self.url),
                    None,
                ),
            }
        })?;
        // Whoever needs a body looks whether it is what it should be; a proxy's is any text.
        let body: Value = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        let said = || {
            let message = body["error"]["message"].as_str().unwrap_or("no reason given");
            format!("the server at {} answers {}: {message}", self.url, status.as_u16())
        };
        match status {
            StatusCode::UNAUTHORIZED if self.token.forget() => Err(RequestFailure::Temporary(said(), None)),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                Err(RequestFailure::Final(ImportStopped(said())))
            }
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::INSUFFICIENT_STORAGE => {
                Err(RequestFailure::Final(ImportStopped(said())))
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Err(RequestFailure::Temporary(said(), retry_after))
            }
            status if status.is_server_error() => Err(RequestFailure::Temporary(said(), retry_after)),
            status if status.is_redirection() => Err(RequestFailure::Final(ImportStopped(said()))),
            status => Ok(GraphReply { status, body }),
        }
    }

    /// Reads a resource, in several attempts if need be. A refusal ends the import.
    async fn read(&self, path: &str) -> Result<Value, ImportStopped> {
        let mut retries = Retries::default();
        loop {
            match self.ask(Method::GET, path, None).await {
                Ok(GraphReply { status, body }) if status.is_success() => return Ok(body),
                Ok(GraphReply { status, body }) => {
                    let message = body["error"]["message"].as_str().unwrap_or("no reason given");
                    return Err(ImportStopped(format!("the server answers {}: {message}", status.as_u16())));
                }
                Err(RequestFailure::Temporary(reason, retry_after)) => {
                    retries.wait(reason, retry_after).await?
                }
                Err(RequestFailure::Final(stop)) => return Err(stop),
            }
        }
    }

    /// All items of a collection.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, ImportStopped> {
        let (mut items, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next.take() {
            let mut page = self.page(&path).await?;
            items.append(&mut page.items);
            next = page.next;
        }
        Ok(items)
    }

    /// A page of a collection. An answer that holds none is no empty page: what is registered would be taken for lost.
    pub async fn page(&self, path: &str) -> Result<CollectionPage, ImportStopped> {
        let mut body = self.read(path).await?;
        let next = body["@odata.nextLink"].as_str().map(str::to_owned);
        match body.get_mut("value").map(Value::take) {
            Some(Value::Array(items)) => Ok(CollectionPage { items, next }),
            _ => Err(ImportStopped(format!(
                "the server at {} answers with something that is no list; name its URL with --url",
                self.url
            ))),
        }
    }
}

/// The URL of a server as somebody wrote it.
pub fn server_url(text: &str) -> Result<reqwest::Url, StartupError> {
    let parsed = reqwest::Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    parsed
        .ok_or_else(|| StartupError::Misused(format!("'{text}' is not a URL such as https://127.0.0.1:8443")))
}

/// An HTTP client for a server, which trusts these authorities, or the system's.
pub fn http_client(url: &reqwest::Url, authority: Option<&Path>) -> Result<Client, StartupError> {
    let mut builder = Client::builder()
        .connect_timeout(CONNECT_TIME_MAX)
        .timeout(ANSWER_TIME_MAX)
        .redirect(reqwest::redirect::Policy::none());
    let is_local = |host: &str| {
        let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
        host == "localhost" || address.is_ok_and(|address| address.is_loopback())
    };
    if url.host_str().is_some_and(is_local) {
        builder = builder.no_proxy();
    }
    if let Some(file) = authority {
        let unusable = |error: &dyn std::fmt::Display| {
            StartupError::Misused(format!("cannot use {}: {error}", file.display()))
        };
        let pem = std::fs::read(file).map_err(|error| unusable(&error))?;
        let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| unusable(&error))?;
        builder = builder.tls_certs_only(certificates);
    } else if url.scheme() == "http" {
        // There is nothing to trust, and no need to look for it.
        builder = builder.tls_certs_only([]);
    }
    builder.build().map_err(|error| StartupError::Failed(format!("cannot make HTTPS requests: {error}")))
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The innermost reason of an error, which is the one that says something.
fn reason(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}
