//! What the operator decides about behaviour, and what is needed to open the service.

use std::time::Duration;

use engine::{Clock, Validation};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IntoDeserializer};
use zeroize::Zeroizing;

/// What is needed to open the service.
pub struct Opening {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// The key that wraps each tenant's data key.
    pub key_encryption_key: Zeroizing<[u8; 32]>,
    /// What the operator decides.
    pub settings: Settings,
    /// What tells the time.
    pub clock: Clock,
}

/// What the operator decides about behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether this stands in for the cloud: what is lenient for tests' sake is so by default, and time can be turned.
    pub dev: bool,
    /// Whether reading secrets asks for the privileged-operations permission as well.
    pub require_privileged: bool,
    /// What is done with what the documents' rules forbid and their examples do.
    pub validation: Validation,
    /// Table `[autopilot]`.
    pub autopilot: Autopilot,
    /// The largest BIOS configuration file that is taken, in bytes: the documents say 5 KB, the product's page 2 MB.
    pub configuration_file_content_bytes: u32,
    /// How many entities a page holds if the client does not say, and at most.
    pub page_size: u64,
    /// How many bytes of answers are kept for those who ask the same again; 0 keeps none.
    pub kept_answer_bytes: u64,
    /// How long a delta token holds, in days.
    pub delta_token_days: u32,
    /// How long a create with an `Idempotency-Key` is remembered, in hours.
    pub idempotency_hours: u32,
    /// The time that a call may take, beside what its operation waits for.
    pub call_time: Duration,
}

/// Table `[autopilot]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Autopilot {
    /// Whether an application for itself may create imported identities, as newer documents allow.
    pub allow_app_only_import: bool,
    /// How many identities one call of `import` may carry: the portal takes 500 at a time.
    pub import_batch_max: usize,
    /// Which hashes are taken; by default all in dev mode, and otherwise those that hold.
    #[serde(deserialize_with = "word_if_any")]
    pub hash_validation: Option<HashValidation>,
    /// Whether a hash without the padding of its Base64 is taken all the same, and padded.
    pub lenient_base64: bool,
    /// The domains of users to whom devices may be assigned by an import; if there are none, any.
    pub user_domains: Vec<String>,
    /// How long the record of an import is kept after its end, in days; 0 is for ever.
    pub import_retention_days: u32,
    /// How long the deletion of a device takes, in seconds.
    pub deletion_seconds: u32,
    /// How long imports and deletions take beyond that.
    #[serde(deserialize_with = "word")]
    pub delays: Delays,
}

/// Reads one of a few words. The error names them all, which those of configuration files do not of themselves.
pub fn word<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::deserialize(text.as_str().into_deserializer())
}

fn word_if_any<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    word(deserializer).map(Some)
}

/// Which hardware hashes are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HashValidation {
    /// Those that hold.
    Strict,
    /// Those that hold, and whatever does not begin as a hash does: it is a device's name, and that is all.
    Opaque,
}

/// How long things take that are done later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Delays {
    /// As long as it takes.
    #[default]
    None,
    /// As long as in the cloud.
    Realistic,
}

impl Delays {
    /// From an import to its end: measured once in the cloud, where it may also take minutes.
    pub(crate) fn import_seconds(self) -> i64 {
        if self == Delays::Realistic { 95 } else { 0 }
    }

    /// From the choice of a profile by a group to its delivery: about a quarter of an hour was seen.
    pub(crate) fn assignment_seconds(self) -> i64 {
        if self == Delays::Realistic { 900 } else { 0 }
    }

    /// From the start of a sync to its end.
    pub(crate) fn sync_seconds(self) -> i64 {
        if self == Delays::Realistic { 60 } else { 0 }
    }

    /// From the deletion of a device to its end: minutes, says the vendor, and up to 30.
    pub(crate) fn deletion_seconds(self) -> i64 {
        if self == Delays::Realistic { 600 } else { 0 }
    }
}

impl Autopilot {
    /// Whether every number is within its bounds; the error names the key.
    pub fn check(&self) -> Result<(), String> {
        let bounded = [
            ("import_batch_max", self.import_batch_max, 1, 10_000),
            ("import_retention_days", self.import_retention_days as usize, 0, 36_500),
            ("deletion_seconds", self.deletion_seconds as usize, 0, 31_536_000),
        ];
        for (key, value, least, most) in bounded {
            if !(least..=most).contains(&value) {
                return Err(format!(
                    "autopilot.{key} = {value} is out of bounds; it takes {least} to {most}"
                ));
            }
        }
        Ok(())
    }
}

impl Default for Autopilot {
    fn default() -> Autopilot {
        Autopilot {
            allow_app_only_import: false,
            import_batch_max: 500,
            hash_validation: None,
            lenient_base64: false,
            user_domains: Vec::new(),
            import_retention_days: 30,
            deletion_seconds: 0,
            delays: Delays::None,
        }
    }
}

impl Settings {
    /// Which hardware hashes are taken.
    pub(crate) fn hash_validation(&self) -> HashValidation {
        let by_default = if self.dev { HashValidation::Opaque } else { HashValidation::Strict };
        self.autopilot.hash_validation.unwrap_or(by_default)
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            dev: false,
            require_privileged: false,
            validation: Validation::default(),
            autopilot: Autopilot::default(),
            configuration_file_content_bytes: 5_120,
            page_size: 1_000,
            kept_answer_bytes: 32 << 20,
            delta_token_days: 30,
            idempotency_hours: 24,
            call_time: Duration::from_secs(60),
        }
    }
}
