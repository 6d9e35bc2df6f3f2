//! `muster enroll-code`: has the server make a code by which machines enroll.

use domain::CREATE_CODE_PATH;
use reqwest::Method;
use serde_json::json;
use server::StartupError;
use uuid::Uuid;

use crate::command_line::EnrollCodeArguments;
use crate::graph_client::{GraphClient, KeyedBody, RequestFailure, Retries};

const NANOSECONDS_PER_TICK: u128 = 100;

/// The code to print.
pub fn run(arguments: &EnrollCodeArguments) -> Result<String, StartupError> {
    server::tls::install();
    let client = GraphClient::new(&arguments.server)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| StartupError::Failed(format!("cannot start threads: {error}")))?;
    runtime.block_on(code(arguments, &client))
}

async fn code(arguments: &EnrollCodeArguments, client: &GraphClient) -> Result<String, StartupError> {
    let ticks = i64::try_from(arguments.expires_in.as_nanos() / NANOSECONDS_PER_TICK).unwrap_or(i64::MAX);
    let body = json!({
        "quota": arguments.quota,
        "expiresIn": odata::duration::print(ticks),
        "groupTag": arguments.group_tag,
        "replacesKeys": arguments.replace,
    });
    let (json, key) = (body.to_string(), Uuid::new_v4().to_string());
    let mut retries = Retries::default();
    loop {
        let body = KeyedBody { json: json.clone(), idempotency_key: &key };
        match client.ask(Method::POST, CREATE_CODE_PATH, Some(body)).await {
            Ok(reply) if reply.status.is_success() => {
                let code = reply.body["code"].as_str().map(str::to_owned);
                let missing = || {
                    StartupError::Failed(format!("the server at {} answers without a code", client.target()))
                };
                return code.ok_or_else(missing);
            }
            Ok(reply) => {
                let message = reply.body["error"]["message"].as_str().unwrap_or("no reason given");
                return Err(StartupError::Failed(format!("the server refuses: {message}")));
            }
            Err(RequestFailure::Temporary(reason, retry_after)) => {
                let waited = retries.wait(reason, retry_after).await;
                waited.map_err(|stopped| StartupError::Failed(stopped.0))?;
            }
            Err(RequestFailure::Refused(_, stopped) | RequestFailure::Final(stopped)) => {
                return Err(StartupError::Failed(stopped.0));
            }
        }
    }
}
