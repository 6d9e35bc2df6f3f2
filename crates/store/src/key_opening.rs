//! The keys when a database is opened: whether the key-encryption key is the one that it has.

use crate::data_keys::read_error;
use crate::error::{ReadError, WriteError};
use crate::key_state::KeyState;
use crate::seal::{KeyEncryptionKey, Keyring};
use crate::store::Store;

impl Store {
    /// Checks the key-encryption key, or gives a new database to it.
    pub(crate) async fn open_keys(&self) -> Result<(), WriteError> {
        let key = self.keyring.current();
        if self.backend.key_state().await?.is_none() {
            // A database that an older program wrote may have data keys.
            let stored = self.backend.tenant_keys(Keyring::CHECK_TENANT).await?;
            self.keyring.admit(Keyring::CHECK_TENANT, &stored).await.map_err(read_error)?;
            self.backend.create_key_state(&key).await?;
        }
        let state = self.key_state().await?;
        let named = [Some(&state.current), state.next.as_ref()];
        if !named.into_iter().flatten().any(|named| named.fingerprint == key.fingerprint()) {
            return Err(WriteError::Corrupt(is_another(&key, &state)));
        }
        self.data_key(Keyring::CHECK_TENANT).await.map(|_| ())
    }

    /// The state of the keys.
    pub async fn key_state(&self) -> Result<KeyState, ReadError> {
        let state = self.backend.key_state().await?;
        state.ok_or_else(|| ReadError::Corrupt("nothing says which key-encryption key it has".into()))
    }
}

fn is_another(key: &KeyEncryptionKey, state: &KeyState) -> String {
    format!(
        "the key-encryption key {} (fingerprint {}) is another one than the database has: version {}, fingerprint {}, which \
         came from {}; give that one",
        key.source(),
        key.fingerprint(),
        state.version,
        state.current.fingerprint,
        state.current.source
    )
}
