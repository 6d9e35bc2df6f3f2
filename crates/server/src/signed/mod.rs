//! Signed requests: those of bearers of a key, who have no token. Each carries a proof, which names what is asked and is
//! signed with the key ([`request_proof`]).
//!
//! Every answer has the nonce for the next proof. A request is taken if it is signed with the key that it names, for this
//! server now, and with a higher number than any before it.

mod freshness;

use std::pin::pin;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use domain::{SignedBy, SignedRequest};
use engine::Caller;
use http::HeaderMap;
use http::request::Parts;
use request_proof::{PROOF_HEADER, ProofClaims, ProofFault, SignedProof, Signer, body_digest};

use crate::graph::Graph;
use crate::limits::Limits;
use crate::names::RequestNames;
use crate::request_error::{ProofProblem, RequestError};
use crate::server::Server;
use crate::{body, http as wire, request};

pub use freshness::Freshness;

/// The paths whose requests are signed begin with this.
const ROOT: &str = "/_/agent/";
/// The most bytes of the body of a signed request.
const BODY_BYTES_MAX: usize = 256 << 10;

/// Whether requests for a path are signed.
pub fn is_signed(path: &str) -> bool {
    path.starts_with(ROOT)
}

/// Answers a signed request. Who asks is known to the log whatever happens next.
pub async fn answer<G: Graph>(
    server: &Arc<Server<G>>,
    head: &Parts,
    body: Body,
    names: &RequestNames,
    caller: &mut Option<Arc<Caller>>,
) -> Result<Response, RequestError> {
    let verb = request::verb(&head.method)?;
    request::only_post(verb)?;
    let path = head.uri.path();
    let proof = SignedProof::read(proof_text(&head.headers)?).map_err(invalid)?;
    let live = server.live();
    let limits = Limits { body_bytes: BODY_BYTES_MAX.min(live.limits.body_bytes), ..live.limits.clone() };
    let body = body::read(verb, &head.headers, body, &limits, server).await?;
    let by = match &proof.signer {
        Signer::Known(id) => SignedBy::Bearer(server.graph.key_bearer(id).await?.ok_or_else(unknown_key)?),
        Signer::New(key) => SignedBy::NewKey(key.clone()),
    };
    let claims = proof.verify(by.public_key()).map_err(invalid)?;
    check(&claims, path, &body)?;
    server.freshness.accept(by.public_key(), &claims)?;
    *caller = by.caller();
    let request = SignedRequest {
        by,
        path: path.to_owned(),
        body,
        sequence: claims.sequence,
        request_id: names.ours(),
    };
    let answer = server.stopping.bound(false, &limits, pin!(server.graph.signed(request))).await?;
    Ok(wire::response(answer))
}

/// The one header with the proof.
fn proof_text(headers: &HeaderMap) -> Result<&[u8], RequestError> {
    let mut values = headers.get_all(PROOF_HEADER).iter();
    match (values.next(), values.next()) {
        (Some(proof), None) => Ok(proof.as_bytes()),
        (None, _) => Err(RequestError::unproven(
            ProofProblem::Missing,
            format!("the request has no proof; send one in the header {PROOF_HEADER}"),
        )),
        (Some(_), Some(_)) => {
            let message = format!("the request has two headers {PROOF_HEADER}");
            Err(RequestError::unproven(ProofProblem::Invalid, message))
        }
    }
}

/// Refuses a proof of another request than the one that it came with.
fn check(claims: &ProofClaims, path: &str, body: &[u8]) -> Result<(), RequestError> {
    let other = if claims.method != "POST" {
        "method ('htm')"
    } else if claims.path != path {
        "path ('htu')"
    } else if claims.body != body_digest(body) {
        "body ('body')"
    } else {
        return Ok(());
    };
    let message = format!("the proof is of a request with another {other}");
    Err(RequestError::unproven(ProofProblem::Invalid, message))
}

fn invalid(fault: ProofFault) -> RequestError {
    RequestError::unproven(ProofProblem::Invalid, fault.to_string())
}

fn unknown_key() -> RequestError {
    let message = "the key of the proof is not known here: it was revoked, replaced or never made known";
    RequestError::unproven(ProofProblem::UnknownKey, message)
}
