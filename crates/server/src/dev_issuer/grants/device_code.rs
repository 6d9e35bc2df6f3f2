//! The device code grant (RFC 8628, 3.4). A code that is approved at once says so itself; for any other the page where it
//! is typed has the last word.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::dev_issuer::client_proof;
use crate::dev_issuer::delegation::{self, Delegation};
use crate::dev_issuer::oauth_error::SignInError;
use crate::dev_issuer::pending::CodeDecision;
use crate::dev_issuer::refusal::{
    DECLINED_DEVICE_CODE, EXPIRED_DEVICE_CODE, PENDING, SPENT_CODE, UNKNOWN_DEVICE_CODE,
};
use crate::dev_issuer::sign_in_request::SignInRequest;
use crate::dev_issuer::voucher::{Voucher, VoucherError, VoucherKind};

pub(in crate::dev_issuer) const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// The name of the grant from before it was a standard, which some libraries still send.
pub(in crate::dev_issuer) const OLD_GRANT_TYPE: &str = "device_code";

/// What a device code is for.
#[derive(Serialize, Deserialize)]
pub(in crate::dev_issuer) struct DeviceCodeContent {
    pub(in crate::dev_issuer) tid: Uuid,
    pub(in crate::dev_issuer) client_id: String,
    pub(in crate::dev_issuer) scope: String,
    /// The code that somebody must type; none if it is approved.
    pub(in crate::dev_issuer) user_code: Option<String>,
}

pub(in crate::dev_issuer) async fn answer(request: &SignInRequest<'_>) -> Result<Value, SignInError> {
    let application = request.application()?;
    let text = request.parameters.required("device_code")?;
    let code: Voucher<DeviceCodeContent> = Voucher::open(&request.key, VoucherKind::DeviceCode, text)
        .map_err(|error| match error {
            VoucherError::Expired => EXPIRED_DEVICE_CODE.plain(),
            VoucherError::Unknown => UNKNOWN_DEVICE_CODE.plain(),
        })?;
    let content = &code.content;
    if request.tenant.id != content.tid || !content.client_id.eq_ignore_ascii_case(&application.id) {
        return Err(UNKNOWN_DEVICE_CODE.plain().into());
    }
    let proof = client_proof::demand_unless_public(request, &application).await?;
    let directory = &request.issuer.directory;
    let user = match &content.user_code {
        None => directory.default_user(&request.tenant)?,
        Some(user_code) => {
            let pending = request.issuer.pending.find(user_code).ok_or_else(|| SPENT_CODE.plain())?;
            match pending.decision {
                CodeDecision::Open => return Err(PENDING.plain().into()),
                CodeDecision::Declined => return Err(DECLINED_DEVICE_CODE.plain().into()),
                CodeDecision::Approved(upn) => directory.user(&request.tenant, &upn)?,
            }
        }
    };
    let delegation = Delegation {
        tenant: request.tenant.of_user(user),
        application: &application,
        proof,
        user,
        scope: &content.scope,
        nonce: None,
        spa: None,
    };
    let answer = delegation::answer(request, delegation)?;
    if let Some(user_code) = &content.user_code {
        request.issuer.pending.remove(user_code);
    }
    Ok(answer)
}
