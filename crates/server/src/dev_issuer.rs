//! The dev issuer's endpoints under `/{tenant}/…`, as far as clients of Entra need them: discovery, keys, and tokens
//! for applications.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use axum::{Extension, Router};
use http::{HeaderValue, StatusCode, header};
use http_body_util::{BodyExt, Limited};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::dev::{DevIssuer, TENANT_DEFAULT};
use crate::graph::Graph;
use crate::names::RequestNames;
use crate::origin;
use crate::refusal::Refusal;
use crate::serve::Server;
use crate::tokens::issue::{self, Grant, LIFETIME_SECONDS_DEFAULT, SigningKey, Subject};

/// The longest form that asks for a token.
const FORM_BYTES_MAX: usize = 16 << 10;

/// Names that stand for whatever tenant the user turns out to be of.
const ANY_TENANT: [&str; 2] = ["common", "organizations"];

/// The paths of the dev issuer.
pub fn routes<G: Graph>() -> Router<Arc<Server<G>>> {
    Router::new()
        .route("/{tenant}/v2.0/.well-known/openid-configuration", get(discovery::<G>))
        .route("/{tenant}/discovery/v2.0/keys", get(keys::<G>))
        .route("/{tenant}/oauth2/v2.0/token", post(token::<G>))
}

/// A tenant by id or by name. A name always means the same tenant.
fn tenant(text: &str) -> Uuid {
    if ANY_TENANT.iter().any(|any| text.eq_ignore_ascii_case(any)) {
        return TENANT_DEFAULT;
    }
    Uuid::try_parse(text)
        .unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_DNS, text.to_lowercase().as_bytes()))
}

async fn discovery<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let (head, _) = request.into_parts();
    let origin = origin::of(&head, server.scheme)?;
    let tenant = tenant(&name);
    Ok(document(
        StatusCode::OK,
        &json!({
            "issuer": issue::issuer_name(tenant),
            "authorization_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/authorize"),
            "token_endpoint": format!("{origin}/{tenant}/oauth2/v2.0/token"),
            "jwks_uri": format!("{origin}/{tenant}/discovery/v2.0/keys"),
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "grant_types_supported": ["client_credentials"],
        }),
    ))
}

async fn keys<G: Graph>(State(server): State<Arc<Server<G>>>) -> Result<Response, Refusal> {
    let key = signing_key(dev_issuer(&server)?).await?;
    Ok(document(StatusCode::OK, &json!({ "keys": [key.jwk] })))
}

async fn token<G: Graph>(
    State(server): State<Arc<Server<G>>>,
    Path(name): Path<String>,
    Extension(names): Extension<RequestNames>,
    request: Request,
) -> Result<Response, Refusal> {
    let issuer = dev_issuer(&server)?;
    let reading = Limited::new(request.into_body(), FORM_BYTES_MAX).collect();
    let form = tokio::time::timeout(server.limits.body_time, reading).await.map_err(|_| Refusal::TooSlow)?;
    let form = form.map_err(|_| Refusal::BodyTooLarge(FORM_BYTES_MAX))?.to_bytes();
    let form = Form::parse(&form);
    if let Err(complaint) = form.check(issuer) {
        return Ok(complaint.response(&names));
    }
    let grant = Grant {
        tenant: tenant(&name),
        subject: Subject::Application { client_id: &form.client_id },
        permissions: &issuer.permissions,
        lifetime_seconds: LIFETIME_SECONDS_DEFAULT,
    };
    let key = signing_key(issuer).await?;
    let access_token = issue::issue(&key, &grant).map_err(Refusal::Internal)?;
    Ok(document(
        StatusCode::OK,
        &json!({
            "token_type": "Bearer",
            "expires_in": LIFETIME_SECONDS_DEFAULT - 1,
            "ext_expires_in": LIFETIME_SECONDS_DEFAULT - 1,
            "access_token": access_token,
        }),
    ))
}

/// The members of the form that matter.
#[derive(Default)]
struct Form {
    grant_type: String,
    client_id: String,
    client_secret: String,
}

impl Form {
    fn parse(text: &[u8]) -> Form {
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(text) {
            match name.as_ref() {
                "grant_type" => form.grant_type = value.into_owned(),
                "client_id" => form.client_id = value.into_owned(),
                "client_secret" => form.client_secret = value.into_owned(),
                _ => {}
            }
        }
        form
    }

    fn check(&self, issuer: &DevIssuer) -> Result<(), Complaint> {
        if self.grant_type != "client_credentials" {
            return Err(Complaint {
                status: StatusCode::BAD_REQUEST,
                error: "unsupported_grant_type",
                code: 70003,
                description: "The dev issuer takes the grant type client_credentials only.",
            });
        }
        if self.client_id.is_empty() {
            return Err(Complaint {
                status: StatusCode::BAD_REQUEST,
                error: "invalid_request",
                code: 900_144,
                description: "The request body must contain the following parameter: 'client_id'.",
            });
        }
        let expected = issuer.client_secret.as_bytes();
        let equal =
            aws_lc_rs::constant_time::verify_slices_are_equal(self.client_secret.as_bytes(), expected);
        equal.map_err(|_| Complaint {
            status: StatusCode::UNAUTHORIZED,
            error: "invalid_client",
            code: 7_000_215,
            description: "Invalid client secret provided.",
        })
    }
}

/// An error as OAuth has it, with Entra's numbers.
struct Complaint {
    status: StatusCode,
    error: &'static str,
    code: u32,
    description: &'static str,
}

impl Complaint {
    fn response(&self, names: &RequestNames) -> Response {
        document(
            self.status,
            &json!({
                "error": self.error,
                "error_description": format!("AADSTS{}: {}", self.code, self.description),
                "error_codes": [self.code],
                "trace_id": names.ours_text(),
                "correlation_id": names.client_text(),
            }),
        )
    }
}

fn dev_issuer<G>(server: &Server<G>) -> Result<&DevIssuer, Refusal> {
    server.dev_issuer.as_ref().ok_or_else(|| Refusal::Internal("no dev issuer outside dev mode".to_owned()))
}

/// The key, from its file: it may have been made by another process since.
async fn signing_key(issuer: &DevIssuer) -> Result<SigningKey, Refusal> {
    let folder = issuer.folder.clone();
    let key = tokio::task::spawn_blocking(move || folder.signing_key()).await;
    key.map_err(|error| Refusal::Internal(error.to_string()))?.map_err(Refusal::Internal)
}

fn document(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
