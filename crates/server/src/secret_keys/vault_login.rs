//! The token with which Vault is asked: given, or got for a role; renewed before it expires, and got anew when it does not hold.

use std::sync::{Arc, Weak};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use tokio::time::Instant;
use zeroize::Zeroizing;

use super::vault_requests::{VaultError, VaultRequests};
use super::vault_table::SignIn;

/// The least time between two tries to renew a token, and the most.
const RETRY_TIME_MIN: Duration = Duration::from_secs(1);
const RETRY_TIME_MAX: Duration = Duration::from_secs(30);

/// The way to a token, and the token.
pub(super) struct VaultLogin {
    pub requests: VaultRequests,
    sign_in: SignIn,
    role_mount: String,
    current: Mutex<Option<Arc<HeldToken>>>,
}

/// A token that is held.
pub(super) struct HeldToken {
    pub text: Zeroizing<String>,
    /// The time that it holds from when it was got; none if it always does.
    lease: Option<Duration>,
    is_renewable: bool,
    got_at: Instant,
}

/// The part `auth` of an answer.
#[derive(Deserialize)]
struct Auth {
    client_token: String,
    lease_duration: u64,
    renewable: bool,
}

/// What a token says of itself.
#[derive(Deserialize)]
struct TokenData {
    ttl: u64,
    #[serde(default)]
    renewable: bool,
}

impl VaultLogin {
    /// No token yet.
    pub fn new(requests: VaultRequests, sign_in: SignIn, role_mount: &str) -> VaultLogin {
        let role_mount = role_mount.to_owned();
        VaultLogin { requests, sign_in, role_mount, current: Mutex::default() }
    }

    /// The token, got now if there is none or the one that is held has expired.
    pub async fn token(&self) -> Result<Arc<HeldToken>, VaultError> {
        let mut current = self.current.lock().await;
        if let Some(token) = current.as_ref().filter(|token| !token.has_expired()) {
            return Ok(Arc::clone(token));
        }
        let token = Arc::new(self.get().await?);
        *current = Some(Arc::clone(&token));
        Ok(token)
    }

    /// Another token in place of one that does not hold.
    pub async fn instead_of(&self, token: &Arc<HeldToken>) -> Result<Arc<HeldToken>, VaultError> {
        let mut current = self.current.lock().await;
        if current.as_ref().is_some_and(|held| Arc::ptr_eq(held, token)) {
            *current = None;
        }
        drop(current);
        self.token().await
    }

    async fn get(&self) -> Result<HeldToken, VaultError> {
        let unread = |reason| VaultError::Unavailable(format!("cannot sign in: {reason}"));
        match &self.sign_in {
            SignIn::Token(source) => {
                let text = source.read().map_err(unread)?;
                let said = self.requests.read("auth/token/lookup-self", &text).await?;
                let TokenData { ttl, renewable } = part(said, "data")?;
                Ok(HeldToken::new(text, ttl, renewable))
            }
            SignIn::Role(role, source) => {
                let secret = source.read().map_err(unread)?;
                let path = format!("auth/{}/login", self.role_mount);
                let body = json!({"role_id": role, "secret_id": *secret});
                let Auth { client_token, lease_duration, renewable } =
                    part(self.requests.write(&path, None, &body).await?, "auth")?;
                Ok(HeldToken::new(Zeroizing::new(client_token), lease_duration, renewable))
            }
        }
    }

    /// Renews the token for as long as somebody needs it.
    pub async fn keep_renewed(login: Weak<VaultLogin>) {
        let mut pause = RETRY_TIME_MIN;
        loop {
            tokio::time::sleep(pause).await;
            let Some(login) = login.upgrade() else { return };
            let held = login.current.lock().await.clone();
            pause = match held.and_then(|token| Some((token.renew_at()?, token))) {
                Some((at, token)) if at <= Instant::now() => login.renew(&token).await,
                Some((at, _)) => at.duration_since(Instant::now()),
                None => RETRY_TIME_MAX,
            };
            pause = pause.clamp(RETRY_TIME_MIN, RETRY_TIME_MAX);
        }
    }

    /// Renews a token, or gets another one where that is refused, as it is when it has been renewed for its longest time; the
    /// pause before the next look.
    async fn renew(&self, token: &Arc<HeldToken>) -> Duration {
        let renewed = match token.is_renewable {
            true => self.renewed(token).await,
            false => self.get().await,
        };
        // Vault says in several ways, 500 among them, that a token has been renewed for its longest time.
        let renewed = match renewed {
            Err(_) => self.get().await,
            renewed => renewed,
        };
        match renewed {
            Ok(renewed) => {
                let next = renewed.renew_at().map_or(RETRY_TIME_MAX, |at| at.duration_since(Instant::now()));
                *self.current.lock().await = Some(Arc::new(renewed));
                next
            }
            Err(
                VaultError::Forbidden(reason) | VaultError::Refused(reason) | VaultError::Unavailable(reason),
            ) => {
                tracing::warn!(reason, "the token for Vault could not be renewed");
                RETRY_TIME_MIN
            }
        }
    }

    async fn renewed(&self, token: &Arc<HeldToken>) -> Result<HeldToken, VaultError> {
        let said = self.requests.write("auth/token/renew-self", Some(&token.text), &json!({})).await?;
        let Auth { lease_duration, renewable, .. } = part(said, "auth")?;
        // The longest time is near: another token is got in good time.
        let is_short = token.lease.is_some_and(|lease| Duration::from_secs(lease_duration) < lease / 2);
        if is_short {
            return self.get().await;
        }
        Ok(HeldToken::new(token.text.clone(), lease_duration, renewable))
    }
}

impl HeldToken {
    fn new(text: Zeroizing<String>, lease_seconds: u64, is_renewable: bool) -> HeldToken {
        let lease = (lease_seconds > 0).then(|| Duration::from_secs(lease_seconds));
        HeldToken { text, lease, is_renewable, got_at: Instant::now() }
    }

    /// The time at which to renew it: when two thirds of its time are over.
    fn renew_at(&self) -> Option<Instant> {
        Some(self.got_at + self.lease? * 2 / 3)
    }

    fn has_expired(&self) -> bool {
        self.lease.is_some_and(|lease| self.got_at.elapsed() >= lease)
    }
}

/// A part of an answer.
pub(super) fn part<T: for<'de> Deserialize<'de>>(mut answer: Value, name: &str) -> Result<T, VaultError> {
    let part = answer.get_mut(name).map(Value::take).unwrap_or_default();
    serde_json::from_value(part)
        .map_err(|_| VaultError::Unavailable(format!("Vault answers without what '{name}' must have")))
}
