//! What an application may do for a user, by consent: the user's own, or an administrator's for everybody.

use super::directory::{Consent, DevApplication, DevDirectory, DevUser, GraphPermissions};
use super::scopes::AskedScopes;
use uuid::Uuid;

/// What of the asked scopes is consented to.
pub(super) struct ConsentState {
    /// The names that the application may use.
    pub(super) granted: Vec<String>,
    /// The whole scopes to which nobody has consented.
    pub(super) missing: Vec<String>,
}

/// Who may consent to what is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ConsentRight {
    /// The user for everybody.
    Everybody,
    /// The user for themselves.
    Own,
    /// Not this user.
    Nobody,
}

/// Compares what is asked with what is consented to.
pub(super) fn state(
    directory: &DevDirectory,
    tenant: Uuid,
    application: &DevApplication,
    user: &DevUser,
    asked: &AskedScopes,
) -> ConsentState {
    let consented = directory.consents.scopes(tenant, &application.id, &user.upn);
    let prefix = asked.whole("");
    let mut wanted: Vec<String> = match asked.default {
        None => asked.names.iter().map(|scope| asked.whole(&scope.name)).collect(),
        Some(_) => {
            let of_both = application.delegated_permissions.iter().chain(&consented);
            of_both.filter(|scope| scope.starts_with(&prefix)).cloned().collect()
        }
    };
    // In their order, each once.
    let mut seen = std::collections::HashSet::new();
    wanted.retain(|scope| seen.insert(scope.clone()));
    let holds = |scope: &String| application.is_open || consented.contains(scope);
    let (granted, missing): (Vec<_>, Vec<_>) = wanted.into_iter().partition(holds);
    let name = |scope: String| scope[prefix.len()..].to_owned();
    ConsentState { granted: granted.into_iter().map(name).collect(), missing }
}

/// Who may consent to these whole scopes.
pub(super) fn right(user: &DevUser, missing: &[String]) -> ConsentRight {
    if user.is_administrator() {
        return ConsentRight::Everybody;
    }
    match missing.iter().all(|scope| GraphPermissions::is_for_every_user(scope)) {
        true => ConsentRight::Own,
        false => ConsentRight::Nobody,
    }
}

/// Records that a user consented, for themselves or for everybody.
pub(super) fn grant(
    directory: &DevDirectory,
    tenant: Uuid,
    application: &DevApplication,
    user: Option<&DevUser>,
    scopes: Vec<String>,
) {
    let user = user.map(|user| user.upn.clone());
    directory.consents.add(Consent {
        tenant: Some(tenant),
        application: application.id.clone(),
        user,
        scopes,
    });
}
