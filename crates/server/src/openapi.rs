//! `/_/openapi.json`: what can be asked here. Needs no token, as it tells no more than the documentation does.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use http::{HeaderValue, Uri, header};
use odata::edm::Version;

use crate::graph::Graph;
use crate::request_error::{RequestError, shown};
use crate::server::Server;

/// The path of the document.
pub const PATH: &str = "/_/openapi.json";

/// Answers with the document about all versions, or about one: `?version=v1.0`.
pub async fn document<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    uri: Uri,
) -> Result<Response, RequestError> {
    let version = version(uri.query().unwrap_or(""))?;
    let mut response = Response::new(Body::from(server.graph.openapi(version)));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}

fn version(query: &str) -> Result<Option<Version>, RequestError> {
    let mut options = query.split('&');
    let Some(wanted) = options.find_map(|option| option.strip_prefix("version=")) else { return Ok(None) };
    let shown = shown(wanted);
    let known = Version::ALL.map(Version::segment).join(" and ");
    let unknown = || RequestError::Malformed(format!("there is no version '{shown}'; there are {known}"));
    Version::from_segment(wanted).map(Some).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    use odata::edm::Version;

    use super::version;

    #[test]
    fn a_version_is_one_that_there_is() {
        for (query, expected) in [
            ("", Some(None)),
            ("x=1", Some(None)),
            ("version=v1.0", Some(Some(Version::V1))),
            ("x=1&version=Beta", Some(Some(Version::Beta))),
            ("version=", None),
            ("version=2", None),
        ] {
            assert_eq!(version(query).ok(), expected, "{query}");
        }
    }
}
