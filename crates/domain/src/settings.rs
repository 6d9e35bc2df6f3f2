//! The settings of the operator, and what else is needed to open the service.

use std::sync::Arc;
use std::time::Duration;

use engine::{Bounds, Clock, ConfiguredTenants, Validation};
use serde::de::{Deserialize, DeserializeOwned, Deserializer, IntoDeserializer};
use store::{Access, KeyEncryptionKey, OpenKey};

/// The settings and secrets that the service is opened with.
pub struct MusterOpening {
    /// The database: `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// The key that wraps each tenant's data key.
    pub key_encryption_key: KeyEncryptionKey,
    /// What opens the key that is to take its place.
    pub key_opener: Arc<dyn OpenKey>,
    /// The settings of the operator.
    pub settings: MusterSettings,
    /// The clock that tells the time of every call.
    pub clock: Clock,
    /// Whether a server opens it, or a command that may run beside one.
    pub access: Access,
}

/// The settings of the operator about behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MusterSettings {
    /// Whether this stands in for the cloud: what is lenient for tests' sake is so by default, and time can be turned.
    pub dev: bool,
    /// The settings of the custody of passwords: table `[secrets]` of the configuration file.
    pub custody: Custody,
    /// The treatment of breaches of the documents' rules are treated that the documents' own examples commit.
    pub validation: Validation,
    /// The settings of Autopilot: table `[autopilot]` of the configuration file.
    pub autopilot: Autopilot,
    /// The settings of devices with an agent: table `[agent]` of the configuration file.
    pub agent: Agent,
    /// The settings of BIOS configurations: table `[firmware]` of the configuration file.
    pub firmware: FirmwareSettings,
    /// The largest BIOS configuration file that is taken, in bytes: the documents say 5 KB, the product's page 2 MB.
    pub configuration_file_content_bytes: u32,
    /// The number of entities on a page if the client does not say, and at most.
    pub page_size: u64,
    /// The days that a delta token holds.
    pub delta_token_days: u32,
    /// The days that the journal's entries about changes are kept; 0 is for ever.
    pub journal_retention_days: u32,
    /// The hours that a create with an `Idempotency-Key` is remembered.
    pub idempotency_hours: u32,
    /// The time that a call may take, beside what its operation waits for.
    pub call_time: Duration,
    /// The tenants that are served, and what each may do; if there are none, whoever comes.
    pub tenants: Arc<ConfiguredTenants>,
}

/// The settings of the custody of passwords: table `[secrets]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Custody {
    /// Whether reading secrets asks for the privileged-operations permission as well.
    pub require_privileged: bool,
    /// Whether whoever is shown secrets has to say why.
    pub require_reason: bool,
    /// How passwords are shown.
    pub reveal: Reveal,
    /// Whether somebody else must approve before passwords are shown.
    pub approval: bool,
    /// The entities whose secrets one caller is shown in an hour at most; 0 is any number.
    pub reveals_per_hour: u32,
    /// The days for which a deleted record of passwords can be restored.
    pub retention_days: u32,
    /// The days after which a device sets a new password by itself; 0 is never.
    pub rotate_every_days: u32,
    /// Whether a device sets a new password after somebody was shown the one it has.
    pub rotate_after_reveal: bool,
}

/// How passwords are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reveal {
    /// As the documents have it: whoever reads a record sees its passwords.
    #[default]
    Documented,
    /// By `muster.reveal` alone.
    Explicit,
}

impl Custody {
    /// Whether every number is within its bounds and the settings agree; the error names the key.
    pub fn check(&self) -> Result<(), String> {
        let bounded = [
            ("reveals_per_hour", self.reveals_per_hour, 0, 1_000_000),
            ("retention_days", self.retention_days, 1, 36_500),
            ("rotate_every_days", self.rotate_every_days, 0, 36_500),
        ];
        for (key, value, least, most) in bounded {
            if !(least..=most).contains(&value) {
                return Err(format!("secrets.{key} = {value} is out of bounds; it takes {least} to {most}"));
            }
        }
        if self.approval && self.reveal != Reveal::Explicit {
            return Err("secrets.approval = true needs secrets.reveal = \"explicit\"".to_owned());
        }
        Ok(())
    }
}

impl Default for Custody {
    fn default() -> Custody {
        Custody {
            require_privileged: false,
            require_reason: false,
            reveal: Reveal::Documented,
            approval: false,
            reveals_per_hour: 0,
            retention_days: 400,
            rotate_every_days: 0,
            rotate_after_reveal: true,
        }
    }
}

