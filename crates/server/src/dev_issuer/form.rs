//! The form that asks for a token or a device code.

use axum::extract::Request;
use http_body_util::{BodyExt, Limited};

use crate::request_error::RequestError;
use crate::server::Server;

/// The most bytes of a form.
const FORM_BYTES_MAX: usize = 16 << 10;

/// The members of the form that matter.
#[derive(Default)]
pub(super) struct DevIssuerForm {
    pub(super) grant_type: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    pub(super) device_code: String,
    pub(super) scope: String,
}

impl DevIssuerForm {
    /// Reads the form of a request, as long as it is short and comes in time.
    pub(super) async fn read<G>(server: &Server<G>, request: Request) -> Result<DevIssuerForm, RequestError> {
        let reading = Limited::new(request.into_body(), FORM_BYTES_MAX).collect();
        let read = tokio::time::timeout(server.limits.body_time, reading)
            .await
            .map_err(|_| RequestError::TooSlow)?;
        let text = read.map_err(|_| RequestError::BodyTooLarge(FORM_BYTES_MAX))?.to_bytes();
        let mut form = DevIssuerForm::default();
        for (name, value) in form_urlencoded::parse(&text) {
            match name.as_ref() {
                "grant_type" => form.grant_type = value.into_owned(),
                "client_id" => form.client_id = value.into_owned(),
                "client_secret" => form.client_secret = value.into_owned(),
                "device_code" => form.device_code = value.into_owned(),
                "scope" => form.scope = value.into_owned(),
                _ => {}
            }
        }
        Ok(form)
    }
}
