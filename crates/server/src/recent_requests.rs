//! `/_/requests`, in dev mode only: the last requests that the API was asked, for whoever builds a tool. They are in memory, and
//! so many of them; of a request there is what its log line says, and the query as far as it is OData's and of no password.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::response::Response;
use engine::{Answer, Authorization, Caller, CallerKind, Status, Verb};
use http::request::Parts;
use jiff::Timestamp;
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::request_error::{RequestError, shown};
use crate::{code, http as wire, request};

/// The path, which is no part of the model.
const PATH: &str = "/_/requests";
/// The requests that are kept.
const KEPT_MAX: usize = 500;
/// The bytes of a query that are kept.
const QUERY_BYTES_MAX: usize = 2_048;
/// What stands for a value that is not kept.
const LEFT_OUT: &str = "…";

/// The last requests.
#[derive(Debug, Default)]
pub struct RecentRequests(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// How many there have been.
    count: u64,
    requests: VecDeque<RecentRequest>,
}

/// A request that was answered.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RecentRequest {
    number: u64,
    #[serde(serialize_with = "as_text")]
    date_time: Timestamp,
    request_id: String,
    /// The id in its batch, if it is part of one.
    part: Option<String>,
    method: String,
    path: String,
    query: String,
    status: u16,
    milliseconds: f64,
    caller: Option<RecentCaller>,
    /// The permission by which it was allowed.
    permission: Option<String>,
    error: Option<RecentError>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RecentCaller {
    #[serde(skip)]
    tenant: Uuid,
    application: Uuid,
    kind: &'static str,
    user_principal_name: Option<String>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RecentError {
    code: &'static str,
    number: u16,
    message: String,
    target: Option<String>,
}

/// What is to be noted of a request.
pub struct NotedRequest<'a> {
    pub request_id: &'a str,
    pub part: Option<&'a str>,
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub milliseconds: f64,
    pub response: &'a Response,
    pub error: Option<&'a RequestError>,
    pub caller: Option<&'a Caller>,
}

impl RecentRequests {
    /// Notes a request of the API, but none for what is noted.
    pub fn note(&self, noted: &NotedRequest<'_>) {
        if !request::is_below_root(noted.path) || is_requests(noted.path) {
            return;
        }
        let told = noted.response.extensions().get::<Authorization>();
        let permission = told.and_then(|authorization| authorization.permission.as_deref());
        let mut request = RecentRequest {
            number: 0,
            date_time: Timestamp::now(),
            request_id: noted.request_id.to_owned(),
            part: noted.part.map(str::to_owned),
            method: noted.method.to_owned(),
            path: noted.path.to_owned(),
            query: query(noted.query),
            status: noted.response.status().as_u16(),
            milliseconds: noted.milliseconds,
            caller: noted.caller.map(caller),
            permission: permission.map(str::to_owned),
            error: noted.error.map(error),
        };
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        request.number = kept.count;
        if kept.requests.len() == KEPT_MAX {
            kept.requests.pop_front();
        }
        kept.requests.push_back(request);
    }

    /// The requests of a tenant, and those of nobody, after a number; the newest first.
    fn after(&self, tenant: Uuid, number: u64) -> Vec<RecentRequest> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest_first = kept.requests.iter().rev().take_while(|request| request.number > number);
        let own = newest_first
            .filter(|request| request.caller.as_ref().is_none_or(|caller| caller.tenant == tenant));
        own.cloned().collect()
    }
}

/// A time is written when somebody reads it.
fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// Whether a path is that of the recent requests.
pub fn is_requests(path: &str) -> bool {
    path.strip_suffix('/').unwrap_or(path) == PATH
}

