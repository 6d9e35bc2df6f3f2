//! The password grant (RFC 6749, 4.3), which is refused: nobody here has a password.

use serde_json::Value;

use crate::dev_issuer::oauth_error::SignInError;
use crate::dev_issuer::refusal::WRONG_PASSWORD;
use crate::dev_issuer::sign_in_request::SignInRequest;

pub(in crate::dev_issuer) fn answer(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    request.application()?;
    let name = request.parameters.required("username")?;
    request.parameters.required("password")?;
    request.issuer.directory.user(&request.tenant, name)?;
    Err(WRONG_PASSWORD.plain().into())
}
