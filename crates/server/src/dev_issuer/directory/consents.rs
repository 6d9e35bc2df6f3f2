//! Who consented to what: of the seed file, and by the consent page since the server started.

use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

/// The most consents that are kept: the oldest goes first.
const CONSENTS_MAX: usize = 10_000;

/// A consent to what an application may do for users.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::dev_issuer) struct Consent {
    /// The tenant that it is for; none if for all.
    pub(in crate::dev_issuer) tenant: Option<Uuid>,
    /// The client id of the application.
    pub(in crate::dev_issuer) application: String,
    /// The user who consented for themselves; none if an administrator did for everybody.
    pub(in crate::dev_issuer) user: Option<String>,
    /// Whole scopes: with the resource before the name.
    pub(in crate::dev_issuer) scopes: Vec<String>,
}

/// All consents, the oldest first.
pub(in crate::dev_issuer) struct Consents(Mutex<Vec<Consent>>);

impl Consents {
    pub(super) fn new(seeded: Vec<Consent>) -> Consents {
        Consents(Mutex::new(seeded))
    }

    /// Records a consent.
    pub(in crate::dev_issuer) fn add(&self, consent: Consent) {
        let mut consents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if consents.contains(&consent) {
            return;
        }
        if consents.len() >= CONSENTS_MAX {
            consents.remove(0);
        }
        consents.push(consent);
    }

    /// All scopes that an application may use for a user.
    pub(in crate::dev_issuer) fn scopes(&self, tenant: Uuid, application: &str, user: &str) -> Vec<String> {
        let consents = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let holds = |consent: &&Consent| {
            consent.tenant.is_none_or(|of| of == tenant)
                && consent.application.eq_ignore_ascii_case(application)
                && consent.user.as_deref().is_none_or(|of| of.eq_ignore_ascii_case(user))
        };
        consents.iter().filter(holds).flat_map(|consent| consent.scopes.iter().cloned()).collect()
    }
}
