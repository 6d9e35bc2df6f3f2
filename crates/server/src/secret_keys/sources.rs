//! Key-encryption keys by their sources: `file:PATH`, `env:NAME`, `credential:NAME` or `vault:KEY`.

use std::sync::Arc;

use engine::{KeyEncryptionKey, OpenKey};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::secret_source::SecretSource;
use super::vault_key::VaultKey;
use super::vault_login::VaultLogin;
use super::vault_requests::{VaultError, VaultRequests};
use super::vault_table::{VaultTable, is_path};
use crate::startup_error::StartupError;

/// What opens key-encryption keys.
pub struct KeySources {
    vault: Option<ConfiguredVault>,
}

/// The Vault of the configuration.
struct ConfiguredVault {
    login: Arc<VaultLogin>,
    namespace: Option<String>,
    mount: String,
}

impl KeySources {
    /// The sources that the configuration allows. Nothing is asked yet; a token is renewed while these are there.
    pub fn new(vault: Option<&VaultTable>) -> Result<KeySources, StartupError> {
        let Some(table) = vault else { return Ok(KeySources { vault: None }) };
        crate::tls::install();
        let requests = VaultRequests::new(table).map_err(StartupError::Misused)?;
        let login = Arc::new(VaultLogin::new(requests, table.sign_in()?, &table.role_mount));
        tokio::spawn(VaultLogin::keep_renewed(Arc::downgrade(&login)));
        let (namespace, mount) = (table.namespace.clone(), table.mount.clone());
        Ok(KeySources { vault: Some(ConfiguredVault { login, namespace, mount }) })
    }

    /// The source as it is kept: another process reads it in another folder. The error says what a source is.
    pub fn named(text: &str) -> Result<String, String> {
        if text.strip_prefix("vault:").is_some_and(|name| is_path(name) && !name.contains('/')) {
            return Ok(text.to_owned());
        }
        let source = SecretSource::parse(text).map(|source| source.to_string());
        source.ok_or_else(|| format!("'{text}' is no file:PATH, env:NAME, credential:NAME or vault:KEY"))
    }

    async fn key(&self, text: &str) -> Result<KeyEncryptionKey, String> {
        let text = KeySources::named(text)?;
        if let Some(name) = text.strip_prefix("vault:") {
            return Ok(self.vault_key(name).await?.from_source(&text));
        }
        let source = SecretSource::parse(&text).ok_or("no source of a key")?;
        let key = KeyEncryptionKey::parse(&source.read()?);
        Ok(key.map_err(|error| format!("{text} holds no key: {error}"))?.from_source(&text))
    }

    async fn vault_key(&self, name: &str) -> Result<KeyEncryptionKey, String> {
        let vault = self.vault.as_ref();
        let ConfiguredVault { login, namespace, mount } = vault
            .ok_or_else(|| format!("vault:{name} needs the table secrets.vault in the configuration"))?;
        login.token().await.map_err(|error| match error {
            VaultError::Forbidden(reason) | VaultError::Refused(reason) | VaultError::Unavailable(reason) => {
                format!("cannot sign in to Vault: {reason}")
            }
        })?;
        let key = VaultKey::new(Arc::clone(login), namespace.as_deref(), mount, name);
        Ok(KeyEncryptionKey::of_service(Arc::new(key)))
    }
}

impl OpenKey for KeySources {
    fn open<'a>(&'a self, source: &'a str) -> BoxFuture<'a, Result<KeyEncryptionKey, String>> {
        self.key(source).boxed()
    }
}
