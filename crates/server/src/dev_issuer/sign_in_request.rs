//! A request to the issuer, as far as every grant and page needs it.

use std::sync::Arc;

use axum::extract::Request;
use http::Method;
use http::header::ORIGIN;
use http::request::Parts;

use super::directory::{DevApplication, NamedTenant};
use super::issuer::DevIssuer;
use super::oauth_error::SignInError;
use super::parameters::SignInParameters;
use super::refusal::OauthError;
use crate::live::Live;
use crate::origin;
use crate::request_error::RequestError;
use crate::server::Server;
use crate::tokens::issue::SigningKey;

/// A request to the issuer.
pub(super) struct SignInRequest<'s> {
    pub(super) issuer: &'s DevIssuer,
    /// The issuers whose tokens hold here.
    pub(super) live: Arc<Live>,
    pub(super) key: SigningKey,
    /// The origin as the client addressed us.
    pub(super) origin: String,
    pub(super) tenant: NamedTenant,
    /// The parameters of the form, or of the query of a request without one.
    pub(super) parameters: SignInParameters,
    /// The origin of the page that sends the request, if a page does.
    pub(super) page_origin: Option<String>,
}

/// The issuer of a server in dev mode.
pub(super) fn dev_issuer<G>(server: &Server<G>) -> Result<&DevIssuer, RequestError> {
    server
        .dev_issuer
        .as_ref()
        .ok_or_else(|| RequestError::Internal("no dev issuer outside dev mode".to_owned()))
}

/// The origin of a request, and the request again.
pub(super) fn origin_of<G>(server: &Server<G>, request: Request) -> Result<(String, Request), RequestError> {
    let (head, body) = request.into_parts();
    let origin = origin::of(&head, &server.edge)?;
    Ok((origin, Request::from_parts(head, body)))
}

impl<'s> SignInRequest<'s> {
    /// Reads a request to a tenant of this name.
    pub(super) async fn read<G>(
        server: &'s Server<G>,
        name: &str,
        request: Request,
    ) -> Result<SignInRequest<'s>, SignInError> {
        let issuer = dev_issuer(server)?;
        let (head, body) = request.into_parts();
        let tenant = issuer.directory.tenant(name)?;
        let parameters = match head.method {
            Method::POST => SignInParameters::read(server, body).await?,
            _ => SignInParameters::parse(head.uri.query().unwrap_or_default().as_bytes())?,
        };
        Ok(SignInRequest {
            issuer,
            live: server.live(),
            key: issuer.signing_key().await?,
            origin: origin::of(&head, &server.edge)?,
            tenant,
            parameters,
            page_origin: page_origin(&head),
        })
    }

    /// The application of the client id.
    pub(super) fn application(&self) -> Result<Arc<DevApplication>, OauthError> {
        self.issuer.directory.application(self.parameters.required("client_id")?)
    }

    /// The URL of a path of the tenant.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}/{}/{path}", self.origin, self.tenant.segment())
    }
}

fn page_origin(head: &Parts) -> Option<String> {
    head.headers.get(ORIGIN).and_then(|origin| origin.to_str().ok()).map(str::to_owned)
}
