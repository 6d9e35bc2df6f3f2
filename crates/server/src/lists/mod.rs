//! `/_/inspect` and `/_/import`: lists in CSV, for clients that show people what is wrong with a list before they import
//! it, and import it a few rows at a time.

mod import;
mod inspect;
mod options;
mod sender;
mod upload;

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use engine::Verb;
use http::request::Parts;
use http::{HeaderMap, header};

use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request;
use crate::request_error::{RequestError, shown};
use crate::server::Server;

pub use sender::ListSender;

/// The media type of a list.
const CSV: &str = "text/csv";

/// What is done with a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListTask {
    /// It is read, and nothing is written.
    Inspect,
    /// Its rows are registered.
    Import,
}

impl ListTask {
    /// The task at a path, if it is one of these.
    pub fn at(path: &str) -> Option<ListTask> {
        let path = path.strip_suffix('/').unwrap_or(path);
        let tasks = [ListTask::Inspect, ListTask::Import];
        tasks.into_iter().find(|task| path.eq_ignore_ascii_case(task.path()))
    }

    fn path(self) -> &'static str {
        match self {
            ListTask::Inspect => "/_/inspect",
            ListTask::Import => "/_/import",
        }
    }
}

/// Answers a request with a list.
pub async fn answer<G: Graph>(
    server: &Arc<Server<G>>,
    task: ListTask,
    head: &Parts,
    body: Body,
    sender: ListSender,
    names: &RequestNames,
) -> Result<Response, RequestError> {
    request::only_post(request::verb(&head.method)?)?;
    check_media_type(&head.headers)?;
    server.admit(&sender.caller, Verb::Post, task.path())?;
    match task {
        ListTask::Inspect => inspect::answer(server, head, body).await,
        ListTask::Import => import::answer(server, head, body, sender, names).await,
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), RequestError> {
    let told = headers.get(header::CONTENT_TYPE).map_or("none", |value| value.to_str().unwrap_or("?"));
    let media_type = told.split(';').next().unwrap_or("").trim();
    if media_type.eq_ignore_ascii_case(CSV) {
        return Ok(());
    }
    let shown = shown(media_type);
    Err(RequestError::UnsupportedMediaType(format!("the media type '{shown}' is not taken here; send {CSV}")))
}

#[cfg(test)]
mod tests {
    use super::ListTask;

    #[test]
    fn a_path_is_a_task() {
        for (path, expected) in [
            ("/_/inspect", Some(ListTask::Inspect)),
            ("/_/Import/", Some(ListTask::Import)),
            ("/_/imports", None),
            ("/_/import/x", None),
        ] {
            assert_eq!(ListTask::at(path), expected, "{path}");
        }
    }
}
