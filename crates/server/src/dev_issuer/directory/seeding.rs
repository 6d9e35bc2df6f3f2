//! From the seed file to the directory: what it says is checked, and a mistake is said with its line and key.

use std::path::Path;
use std::sync::Arc;

use odata::error::hint;
use toml::Spanned;

use super::DevDirectory;
use super::application::DevApplication;
use super::certificate::AssertionCertificate;
use super::consents::{Consent, Consents};
use super::seed::{SeedApplication, SeedConsent, SeedFile, SeedUser};
use super::user::DevUser;

impl DevDirectory {
    /// Takes in the content of a seed file.
    pub(super) fn seed(&mut self, path: &Path) -> Result<(), String> {
        let mut file = SeedFile::read(path)?;
        let seed = std::mem::take(&mut file.seed);
        self.device_codes = seed.device_codes;
        self.tenants = seed.tenants;
        for table in seed.applications {
            if self.applications.iter().any(|known| known.id == table.id.as_ref().to_string()) {
                return Err(file.mistake(&table.id, "there is an application of this id already"));
            }
            let application = self.seeded_application(&file, table)?;
            self.applications.push(Arc::new(application));
        }
        for table in seed.users {
            self.add_user(&file, table)?;
        }
        // Only now is it known which resources there are.
        let consents: Result<_, String> =
            seed.consents.into_iter().map(|table| self.seeded_consent(&file, table)).collect();
        self.consents = Consents::new(consents?);
        Ok(())
    }

    fn seeded_application(&self, file: &SeedFile, table: SeedApplication) -> Result<DevApplication, String> {
        let certificates = table.certificates.iter().map(|path| certificate(file, path));
        let certificates = certificates.collect::<Result<Vec<_>, _>>()?;
        let has_proof =
            !table.secrets.is_empty() || !certificates.is_empty() || !table.federated_credentials.is_empty();
        let id = table.id.into_inner().to_string();
        let permissions = table.application_permissions.iter();
        let permissions = permissions.map(|name| self.permission(file, name)).collect::<Result<_, _>>()?;
        let delegated = table.delegated_permissions.iter();
        let delegated = delegated.map(|scope| self.scope(file, scope)).collect::<Result<_, _>>()?;
        Ok(DevApplication {
            name: table.name.unwrap_or_else(|| id.clone()),
            id,
            secrets: table.secrets,
            certificates,
            federated_credentials: table.federated_credentials,
            redirect_uris: table.redirect_uris,
            application_permissions: permissions,
            delegated_permissions: delegated,
            identifier_uri: table.identifier_uri,
            scopes: table.scopes,
            is_public: table.public.unwrap_or(!has_proof),
            is_disabled: table.disabled,
            is_open: false,
        })
    }

    fn add_user(&mut self, file: &SeedFile, table: SeedUser) -> Result<(), String> {
        let upn = table.upn.as_ref().clone();
        if !upn.contains('@') {
            return Err(file.mistake(&table.upn, "a sign-in name has an '@', as in alice@contoso.example"));
        }
        let user = DevUser {
            name: table.name.unwrap_or_else(|| upn.clone()),
            upn,
            id: table.id,
            tenant: table.tenant,
            wids: table.wids,
        };
        // The default user may be described too.
        self.users.retain(|known| !known.upn.eq_ignore_ascii_case(&user.upn));
        self.users.push(user);
        Ok(())
    }

    fn seeded_consent(&self, file: &SeedFile, table: SeedConsent) -> Result<Consent, String> {
        let application = table.application.as_ref().to_string();
        if !self.applications.iter().any(|known| known.id == application) {
            return Err(file.mistake(&table.application, "the file has no application of this id"));
        }
        if let Some(user) = &table.user
            && !self.users.iter().any(|known| known.upn.eq_ignore_ascii_case(user.as_ref()))
        {
            return Err(file.mistake(user, "the file has no user of this name"));
        }
        let scopes = table.scopes.iter().map(|scope| self.scope(file, scope)).collect::<Result<_, _>>()?;
        Ok(Consent { tenant: None, application, user: table.user.map(Spanned::into_inner), scopes })
    }

    /// A permission of Graph.
    fn permission(&self, file: &SeedFile, name: &Spanned<String>) -> Result<String, String> {
        let known = self.permissions.find(name.as_ref()).map(str::to_owned);
        known.ok_or_else(|| file.mistake(name, &self.unknown_permission(name.as_ref())))
    }

    /// A whole scope.
    fn scope(&self, file: &SeedFile, scope: &Spanned<String>) -> Result<String, String> {
        let whole = self.whole_scope(scope.as_ref()).map(|whole| whole.into_owned());
        whole.ok_or_else(|| file.mistake(scope, &self.unknown_permission(scope.as_ref())))
    }

    fn unknown_permission(&self, name: &str) -> String {
        let near = hint(name, self.permissions.of_model.iter().map(String::as_str));
        format!("there is no permission '{name}'{near}")
    }
}

fn certificate(file: &SeedFile, path: &Spanned<std::path::PathBuf>) -> Result<AssertionCertificate, String> {
    let text = std::fs::read(file.beside(path.as_ref()))
        .map_err(|error| file.mistake(path, &format!("cannot read it: {error}")))?;
    AssertionCertificate::from_pem(&text)
        .map_err(|error| file.mistake(path, &format!("it is no certificate in PEM: {error}")))
}
