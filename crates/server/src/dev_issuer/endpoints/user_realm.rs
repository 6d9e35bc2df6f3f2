//! Who knows a user's password: libraries ask before they send one. Here it is always the issuer itself.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::Response;
use serde_json::json;

use crate::graph::Graph;
use crate::http::{OtherStatus, document};
use crate::server::Server;

pub(super) async fn answer<G: Graph>(
    State(_): State<Arc<Server<G>>>,
    Path((_, user)): Path<(String, String)>,
) -> Response {
    let domain = user.rsplit_once('@').map_or("", |(_, domain)| domain);
    document(
        OtherStatus::Done,
        &json!({
            "ver": "1.0",
            "account_type": "Managed",
            "domain_name": domain,
            "cloud_instance_name": "microsoftonline.com",
            "cloud_audience_urn": "urn:federation:MicrosoftOnline",
        }),
    )
}
