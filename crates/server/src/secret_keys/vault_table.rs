//! The table `[secrets.vault]` of the configuration file: how to speak to HashiCorp Vault, or OpenBao.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::secret_source::SecretSource;
use crate::startup_error::StartupError;
use crate::tokens::key_source::is_safe;

/// The table `[secrets.vault]`. The server signs in by a token, or by a role.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct VaultTable {
    /// The URL of the service, scheme and host.
    pub address: String,
    /// The path at which its transit engine is mounted.
    #[serde(default = "transit")]
    pub mount: String,
    /// The namespace, where there are such.
    pub namespace: Option<String>,
    /// The authorities that the service's certificate may come from, a PEM file; those of the system if it is not given.
    pub ca: Option<PathBuf>,
    /// The place of a token, such as `file:/run/muster/token`.
    pub token: Option<String>,
    /// The id of a role.
    pub role_id: Option<String>,
    /// The place of the secret id of the role.
    pub secret_id: Option<String>,
    /// The path at which roles are mounted.
    #[serde(default = "approle")]
    pub role_mount: String,
}

fn transit() -> String {
    "transit".to_owned()
}

fn approle() -> String {
    "approle".to_owned()
}

/// The way to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SignIn {
    /// By a token.
    Token(SecretSource),
    /// By a role and its secret id.
    Role(String, SecretSource),
}

impl VaultTable {
    /// Whether all is there; the error names the key.
    pub fn check(&self) -> Result<(), StartupError> {
        if !is_safe(&self.address) {
            return Err(mistake("address", "is no https URL, such as https://vault.example:8200"));
        }
        for (key, path) in [("mount", &self.mount), ("role_mount", &self.role_mount)] {
            if !is_path(path) {
                return Err(mistake(key, "is no path, such as transit"));
            }
        }
        self.sign_in().map(|_| ())
    }

    /// The way to sign in that it says.
    pub(super) fn sign_in(&self) -> Result<SignIn, StartupError> {
        let source = |key: &str, text: &str| {
            let advice =
                "is no file:PATH, env:NAME or credential:NAME; a secret itself does not belong into the file";
            SecretSource::parse(text).ok_or_else(|| mistake(key, advice))
        };
        match (&self.token, &self.role_id, &self.secret_id) {
            (Some(token), None, None) => Ok(SignIn::Token(source("token", token)?)),
            (None, Some(role), Some(secret)) => Ok(SignIn::Role(role.clone(), source("secret_id", secret)?)),
            _ => Err(StartupError::Misused(
                "secrets.vault takes either token or both role_id and secret_id".to_owned(),
            )),
        }
    }
}

/// Whether a text can stand in the path of a URL as it is.
pub(super) fn is_path(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let is_segment =
        |part: &str| !part.is_empty() && part.bytes().all(is_plain) && part != "." && part != "..";
    text.split('/').all(is_segment)
}

fn mistake(key: &str, what: &str) -> StartupError {
    StartupError::Misused(format!("secrets.vault.{key} {what}"))
}

#[cfg(test)]
mod tests {
    use super::VaultTable;

    #[test]
    fn mistakes_name_their_key() {
        let right = "address = \"https://vault.example\"\ntoken = \"env:VAULT_TOKEN\"";
        assert!(toml::from_str::<VaultTable>(right).unwrap().check().is_ok());
        let role =
            "address = \"http://127.0.0.1:8200\"\nrole_id = \"r\"\nsecret_id = \"file:/x\"\nmount = \"a/b\"";
        assert!(toml::from_str::<VaultTable>(role).unwrap().check().is_ok());
        for (text, named) in [
            ("address = \"http://vault.example\"\ntoken = \"env:X\"", "secrets.vault.address"),
            ("address = \"vault.example\"\ntoken = \"env:X\"", "secrets.vault.address"),
            ("address = \"https://v.example\"\ntoken = \"hvs.secret\"", "secrets.vault.token"),
            ("address = \"https://v.example\"", "either token or both"),
            ("address = \"https://v.example\"\nrole_id = \"r\"", "either token or both"),
            ("address = \"https://v.example\"\ntoken = \"env:X\"\nmount = \"a/../b\"", "secrets.vault.mount"),
            ("address = \"https://v.example\"\ntoken = \"env:X\"\nmount = \"/a\"", "secrets.vault.mount"),
        ] {
            let error = toml::from_str::<VaultTable>(text).unwrap().check().unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }
}
