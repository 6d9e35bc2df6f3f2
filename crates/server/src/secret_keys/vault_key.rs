//! A key of Vault's transit engine: it wraps and unwraps data keys, and never leaves Vault.

use std::sync::Arc;

use data_encoding::BASE64;
use engine::{KeyService, KeyServiceError};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::Deserialize;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use super::vault_login::{VaultLogin, part};
use super::vault_requests::VaultError;

/// A key of a transit engine.
pub(super) struct VaultKey {
    login: Arc<VaultLogin>,
    mount: String,
    name: String,
    identity: String,
}

/// The data of an answer of `encrypt`.
#[derive(Deserialize)]
struct Encrypted {
    ciphertext: String,
}

/// The data of an answer of `decrypt`.
#[derive(Deserialize)]
struct Decrypted {
    plaintext: String,
}

impl VaultKey {
    /// The key of a name. Where Vault answers may change, so that its address is not what the key is known by.
    pub fn new(login: Arc<VaultLogin>, namespace: Option<&str>, mount: &str, name: &str) -> VaultKey {
        let identity = format!("vault transit\n{}\n{mount}\n{name}", namespace.unwrap_or_default());
        VaultKey { login, mount: mount.to_owned(), name: name.to_owned(), identity }
    }

    /// Asks the engine; a token that does not hold is replaced once.
    async fn ask(&self, what: &str, body: &Value) -> Result<Value, VaultError> {
        let path = format!("{}/{what}/{}", self.mount, self.name);
        let token = self.login.token().await?;
        match self.login.requests.write(&path, Some(&token.text), body).await {
            Err(VaultError::Forbidden(_)) => {
                let token = self.login.instead_of(&token).await?;
                self.login.requests.write(&path, Some(&token.text), body).await
            }
            answered => answered,
        }
    }

    async fn encrypt(&self, plain: &[u8], associated_data: &[u8]) -> Result<Vec<u8>, VaultError> {
        let body = json!({
            "plaintext": BASE64.encode(plain),
            "associated_data": BASE64.encode(associated_data),
        });
        let Encrypted { ciphertext } = part(self.ask("encrypt", &body).await?, "data")?;
        Ok(ciphertext.into_bytes())
    }

    async fn decrypt(
        &self,
        wrapped: &[u8],
        associated_data: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, VaultError> {
        let damaged = || VaultError::Refused("what it wrapped is damaged".to_owned());
        let ciphertext = std::str::from_utf8(wrapped).map_err(|_| damaged())?;
        let body = json!({"ciphertext": ciphertext, "associated_data": BASE64.encode(associated_data)});
        let Decrypted { plaintext } = part(self.ask("decrypt", &body).await?, "data")?;
        let plaintext = Zeroizing::new(plaintext);
        BASE64.decode(plaintext.as_bytes()).map(Zeroizing::new).map_err(|_| damaged())
    }
}

impl KeyService for VaultKey {
    fn identity(&self) -> String {
        self.identity.clone()
    }

    fn wrap<'a>(
        &'a self,
        plain: &'a [u8],
        associated_data: &'a [u8],
    ) -> BoxFuture<'a, Result<Vec<u8>, KeyServiceError>> {
        async move { Ok(self.encrypt(plain, associated_data).await?) }.boxed()
    }

    fn unwrap<'a>(
        &'a self,
        wrapped: &'a [u8],
        associated_data: &'a [u8],
    ) -> BoxFuture<'a, Result<Zeroizing<Vec<u8>>, KeyServiceError>> {
        async move { Ok(self.decrypt(wrapped, associated_data).await?) }.boxed()
    }

    /// The number in `vault:v3:…`.
    fn version(&self, wrapped: &[u8]) -> Option<u32> {
        let text = std::str::from_utf8(wrapped).ok()?;
        text.strip_prefix("vault:v")?.split_once(':')?.0.parse().ok()
    }
}
