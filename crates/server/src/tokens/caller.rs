//! Who the caller is: the claims of a token that holds, in the words of its issuer.

use engine::{Caller, CallerKind};
use odata::edm::PermissionId;
use uuid::{Uuid, uuid};

use super::claims::{Claims, guid};
use super::issuer::{ClaimNames, Issuer};
use super::verify::VerifiedToken;
use crate::request_error::RequestError;

/// The tenant of personal Microsoft accounts. None of the service is for them.
const PERSONAL_TENANT: Uuid = uuid!("9188040d-6c67-4c5b-b112-36a304b66dad");

/// The number of tags that a caller may have, as many as the documents give a role.
const TAGS_MAX: usize = 100;
/// The claim with the name of the application, as Entra has it.
const APPLICATION_NAME: &str = "app_displayname";

/// The caller that verified claims speak of.
pub fn caller(
    issuer: &Issuer,
    verified: &VerifiedToken<'_>,
    permission: impl Fn(&str) -> Option<PermissionId>,
) -> Result<Caller, RequestError> {
    let VerifiedToken { claims, tenant, .. } = verified;
    let (names, tenant) = (&issuer.claims, *tenant);
    if tenant == PERSONAL_TENANT {
        return Err(RequestError::Unwelcome(
            "personal Microsoft accounts are not supported; sign in with a work or school account".to_owned(),
        ));
    }
    if !issuer.tenants.contain(tenant) {
        return Err(RequestError::Unwelcome(format!(
            "the tenant {tenant} is not one of those that this server is for"
        )));
    }
    let subject = claims.first_text(&names.subject)?.ok_or_else(|| {
        RequestError::invalid_token(format!(
            "the access token names no subject in '{}'",
            names.subject.join("' or '")
        ))
    })?;
    let application = application(claims, names)?;
    let scopes = names.scopes.read(claims)?;
    let roles = names.roles.read(claims)?;
    let kind = kind(claims, names, application == Some(subject), scopes.is_some())?;
    let granted = match kind {
        CallerKind::Delegated => scopes,
        CallerKind::Application => roles,
    };
    let mut permissions: Vec<PermissionId> = granted.into_iter().flatten().filter_map(permission).collect();
    permissions.sort_unstable();
    permissions.dedup();
    let id = |text: &str| id_of(tenant, &issuer.name, text);
    Ok(Caller {
        tenant,
        object_id: id(subject),
        application_id: application.map_or(Uuid::nil(), id),
        kind,
        permissions,
        tags: tags(claims, &names.tags)?,
        user_principal_name: claims.first_text(&names.name)?.map(str::to_owned),
        application_name: claims.text(APPLICATION_NAME)?.map(str::to_owned),
    })
}

/// The tags that confine the caller.
fn tags(claims: &Claims<'_>, name: &str) -> Result<Vec<Box<str>>, RequestError> {
    let mut tags: Vec<Box<str>> = claims.text_or_list(name)?.into_iter().flatten().map(Box::from).collect();
    tags.sort_unstable();
    tags.dedup();
    match tags.len() <= TAGS_MAX {
        true => Ok(tags),
        false => Err(RequestError::invalid_token(format!(
            "the access token's '{name}' has more than {TAGS_MAX} tags"
        ))),
    }
}

/// The application that calls, which every claim that names it must name alike.
fn application<'c>(claims: &'c Claims<'_>, names: &ClaimNames) -> Result<Option<&'c str>, RequestError> {
    let named = names.application.iter().filter_map(|name| claims.text(name).transpose());
    let named = named.collect::<Result<Vec<_>, _>>()?;
    match named.iter().any(|other| *other != named[0]) {
        true => Err(RequestError::invalid_token("the access token names different applications")),
        false => Ok(named.first().copied()),
    }
}

/// Whether a person or an application is the caller. Entra says so in `idtyp`, if it is asked to. In the tokens of others
/// an application is its own subject (RFC 9068, 5), or has a claim that only applications have. Where nothing says so, a
/// token without scopes is an application's.
fn kind(
    claims: &Claims<'_>,
    names: &ClaimNames,
    is_own_subject: bool,
    has_scopes: bool,
) -> Result<CallerKind, RequestError> {
    match claims.text("idtyp")? {
        Some("app") => return Ok(CallerKind::Application),
        Some("user") => return Ok(CallerKind::Delegated),
        Some(_) => {
            let message = "the access token is neither a person's nor an application's by its 'idtyp'";
            return Err(RequestError::invalid_token(message));
        }
        None => {}
    }
    let is_marked = names.application_only.as_ref().is_some_and(|name| claims.has(name));
    Ok(match is_own_subject || is_marked || !has_scopes {
        true => CallerKind::Application,
        false => CallerKind::Delegated,
    })
}

/// The id that a text holds, or one made of it: a name means something only among those of its issuer.
fn id_of(tenant: Uuid, issuer: &str, text: &str) -> Uuid {
    guid(text).unwrap_or_else(|| Uuid::new_v5(&tenant, format!("{issuer} {text}").as_bytes()))
}
