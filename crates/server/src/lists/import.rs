//! `POST /_/import?importId=…`: some rows of a list, and what became of each.

use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use domain::{Bulk, ListImport};
use engine::{Answer, Status, Verb};
use http::request::Parts;
use odata::code;
use odata::error::hint;

use super::sender::ListSender;
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::request_error::{RequestError, shown};
use crate::server::Server;
use crate::{body, http as wire};

/// The query options.
const OPTIONS: [&str; 3] = ["importId", "groupTag", "dryRun"];
/// The most characters of an import id, to which the halves of a list add their own.
const IMPORT_ID_MAX: usize = 100;

pub(super) async fn answer<G: Graph>(
    server: &Arc<Server<G>>,
    head: &Parts,
    body: Body,
    sender: ListSender,
    names: &RequestNames,
) -> Result<Response, RequestError> {
    let mut options = Options::read(head.uri.query().unwrap_or(""))?;
    let is_rehearsal = options.take_flag("dryRun")?;
    let import_id = options.take("importId").unwrap_or_default();
    let is_id = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if !is_rehearsal && (import_id.is_empty() || import_id.len() > IMPORT_ID_MAX || !is_id(&import_id)) {
        let message =
            format!("'importId' is needed: letters, digits and hyphens, at most {IMPORT_ID_MAX} of them.");
        return Err(refused(code::MALFORMED_OPTION, "importId", message));
    }
    let list = body::read_bytes(&head.headers, body, &server.live().limits).await?;
    let import = ListImport { import_id, group_tag: options.take("groupTag"), list };
    let ListSender { caller, origin, circumstances } = sender;
    let request = Bulk { caller, origin, circumstances, request_id: names.ours(), is_rehearsal };
    let _turn = server.turn(&request.caller, Verb::Post).await?;
    let told = server.graph.import_list(&request, &import).await?;
    Ok(wire::response(Answer::json(Status::Ok, told)))
}

/// The query options, each given once.
struct Options(Vec<(String, String)>);

impl Options {
    fn read(query: &str) -> Result<Options, RequestError> {
        let mut options: Vec<(String, String)> = Vec::new();
        for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
            if !OPTIONS.contains(&&*name) {
                let shown = shown(&name);
                let near = hint(&name, OPTIONS.into_iter());
                let message = format!("There is no query option '{shown}' here{near}");
                return Err(refused(code::UNKNOWN_OPTION, shown, message));
            }
            if options.iter().any(|(known, _)| *known == name) {
                let message = format!("The query option '{name}' is given twice.");
                return Err(refused(code::REPEATED_OPTION, &name, message));
            }
            options.push((name, value));
        }
        Ok(Options(options))
    }

    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.0.iter().position(|(known, _)| known == name)?;
        Some(self.0.swap_remove(at).1).filter(|value| !value.is_empty())
    }

    fn take_flag(&mut self, name: &str) -> Result<bool, RequestError> {
        match self.take(name).as_deref() {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => {
                let message = format!("The query option '{name}' is true or false.");
                Err(refused(code::MALFORMED_OPTION, name, message))
            }
        }
    }
}

fn refused(code: odata::code::Code, name: &str, message: String) -> RequestError {
    let target = Some(name.into());
    engine::Error { code, target, ..engine::Error::bad_request(message) }.into()
}
