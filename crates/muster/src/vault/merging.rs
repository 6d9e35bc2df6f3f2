//! Sends copied records to a server, which says of each what became of it.

use std::io::Write;

use domain::password_copies::{MERGE_PATH, MergeBody, MergeOutcome, outcomes};
use futures_util::future::BoxFuture;
use reqwest::{Method, StatusCode};
use uuid::Uuid;

use crate::graph_client::{GraphClient, GraphReply, KeyedBody, RequestFailure, Stopped};

/// The server that records are sent to, and how.
pub struct Merging<'c> {
    pub client: &'c GraphClient,
    pub takes_conflicts: bool,
    pub rehearses: bool,
}

impl Merging<'_> {
    /// Sends records, in halves if the server refuses them because of some. Sent twice, they change nothing.
    pub fn send(&self, body: MergeBody) -> BoxFuture<'_, Result<Vec<MergeOutcome>, Stopped>> {
        Box::pin(async move {
            if body.is_empty() {
                return Ok(Vec::new());
            }
            let key = Uuid::new_v4().to_string();
            let json = body.json(self.takes_conflicts, self.rehearses);
            let mut retries = self.client.retries();
            loop {
                let keyed = KeyedBody { json: json.to_string(), idempotency_key: &key };
                match self.client.ask(Method::POST, MERGE_PATH, Some(keyed)).await {
                    Ok(GraphReply { status, body: answer }) if status.is_success() => {
                        let strange = || {
                            Stopped(format!(
                                "the server at {} answers with something strange",
                                self.client.target()
                            ))
                        };
                        return outcomes(&body, &answer).ok_or_else(strange);
                    }
                    // Somebody else changes the same records at this moment.
                    Ok(GraphReply { status: StatusCode::CONFLICT, body: answer }) => {
                        retries.wait(message(&answer).to_owned(), None).await?;
                    }
                    Ok(GraphReply { body: answer, .. }) => {
                        return self.in_halves(body, message(&answer)).await;
                    }
                    Err(RequestFailure::Temporary(reason, retry_after)) => {
                        retries.wait(reason, retry_after).await?;
                    }
                    Err(RequestFailure::Refused(_, stopped) | RequestFailure::Final(stopped)) => {
                        return Err(stopped);
                    }
                }
            }
        })
    }

    async fn in_halves(&self, body: MergeBody, reason: &str) -> Result<Vec<MergeOutcome>, Stopped> {
        match body.halves() {
            Ok((one, other)) => {
                let mut outcomes = self.send(one).await?;
                outcomes.extend(self.send(other).await?);
                Ok(outcomes)
            }
            Err(refused) => {
                // If standard error is closed there is nobody to tell.
                let _ = writeln!(std::io::stderr(), "muster: the server refuses {}: {reason}", refused.id);
                Ok(vec![refused])
            }
        }
    }
}

fn message(answer: &serde_json::Value) -> &str {
    answer["error"]["message"].as_str().unwrap_or("no reason given")
}
