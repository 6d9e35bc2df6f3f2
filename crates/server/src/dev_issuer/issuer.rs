//! The issuer that the endpoints speak for: its key, whom it knows, and what is under way.

use std::path::Path;

use super::directory::{DevDirectory, DevUser};
use super::pending::PendingCodes;
use super::voucher::SpentCodes;
use crate::dev::{DevFolder, TENANT_DEFAULT};
use crate::request_error::RequestError;
use crate::tokens::issue::SigningKey;

/// The issuer of a server in dev mode.
pub struct DevIssuer {
    /// The folder with its key.
    pub folder: DevFolder,
    pub(super) directory: DevDirectory,
    pub(super) spent: SpentCodes,
    pub(super) pending: PendingCodes,
}

impl DevIssuer {
    /// An issuer with the key and the secret of this folder, who knows what is in the seed file. `permissions` are all
    /// that the model names.
    pub fn new(
        folder: DevFolder,
        permissions: Vec<String>,
        seed: Option<&Path>,
    ) -> Result<DevIssuer, String> {
        let directory = DevDirectory::new(folder.client_secret()?, permissions, seed)?;
        Ok(DevIssuer { folder, directory, spent: SpentCodes::default(), pending: PendingCodes::default() })
    }

    /// The users who can sign in to the default tenant: sign-in name and name.
    pub fn users(&self) -> impl Iterator<Item = (&str, &str)> {
        let of_default = |user: &&DevUser| user.tenant.is_none_or(|tenant| tenant == TENANT_DEFAULT);
        self.directory.all_users().iter().filter(of_default).map(|user| (&*user.upn, &*user.name))
    }

    /// The key of the issuer, from its file: another process may have made it since.
    pub(super) async fn signing_key(&self) -> Result<SigningKey, RequestError> {
        let folder = self.folder.clone();
        let key = tokio::task::spawn_blocking(move || folder.signing_key()).await;
        key.map_err(|error| RequestError::Internal(error.to_string()))?.map_err(RequestError::Internal)
    }
}
