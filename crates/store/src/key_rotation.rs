//! Another key-encryption key takes the place of the current one: the next one wraps each data key beside it, and when it has
//! wrapped all, and every server holds it, one transaction makes it the current one. Until then either key opens the database,
//! whatever ends the rotation in between; after that the former one opens nothing.

use crate::data_keys::read_error;
use crate::error::{ReadError, WriteError};
use crate::key_state::{KeyState, NamedKey};
use crate::seal::{KeyEncryptionKey, KeyFingerprint, OpenKey, Rewrap};
use crate::share::Share;
use crate::store::Store;

/// The data keys that are wrapped between two looks at what is left.
const REWRAPPED_TOGETHER_MAX: i64 = 100;

impl Store {
    /// Begins to replace the key-encryption key, or goes on with it; whether nothing else is under way.
    pub async fn begin_rewrap(&self, next: KeyEncryptionKey) -> Result<bool, WriteError> {
        let named = self.backend.set_next_key(&next).await?;
        if named {
            self.keyring.hold(next);
        }
        Ok(named)
    }

    /// Has the next key-encryption key wrap every data key that it has not wrapped.
    pub async fn rewrap_all(&self) -> Result<(), WriteError> {
        loop {
            let Some(next) = self.key_state().await?.next else { return Ok(()) };
            let next = self.held(&next)?;
            let left = self.backend.keys_left(REWRAPPED_TOGETHER_MAX).await?;
            if left.is_empty() {
                return Ok(());
            }
            for (tenant, key) in left {
                let plain = self.keyring.unwrap(tenant, &key).await.map_err(read_error)?;
                let wrapped = next.wrap(tenant, key.version, &plain).await.map_err(read_error)?;
                self.backend.set_rewrapped(&Rewrap { tenant, key, wrapped }).await?;
            }
        }
    }

    fn held(&self, named: &NamedKey) -> Result<KeyEncryptionKey, WriteError> {
        let held = self.keyring.holding(named.fingerprint);
        held.ok_or_else(|| {
            WriteError::Corrupt(format!("the key-encryption key {} is not here", named.source))
        })
    }

    /// Makes the next key-encryption key the current one, if it has wrapped every data key; its version.
    pub async fn finish_rewrap(&self, next: KeyFingerprint) -> Result<Option<i64>, WriteError> {
        let version = self.backend.advance_key(next).await?;
        if version.is_some() {
            self.keyring.settle(next);
        }
        Ok(version)
    }

    /// The servers that run while the key-encryption key is replaced, and how many of them hold the next one.
    pub async fn key_holders(&self, next: KeyFingerprint) -> Result<Share, ReadError> {
        self.backend.key_holders(next).await
    }

    /// The data keys, and how many of them the next key-encryption key has wrapped.
    pub async fn rewrapped(&self) -> Result<Share, ReadError> {
        self.backend.count_keys().await
    }

    /// Follows what commands do with keys, in a server: takes the next key-encryption key beside the current one, says so, and
    /// lets go of the former one and of data keys that are replaced. It is to be called each second.
    pub async fn follow_keys(&self, opener: &dyn OpenKey) -> Result<KeyState, WriteError> {
        let state = self.key_state().await?;
        if let Some(next) = &state.next {
            if self.keyring.holding(next.fingerprint).is_none() {
                self.take(next, opener).await;
            }
            let holds_next = self.keyring.holding(next.fingerprint).is_some();
            let last = if holds_next { next.fingerprint } else { state.current.fingerprint };
            self.backend.note_holder(self.process(), last).await?;
        } else if !self.keyring.settle(state.current.fingerprint) {
            let (version, source) = (state.version, &state.current.source);
            tracing::error!(
                version,
                %source,
                "the key-encryption key has been replaced by one that this server does not have; give it that one and restart it"
            );
        }
        if self.keyring.is_new_rotation(state.rotation, state.is_resealing) {
            self.keyring.forget_all();
        }
        Ok(state)
    }

    async fn take(&self, next: &NamedKey, opener: &dyn OpenKey) {
        let source = &next.source;
        match opener.open(source).await {
            Ok(key) if key.fingerprint() == next.fingerprint => {
                tracing::info!(%source, "holds the next key-encryption key");
                self.keyring.hold(key);
            }
            Ok(_) => tracing::warn!(%source, "is another key than the next key-encryption key"),
            Err(reason) => {
                tracing::warn!(
                    reason,
                    "the next key-encryption key cannot be had; restart the server with it"
                );
            }
        }
    }
}
