//! The URLs of requests in a batch: relative to the batch's version, versioned, or absolute (JSON format 4.01, 19.1).

use std::fmt::Write;

use super::{BatchPlan, BatchRequest};
use crate::edm::Version;
use crate::error::cut;
use crate::{Error, ErrorKind};

/// The host by which clients know the service that we stand in for.
const GRAPH_HOST: &str = "graph.microsoft.com";

/// The last segment of a batch's own URL.
const BATCH: &str = "$batch";

/// The path and query, rooted and with a version, of a URL in a batch of this version that was sent to this origin.
/// What may not stand in a URL and cannot be mistaken, such as a blank, is escaped.
pub fn target(url: &str, version: Version, origin: &str) -> Result<String, Error> {
    let target = match url.split_once("://") {
        Some((scheme, rest)) if scheme.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(end);
            let is_ours = format!("{scheme}://{authority}").eq_ignore_ascii_case(origin);
            let is_graph = scheme.eq_ignore_ascii_case("https") && authority.eq_ignore_ascii_case(GRAPH_HOST);
            if !is_ours && !is_graph {
                let message = format!("The URL '{}' leads to another server than this batch.", cut(url));
                return Err(Error::new(ErrorKind::BadPath, message));
            }
            path.to_owned()
        }
        _ => versioned(url, version),
    };
    if is_batch(target.split('?').next().unwrap_or_default()).is_some() {
        return Err(Error::new(ErrorKind::BadPath, "A batch cannot hold another batch."));
    }
    Ok(escaped(&target))
}

/// The version of a path such as `/beta/$batch`; None if it is another path.
pub fn is_batch(path: &str) -> Option<Version> {
    let path = path.strip_suffix('/').unwrap_or(path);
    let (version, name) = path.strip_prefix('/')?.split_once('/')?;
    let is_named = name.eq_ignore_ascii_case(BATCH) || name.eq_ignore_ascii_case("%24batch");
    Version::from_segment(version).filter(|_| is_named)
}

/// The request whose new entity a URL starts from, as in `$1/parts`, and the rest of the URL (JSON format 4.01,
/// 19.1.3).
pub fn reference<'b>(batch: &BatchPlan, request: &'b BatchRequest) -> Option<(usize, &'b str)> {
    let url = request.url.strip_prefix('/').unwrap_or(&request.url);
    let after = url.strip_prefix('$')?;
    let (name, rest) = after.split_at(after.find(['/', '?']).unwrap_or(after.len()));
    let at = batch.requests.iter().position(|other| other.id == name)?;
    Some((at, rest))
}

fn versioned(url: &str, version: Version) -> String {
    let relative = url.strip_prefix('/').unwrap_or(url);
    let first = relative.split(['/', '?']).next().unwrap_or_default();
    match Version::from_segment(first) {
        Some(_) => format!("/{relative}"),
        None => format!("/{}/{relative}", version.segment()),
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'#' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}' => {
                let _ = write!(out, "%{byte:02X}");
            }
            b'!'..=b'~' => out.push(char::from(byte)),
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