/// Answers a call of `/_/requests`: what the caller's tenant has asked, after the number that the query may name.
pub fn answer(
    recent: Option<&RecentRequests>,
    head: &Parts,
    caller: &Caller,
) -> Result<Response, RequestError> {
    let Some(recent) = recent else { return Err(RequestError::no_such_path(PATH)) };
    match request::verb(&head.method)? {
        Verb::Get => {}
        verb => return Err(engine::Error::method_not_allowed(verb, vec![Verb::Get]).into()),
    }
    let after = match head.uri.query().and_then(|query| query.split_once('=')) {
        None => 0,
        Some(("after", number)) => number.parse().map_err(|_| {
            RequestError::Malformed(format!(
                "'after' is the number of a request, and not '{}'",
                shown(number)
            ))
        })?,
        Some((name, _)) => {
            return Err(RequestError::Malformed(format!(
                "the only query option here is 'after', and not '{}'",
                shown(name)
            )));
        }
    };
    let value = recent.after(caller.tenant, after);
    let text = serde_json::to_string(&serde_json::json!({ "value": value }));
    let text = text.map_err(|error| RequestError::Internal(error.to_string()))?;
    Ok(wire::response(Answer::json(Status::Ok, text)))
}

fn caller(caller: &Caller) -> RecentCaller {
    RecentCaller {
        tenant: caller.tenant,
        application: caller.application_id,
        kind: match caller.kind {
            CallerKind::Delegated => "delegated",
            CallerKind::Application => "application",
        },
        user_principal_name: caller.user_principal_name.clone(),
    }
}

fn error(error: &RequestError) -> RecentError {
    RecentError {
        code: code::name(error.code()),
        number: error.code().0,
        message: error.message(),
        target: error.target().map(str::to_owned),
    }
}

/// A query as it is kept: values of OData's own options, unless they are about passwords; of others the name.
fn query(query: &str) -> String {
    if query.is_empty() {
        return String::new();
    }
    let query = &query[..query.floor_char_boundary(QUERY_BYTES_MAX)];
    let option = |option: &str| match option.split_once('=') {
        Some((name, value)) if !is_kept(name, value) => format!("{name}={LEFT_OUT}"),
        _ => option.to_owned(),
    };
    query.split('&').map(option).collect::<Vec<_>>().join("&")
}

fn is_kept(name: &str, value: &str) -> bool {
    let mut read = form_urlencoded::parse(value.as_bytes());
    let is_of_password =
        read.any(|(text, rest)| format!("{text}={rest}").to_ascii_lowercase().contains("password"));
    (name.starts_with('$') || name.starts_with("%24")) && !is_of_password
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::Response;
    use uuid::Uuid;

    use super::{KEPT_MAX, NotedRequest, RecentRequests, query};

    fn note(recent: &RecentRequests, path: &str) {
        let response = Response::new(Body::empty());
        let (request_id, part, method, query) = ("id", None, "GET", "");
        recent.note(&NotedRequest {
            request_id,
            part,
            method,
            path,
            query,
            milliseconds: 1.0,
            response: &response,
            error: None,
            caller: None,
        });
    }

    #[test]
    fn so_many_are_kept_and_no_more() {
        let recent = RecentRequests::default();
        for _ in 0..KEPT_MAX + 7 {
            note(&recent, "/beta/books");
        }
        let kept = recent.after(Uuid::nil(), 0);
        assert_eq!(kept.len(), KEPT_MAX);
        assert_eq!(kept.first().map(|request| request.number), Some(KEPT_MAX as u64 + 7));
        assert_eq!(recent.after(Uuid::nil(), KEPT_MAX as u64 + 5).len(), 2);
    }

    #[test]
    fn only_the_api_is_noted_and_not_who_looks_at_it() {
        let recent = RecentRequests::default();
        for path in ["/console", "/healthz", "/_/requests", "/_/requests/", "/t/oauth2/v2.0/token"] {
            note(&recent, path);
        }
        assert!(recent.after(Uuid::nil(), 0).is_empty());
    }

    #[test]
    fn a_query_is_kept_without_what_may_be_secret() {
        for (sent, kept) in [
            ("", ""),
            ("$top=5&%24skip=1", "$top=5&%24skip=1"),
            ("access_token=abc&$top=5", "access_token=…&$top=5"),
            ("$filter=currentPassword%20eq%20'x'", "$filter=…"),
            ("$filter=currentP%61ssword eq 'x'", "$filter=…"),
            ("flag", "flag"),
        ] {
            assert_eq!(query(sent), kept, "{sent}");
        }
    }
}
