//! Whom the issuer knows: tenants, applications, users, and who consented to what. Without a seed file every tenant and
//! every application is there, and one user; a file that lists tenants or applications ends that for its kind.

mod application;
mod certificate;
mod consents;
mod permissions;
mod seed;
mod seeding;
mod tenants;
mod user;

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use super::refusal::{DISABLED_APPLICATION, OauthError, UNKNOWN_APPLICATION, UNKNOWN_USER};
use crate::dev::{CLIENT_DEFAULT, USER_DEFAULT};
use seed::{DeviceCodeMode, RedirectUris, SeedTenant};

pub(super) use application::{DevApplication, RedirectPlatform, is_loopback};
pub(super) use consents::{Consent, Consents};
pub(super) use permissions::{GRAPH, GraphPermissions};
pub(super) use tenants::NamedTenant;
pub(super) use user::DevUser;

/// All that the issuer knows.
pub(super) struct DevDirectory {
    /// The secret of every application that nobody described.
    client_secret: String,
    device_codes: DeviceCodeMode,
    tenants: Vec<SeedTenant>,
    applications: Vec<Arc<DevApplication>>,
    users: Vec<DevUser>,
    pub(super) consents: Consents,
    pub(super) permissions: GraphPermissions,
}

impl DevDirectory {
    /// A directory with the content of the seed file, if there is one.
    pub(super) fn new(
        client_secret: String,
        permissions: Vec<String>,
        seed: Option<&Path>,
    ) -> Result<DevDirectory, String> {
        let mut directory = DevDirectory {
            client_secret,
            device_codes: DeviceCodeMode::default(),
            tenants: Vec::new(),
            applications: Vec::new(),
            users: vec![DevUser::default_user()],
            consents: Consents::new(Vec::new()),
            permissions: GraphPermissions { of_model: permissions },
        };
        if let Some(path) = seed {
            directory.seed(path)?;
        }
        Ok(directory)
    }

    /// Whether device codes are approved at once.
    pub(super) fn approves_device_codes(&self) -> bool {
        self.device_codes == DeviceCodeMode::Approve
    }

    /// The tenant that a path names.
    pub(super) fn tenant(&self, name: &str) -> Result<NamedTenant, OauthError> {
        tenants::find(&self.tenants, name)
    }

    /// The application of a client id.
    pub(super) fn application(&self, client_id: &str) -> Result<Arc<DevApplication>, OauthError> {
        let seeded = self.applications.iter().find(|known| known.id.eq_ignore_ascii_case(client_id));
        match seeded {
            Some(application) if application.is_disabled => Err(DISABLED_APPLICATION.of(client_id)),
            Some(application) => Ok(Arc::clone(application)),
            None if self.applications.is_empty() || client_id == CLIENT_DEFAULT => {
                Ok(Arc::new(self.open_application(client_id)))
            }
            None => Err(UNKNOWN_APPLICATION.of(client_id)),
        }
    }

    /// The application whose own API a resource is.
    pub(super) fn api(&self, resource: &str) -> Option<&Arc<DevApplication>> {
        self.applications.iter().find(|application| application.is_called(resource))
    }

    /// Whether a URI is one that an application can be left to.
    pub(super) fn is_redirect_uri(&self, uri: &str) -> bool {
        match self.applications.as_slice() {
            [] => is_loopback(uri),
            applications => applications.iter().any(|application| application.platform(uri).is_some()),
        }
    }

    /// An application that nobody described.
    fn open_application(&self, client_id: &str) -> DevApplication {
        DevApplication {
            id: client_id.to_owned(),
            name: client_id.to_owned(),
            secrets: vec![self.client_secret.clone()],
            certificates: Vec::new(),
            federated_credentials: Vec::new(),
            redirect_uris: RedirectUris::default(),
            application_permissions: self.permissions.of_model.clone(),
            delegated_permissions: self
                .permissions
                .of_model
                .iter()
                .map(|name| format!("{GRAPH}/{name}"))
                .collect(),
            identifier_uri: None,
            scopes: Vec::new(),
            is_public: true,
            is_disabled: false,
            is_open: true,
        }
    }

    /// All users, of whatever tenant.
    pub(super) fn all_users(&self) -> &[DevUser] {
        &self.users
    }

    /// The users who can sign in to a tenant.
    pub(super) fn users<'d>(&'d self, tenant: &'d NamedTenant) -> impl Iterator<Item = &'d DevUser> {
        let is_here = |user: &&DevUser| tenant.any.is_some() || user.tenant.is_none_or(|of| of == tenant.id);
        self.users.iter().filter(is_here)
    }

    /// The user of a sign-in name.
    pub(super) fn user<'d>(&'d self, tenant: &'d NamedTenant, upn: &str) -> Result<&'d DevUser, OauthError> {
        self.users(tenant).find(|user| user.upn.eq_ignore_ascii_case(upn)).ok_or_else(|| UNKNOWN_USER.of(upn))
    }

    /// The user who is always there.
    pub(super) fn default_user<'d>(&'d self, tenant: &'d NamedTenant) -> Result<&'d DevUser, OauthError> {
        self.user(tenant, USER_DEFAULT)
    }

    /// The user of an object id in a tenant.
    pub(super) fn user_by_id(&self, tenant: Uuid, id: Uuid) -> Option<&DevUser> {
        self.users.iter().find(|user| user.object_id(tenant) == id)
    }

    /// A scope with its resource before its name; a name alone is one of Graph's.
    fn whole_scope<'s>(&self, scope: &'s str) -> Option<Cow<'s, str>> {
        match scope.rsplit_once('/') {
            Some((resource, _)) if resource == GRAPH || self.api(resource).is_some() => Some(scope.into()),
            Some(_) => None,
            None => self.permissions.find(scope).map(|known| format!("{GRAPH}/{known}").into()),
        }
    }
}
