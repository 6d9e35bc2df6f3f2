//! A server that speaks Graph: how it is asked, and what its answers mean for whoever asks.

use std::path::Path;

use reqwest::header::{self, HeaderMap};
use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use server::StartupError;
use server::dev::{DevFolder, TENANT_DEFAULT};

use super::bearer_token::BearerToken;
use super::failure::{ReadFailure, RequestFailure};
use super::http::{http_client, reason, retry_after, server_url};
use super::retries::{Patience, Retries};
use super::stopped::Stopped;
use crate::server_arguments::{DATA_DEFAULT, ServerArguments};

/// A client of a server.
pub struct GraphClient {
    http: Client,
    /// The URL of the server, such as `https://127.0.0.1:8443`.
    url: String,
    token: BearerToken,
    /// What goes with every request.
    headers: HeaderMap,
    patience: Patience,
}

/// Some items of a collection.
pub struct CollectionPage {
    pub items: Vec<Value>,
    /// The URL of the next page.
    pub next: Option<String>,
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

impl GraphClient {
    /// Makes a client by what the command line says, else by the environment that `muster env` makes, else by the dev
    /// folder.
    pub fn new(arguments: &ServerArguments) -> Result<GraphClient, StartupError> {
        GraphClient::with_token(arguments, None)
    }

    /// The same, with this token if there is one.
    pub fn with_token(
        arguments: &ServerArguments,
        token: Option<BearerToken>,
    ) -> Result<GraphClient, StartupError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let is_by_folder = arguments.data.is_some() || arguments.tenant.is_some();
        let from_environment = |name: &str| if is_by_folder { None } else { variable(name) };
        let path = arguments.data.as_deref().unwrap_or(Path::new(DATA_DEFAULT));
        let folder = DevFolder::at(path);
        let given = arguments.token.clone().or_else(|| from_environment("MUSTER_TOKEN"));
        let token = match token.or_else(|| given.map(BearerToken::Given)) {
            Some(token) => token,
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
        Ok(GraphClient { http, url, token, headers: HeaderMap::new(), patience: Patience::SHORT })
    }

    /// A client of a server of somebody else.
    pub fn foreign(url: &reqwest::Url, http: Client, token: BearerToken, headers: HeaderMap) -> GraphClient {
        let url = url.as_str().trim_end_matches('/').to_owned();
        GraphClient { http, url, token, headers, patience: Patience::LONG }
    }

    /// The same client, which goes on asking for so long.
    pub fn patient(self, patience: Patience) -> GraphClient {
        GraphClient { patience, ..self }
    }

    /// The attempts at a request.
    pub fn retries(&self) -> Retries {
        Retries::new(self.patience)
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
        let token = self.token.get().await?;
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.url) };
        let mut request = self.http.request(method, url).headers(self.headers.clone()).bearer_auth(token);
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
                true => RequestFailure::Final(Stopped(format!(
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
            StatusCode::UNAUTHORIZED if self.token.forget().await => {
                Err(RequestFailure::Temporary(said(), None))
            }
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND => {
                Err(RequestFailure::Refused(status, Stopped(said())))
            }
            StatusCode::METHOD_NOT_ALLOWED | StatusCode::INSUFFICIENT_STORAGE => {
                Err(RequestFailure::Final(Stopped(said())))
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Err(RequestFailure::Temporary(said(), retry_after))
            }
            status if status.is_server_error() => Err(RequestFailure::Temporary(said(), retry_after)),
            status if status.is_redirection() => Err(RequestFailure::Final(Stopped(said()))),
            status => Ok(GraphReply { status, body }),
        }
    }

    /// Reads a resource, in several attempts if need be.
    async fn read(&self, path: &str) -> Result<Value, ReadFailure> {
        let mut retries = self.retries();
        loop {
            match self.ask(Method::GET, path, None).await {
                Ok(GraphReply { status, body }) if status.is_success() => return Ok(body),
                Ok(GraphReply { status, body }) => {
                    let message = body["error"]["message"].as_str().unwrap_or("no reason given");
                    let stopped = Stopped(format!("the server answers {}: {message}", status.as_u16()));
                    return Err(ReadFailure { status: Some(status), stopped });
                }
                Err(RequestFailure::Temporary(reason, retry_after)) => {
                    retries.wait(reason, retry_after).await?
                }
                Err(RequestFailure::Refused(status, stopped)) => {
                    return Err(ReadFailure { status: Some(status), stopped });
                }
                Err(RequestFailure::Final(stopped)) => return Err(stopped.into()),
            }
        }
    }

    /// All items of a collection. A refusal ends it.
    pub async fn list(&self, path: &str) -> Result<Vec<Value>, Stopped> {
        let (mut items, mut next) = (Vec::new(), Some(path.to_owned()));
        while let Some(path) = next.take() {
            let mut page = self.page(&path).await?;
            items.append(&mut page.items);
            next = page.next;
        }
        Ok(items)
    }

    /// A page of a collection. An answer that holds none is no empty page: what is there would be taken for lost.
    pub async fn page(&self, path: &str) -> Result<CollectionPage, ReadFailure> {
        let mut body = self.read(path).await?;
        let next = body["@odata.nextLink"].as_str().map(str::to_owned);
        match body.get_mut("value").map(Value::take) {
            Some(Value::Array(items)) => Ok(CollectionPage { items, next }),
            _ => Err(Stopped(format!(
                "the server at {} answers with something that is no list; name its URL with --url",
                self.url
            ))
            .into()),
        }
    }
}
