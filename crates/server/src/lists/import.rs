//! `POST /_/import?importId=…`: some rows of a list, and what became of each.

use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use domain::{Bulk, ListImport};
use engine::{Answer, Status, Verb};
use http::request::Parts;
use odata::code;

use super::options::{Options, refused};
use super::sender::ListSender;
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::{body, http as wire};

/// The query options.
const OPTIONS: &[&str] = &["importId", "groupTag", "dryRun"];
/// The most characters of an import id, to which the halves of a list add their own.
const IMPORT_ID_MAX: usize = 100;

pub(super) async fn answer<G: Graph>(
    server: &Arc<Server<G>>,
    head: &Parts,
    body: Body,
    sender: ListSender,
    names: &RequestNames,
) -> Result<Response, RequestError> {
    let mut options = Options::read(head.uri.query().unwrap_or(""), OPTIONS)?;
    let is_rehearsal = options.take_flag("dryRun")?;
    let import_id = options.take("importId").unwrap_or_default();
    let is_id = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_rehearsal && (import_id.is_empty() || import_id.len() > IMPORT_ID_MAX || !is_id(&import_id)) {
        let message =
            format!("'importId' is needed: letters, digits and hyphens, at most {IMPORT_ID_MAX} of them.");
        return Err(refused(code::MALFORMED_OPTION, "importId", message));
    }
    let list = body::read_bytes(&head.headers, body, &server.live().limits, server).await?;
    let import = ListImport { import_id, group_tag: options.take("groupTag"), list };
    let ListSender { caller, origin, circumstances } = sender;
    let request = Bulk { caller, origin, circumstances, request_id: names.ours(), is_rehearsal };
    let _turn = server.turn(&request.caller, Verb::Post).await?;
    let limits = &server.live().limits;
    let importing = pin!(server.work.with_place(|_| server.graph.import_list(&request, &import)));
    let mut told = Answer::json(Status::Ok, server.stopping.bound(false, limits, importing).await?);
    server.room.hold(&mut told, false)?;
    Ok(wire::response(told))
}
