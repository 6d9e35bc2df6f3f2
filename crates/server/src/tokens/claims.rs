//! What a token says, and the caller it makes. Claim names are Entra's.

use std::time::{SystemTime, UNIX_EPOCH};

use engine::{Caller, CallerKind};
use odata::edm::PermissionId;
use serde::Deserialize;
use uuid::{Uuid, uuid};

use crate::request_error::RequestError;

/// The tenant of personal Microsoft accounts. None of the service is for them.
const PERSONAL_TENANT: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// The placeholder of the tenant in an issuer's name, as in Entra's own discovery document.
pub const TENANT_PLACEHOLDER: &str = "{tenantid}";

/// The audiences of Microsoft Graph, for which a client that was made for it asks a token.
pub const GRAPH_AUDIENCES: [&str; 3] =
    ["https://graph.microsoft.com", "https://graph.microsoft.com/", "00000003-0000-0000-c000-000000000000"];

/// The claims of an access token that matter here.
#[derive(Debug, Deserialize)]
pub struct AccessClaims {
    /// The issuer that made the token.
    pub iss: String,
    /// The end of the token's life, in seconds since 1970.
    pub exp: u64,
    /// The tenant in which the caller acts.
    pub tid: Option<String>,
    oid: Option<String>,
    sub: Option<String>,
    appid: Option<String>,
    azp: Option<String>,
    scp: Option<String>,
    #[serde(default)]
    roles: Vec<String>,
    upn: Option<String>,
    preferred_username: Option<String>,
}

/// The caller that verified claims speak of.
pub fn caller(
    claims: AccessClaims,
    permission: impl Fn(&str) -> Option<PermissionId>,
) -> Result<Caller, RequestError> {
    let tenant = claims.tid.as_deref().and_then(guid).ok_or_else(|| refuse("names no tenant in 'tid'"))?;
    if tenant == PERSONAL_TENANT {
        return Err(RequestError::Unwelcome(
            "personal Microsoft accounts are not supported; sign in with a work or school account".to_owned(),
        ));
    }
    let object = claims.oid.or(claims.sub).ok_or_else(|| refuse("names no subject in 'oid' or 'sub'"))?;
    let application = claims.appid.or(claims.azp);
    let (kind, granted) = match &claims.scp {
        Some(scopes) => (CallerKind::Delegated, scopes.split_ascii_whitespace().collect()),
        None => (CallerKind::Application, claims.roles.iter().map(String::as_str).collect::<Vec<_>>()),
    };
    let mut permissions: Vec<PermissionId> = granted.into_iter().filter_map(permission).collect();
    permissions.sort_unstable();
    permissions.dedup();
    Ok(Caller {
        tenant,
        object_id: stable_id(tenant, &object),
        application_id: application.map_or(Uuid::nil(), |application| stable_id(tenant, &application)),
        kind,
        permissions,
        user_principal_name: claims.upn.or(claims.preferred_username),
    })
}

/// The id that a text holds, or a stable one made of it: issuers other than Entra name subjects as they like.
pub fn stable_id(tenant: Uuid, text: &str) -> Uuid {
    guid(text).unwrap_or_else(|| Uuid::new_v5(&tenant, text.as_bytes()))
}

/// A GUID in its usual form with hyphens.
pub fn guid(text: &str) -> Option<Uuid> {
    (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten()
}

/// Seconds since 1970. Tokens live by the real clock, also where the service's own clock can be turned. By a clock that
/// stands before 1970 every token has expired.
pub fn unix_seconds_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(u64::MAX, |elapsed| elapsed.as_secs())
}

fn refuse(what: &str) -> RequestError {
    RequestError::Unauthenticated { message: format!("the access token {what}"), invalid: true }
}

#[cfg(test)]
mod tests {
    use engine::CallerKind;
    use odata::edm::PermissionId;
    use serde_json::json;

    use super::caller;
    use crate::request_error::RequestError;

    const TENANT: &str = "00000000-0000-4000-8000-000000000001";
    const SUBJECT: &str = "00000000-0000-4000-8000-0000000000aa";

    fn permission(name: &str) -> Option<PermissionId> {
        ["Read", "Write"].iter().position(|known| *known == name).map(|id| PermissionId(id as u16))
    }

    #[test]
    fn what_callers_are_and_may() {
        use CallerKind::{Application, Delegated};
        let cases = [
            ("scp", json!({"scp": "Write Read Unknown"}), Delegated, vec![0, 1]),
            ("roles", json!({"roles": ["Read", "Read"]}), Application, vec![0]),
            (
                "both: a user's roles are not permissions",
                json!({"scp": "Read", "roles": ["Write"]}),
                Delegated,
                vec![0],
            ),
            ("neither", json!({}), Application, vec![]),
        ];
        for (name, grant, kind, permissions) in cases {
            let mut claims = json!({"iss": "i", "exp": 1, "tid": TENANT, "oid": SUBJECT});
            claims.as_object_mut().unwrap().extend(grant.as_object().unwrap().clone());
            let caller = caller(serde_json::from_value(claims).unwrap(), permission).unwrap();
            assert_eq!(caller.kind, kind, "{name}");
            assert_eq!(
                caller.permissions,
                permissions.into_iter().map(PermissionId).collect::<Vec<_>>(),
                "{name}"
            );
        }
    }

    #[test]
    fn who_is_refused() {
        let personal = "9188040D-6c67-4c5b-b112-36a304b66dad";
        let cases = [
            ("personal", json!({"tid": personal, "oid": SUBJECT}), true),
            ("no tenant", json!({"oid": SUBJECT}), false),
            ("tenant is no GUID", json!({"tid": "contoso", "oid": SUBJECT}), false),
            ("no subject", json!({"tid": TENANT}), false),
        ];
        for (name, mut claims, unwelcome) in cases {
            claims.as_object_mut().unwrap().extend([("iss".into(), json!("i")), ("exp".into(), json!(1))]);
            let error = caller(serde_json::from_value(claims).unwrap(), permission).unwrap_err();
            assert_eq!(matches!(error, RequestError::Unwelcome(_)), unwelcome, "{name}: {error:?}");
        }
    }
}
