//! What one answer to a delta request tells: entities as they are now, those that are gone, and where to go on.

use bytes::Bytes;
use odata::Key;
use odata::delta::{DELTA_TOKEN, DeltaToken, SKIP_TOKEN};
use odata::payload::write::write_string;
use store::Row;

use crate::Error;
use crate::context::Context;
use crate::generic::Presenter;

/// The content of one answer.
pub(super) struct DeltaPage {
    pub(super) present: Vec<Row>,
    pub(super) removed: Vec<(Key, RemovalReason)>,
    pub(super) next: NextRequest,
    /// Whether this is what has changed since an earlier round, and not what was there at first.
    pub(super) of_changes: bool,
}

/// The client's next request, for which the answer has a link.
pub(super) enum NextRequest {
    /// For the next page of the same round.
    Page(DeltaToken),
    /// For the next round, whenever the client likes.
    Round(DeltaToken),
}

/// Why an entity is no longer part of what the client follows.
#[derive(Clone, Copy)]
pub(super) enum RemovalReason {
    Deleted,
    /// The filter does not keep it.
    Changed,
}

impl DeltaPage {
    /// The page as it is told.
    pub(super) async fn body(
        &self,
        context: &Context<'_>,
        presenter: &Presenter<'_>,
    ) -> Result<Bytes, Error> {
        let mut out = Vec::with_capacity(self.present.len() * 1_280 + self.removed.len() * 96 + 512);
        let kind = if self.of_changes { "/$delta" } else { "" };
        context.begin_body(&mut out, &format!("{}{kind}", presenter.fragment(false)));
        let (member, option, token) = match &self.next {
            NextRequest::Page(token) => ("@odata.nextLink", SKIP_TOKEN, token),
            NextRequest::Round(token) => ("@odata.deltaLink", DELTA_TOKEN, token),
        };
        let text = token.encode(|content| context.store.seal_of(context.tenant(), content))?;
        write_string(&mut out, member);
        out.push(b':');
        write_string(&mut out, &format!("{}{}?{option}={text}", context.call.origin, context.call.path));
        out.extend_from_slice(b",\"value\":[");
        presenter.rows(&mut out, &self.present).await?;
        for (at, (key, reason)) in self.removed.iter().enumerate() {
            let is_first = at == 0 && self.present.is_empty();
            let reason = match reason {
                RemovalReason::Deleted => "deleted",
                RemovalReason::Changed => "changed",
            };
            out.extend_from_slice(if is_first { b"{\"id\":" } else { b",{\"id\":" });
            write_string(&mut out, &key.to_string());
            out.extend_from_slice(format!(",\"@removed\":{{\"reason\":\"{reason}\"}}}}").as_bytes());
        }
        out.extend_from_slice(b"]}");
        Ok(out.into())
    }
}
