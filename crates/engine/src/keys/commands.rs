//! What an operator's commands do with keys: look at them, and replace them while servers run.

use std::time::{Duration, Instant};

use store::{KeyEncryptionKey, KeyFingerprint, KeyState, Resealed, Share, TenantKeyReport};

use crate::Error;
use crate::engine::Engine;

/// The time between two looks at what servers do.
const POLL_INTERVAL: Duration = Duration::from_millis(500);
/// The time in which every server that runs has said which key it holds: each looks once a second.
const HOLDERS_TIME: Duration = Duration::from_secs(4);
/// The time that servers get to take the next key.
const TAKING_TIME_MAX: Duration = Duration::from_secs(60);

/// The keys as an operator sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyReport {
    /// The key-encryption key, and what is under way.
    pub state: KeyState,
    /// The data keys, and how many of them the next key-encryption key has wrapped.
    pub rewrapped: Share,
    /// The servers that have said which key they hold, and how many of them hold the next one.
    pub holders: Share,
    /// The data keys of each tenant.
    pub tenants: Vec<TenantKeyReport>,
}

/// A step of the replacement of a key-encryption key, as it is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewrapStep {
    /// The next key-encryption key has wrapped every data key.
    Wrapped(Share),
    /// Servers do not hold the next key yet.
    Waiting(Share),
}

/// What a rotation of data keys has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RotationOutcome {
    /// This process has sealed the secrets anew.
    Here(Resealed),
    /// The server that has the database has.
    ByServer,
}

impl Engine {
    /// The keys, and what is under way. Looks at all rows with secrets.
    pub async fn key_report(&self) -> Result<KeyReport, Error> {
        let state = self.store.key_state().await?;
        let (rewrapped, holders) = match &state.next {
            Some(next) => (self.store.rewrapped().await?, self.store.key_holders(next.fingerprint).await?),
            None => (Share::default(), Share::default()),
        };
        Ok(KeyReport { state, rewrapped, holders, tenants: self.store.tenant_key_reports().await? })
    }

    /// Puts another key-encryption key into the place of the current one, or goes on with it; the version that it has then.
    pub async fn replace_key_encryption_key(
        &self,
        next: KeyEncryptionKey,
        told: &mut (dyn FnMut(RewrapStep) + Send),
    ) -> Result<i64, Error> {
        let state = self.store.key_state().await?;
        let fingerprint = next.fingerprint();
        let is_same = state.current.fingerprint == fingerprint;
        if is_same && state.next.is_none() && !next.has_versions() {
            return Err(Error::bad_request(format!("{} is the key that the database has", next.source())));
        }
        if !self.store.begin_rewrap(next).await? {
            return Err(Error::bad_request(under_way(&self.store.key_state().await?)));
        }
        self.store.rewrap_all().await?;
        told(RewrapStep::Wrapped(self.store.rewrapped().await?));
        self.await_holders(fingerprint, told).await?;
        loop {
            // Servers that hold the former key alone may make data keys until the end.
            self.store.rewrap_all().await?;
            if let Some(version) = self.store.finish_rewrap(fingerprint).await? {
                return Ok(version);
            }
            let state = self.store.key_state().await?;
            if state.next.is_none_or(|next| next.fingerprint != fingerprint) {
                return Err(Error::bad_request(
                    "another command has ended this rotation; see 'muster keys status'",
                ));
            }
        }
    }

    /// Waits until every server that runs holds a key.
    async fn await_holders(
        &self,
        next: KeyFingerprint,
        told: &mut (dyn FnMut(RewrapStep) + Send),
    ) -> Result<(), Error> {
        if self.store.has_database_alone() {
            return Ok(());
        }
        let (begun, mut last) = (Instant::now(), Share::default());
        loop {
            let holders = self.store.key_holders(next).await?;
            if holders.part == holders.all && begun.elapsed() >= HOLDERS_TIME {
                return Ok(());
            }
            if holders.part < holders.all && holders != last && begun.elapsed() >= HOLDERS_TIME {
                last = holders;
                told(RewrapStep::Waiting(holders));
            }
            if begun.elapsed() > TAKING_TIME_MAX {
                return Err(Error::bad_request(format!(
                    "{} of {} servers do not hold the next key; restart them with it in their configuration, and run the command \
                     again (until it ends, either key opens the database)",
                    holders.all - holders.part,
                    holders.all
                )));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Gives each tenant a new data key and seals everything anew, or goes on with it.
    pub async fn rotate_data_keys(&self) -> Result<RotationOutcome, Error> {
        if !self.store.begin_rotation().await? && !self.store.key_state().await?.is_resealing {
            return Err(Error::bad_request(under_way(&self.store.key_state().await?)));
        }
        if !self.store.is_beside() {
            return Ok(RotationOutcome::Here(self.store.reseal_all(Duration::ZERO).await?));
        }
        while self.store.key_state().await?.is_resealing {
            if self.store.is_left_alone() {
                let message = "the server that was sealing secrets anew has ended; run the command again";
                return Err(Error::bad_request(message));
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
        Ok(RotationOutcome::ByServer)
    }
}

/// What keeps a rotation from beginning.
fn under_way(state: &KeyState) -> String {
    match &state.next {
        Some(next) => format!(
            "the key-encryption key is being replaced by {0}; finish that with --kek {0}, or go back with --kek {1}",
            next.source, state.current.source
        ),
        None => "data keys are being replaced; finish that with 'muster keys rotate'".to_owned(),
    }
}