/// The settings of Autopilot: table `[autopilot]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Autopilot {
    /// Whether an application for itself may create imported identities, as newer documents allow.
    pub allow_app_only_import: bool,
    /// The number of identities that one call of `import` may carry: the portal takes 500 at a time.
    pub import_batch_max: usize,
    /// The hashes that are taken: by default all in dev mode, and otherwise only valid ones.
    #[serde(deserialize_with = "word_if_any")]
    pub hash_validation: Option<HashValidation>,
    /// Whether a hash without the padding of its Base64 is taken all the same, and padded.
    pub lenient_base64: bool,
    /// The days that the record of an import is kept after its end; 0 is for ever.
    pub import_retention_days: u32,
    /// The seconds that the deletion of a device takes.
    pub deletion_seconds: u32,
    /// The delays of imports and deletions beyond that.
    #[serde(deserialize_with = "word")]
    pub delays: Delays,
}

/// The settings of devices with an agent: table `[agent]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct Agent {
    /// The seconds from one check-in of a device to the next.
    pub check_in_seconds: u64,
}

impl Agent {
    /// The time from one check-in of a device to the next.
    pub(crate) fn check_in_period(&self) -> Duration {
        Duration::from_secs(self.check_in_seconds)
    }

    /// Whether every number is within its bounds; the error names the key.
    pub fn check(&self) -> Result<(), String> {
        match self.check_in_seconds {
            1..=604_800 => Ok(()),
            given => Err(format!("agent.check_in_seconds = {given} is out of bounds; it takes 1 to 604800")),
        }
    }
}

impl Default for Agent {
    fn default() -> Agent {
        Agent { check_in_seconds: 1_800 }
    }
}

/// Reads an enumeration by the name of its member. The error names all members, which that of a configuration file does
/// not of itself.
pub fn word<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::deserialize(text.as_str().into_deserializer())
}

fn word_if_any<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    word(deserializer).map(Some)
}

/// The settings of BIOS configurations: table `[firmware]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct FirmwareSettings {
    /// What becomes of a file with errors.
    #[serde(deserialize_with = "word")]
    pub lint: FileLint,
    /// The failures that halt a rollout by rings which says nothing of it; 0: none do.
    pub halt_after_failures: u32,
}

impl Default for FirmwareSettings {
    fn default() -> FirmwareSettings {
        FirmwareSettings { lint: FileLint::default(), halt_after_failures: 3 }
    }
}

/// What becomes of a `.cctk` file with errors when it is uploaded. Warnings are told in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum FileLint {
    /// It is taken, and its errors are told.
    #[default]
    Warn,
    /// It is refused.
    Refuse,
}

/// The hardware hashes that are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum HashValidation {
    /// Valid hashes only.
    Strict,
    /// Valid hashes, and opaque texts that do not begin as a hash does: they only identify a device.
    Opaque,
}

/// The delays of what is done later.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Delays {
    /// No delay: it is done as soon as possible.
    #[default]
    None,
    /// The delays of the cloud service.
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
            import_retention_days: 30,
            deletion_seconds: 0,
            delays: Delays::None,
        }
    }
}

impl MusterSettings {
    /// The bounds that may change while the engine runs.
    pub fn bounds(&self) -> Bounds {
        Bounds {
            page_size: self.page_size,
            delta_token_days: self.delta_token_days,
            journal_retention_days: self.journal_retention_days,
            idempotency_hours: self.idempotency_hours,
            reveals_per_hour: self.custody.reveals_per_hour,
        }
    }

    /// The hardware hashes that are taken.
    pub(crate) fn hash_validation(&self) -> HashValidation {
        let by_default = if self.dev { HashValidation::Opaque } else { HashValidation::Strict };
        self.autopilot.hash_validation.unwrap_or(by_default)
    }
}

impl Default for MusterSettings {
    fn default() -> MusterSettings {
        MusterSettings {
            dev: false,
            custody: Custody::default(),
            validation: Validation::default(),
            autopilot: Autopilot::default(),
            agent: Agent::default(),
            firmware: FirmwareSettings::default(),
            configuration_file_content_bytes: 5_120,
            page_size: 1_000,
            delta_token_days: 30,
            journal_retention_days: 30,
            idempotency_hours: 24,
            call_time: Duration::from_secs(60),
            tenants: Arc::default(),
        }
    }
}
