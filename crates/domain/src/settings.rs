//! What the operator decides about behaviour, and what is needed to open the service.

use zeroize::Zeroizing;

/// What is needed to open the service.
pub struct Opening {
    /// `sqlite:PATH` or `postgres://…`.
    pub database: String,
    /// The key that wraps each tenant's data key.
    pub key_encryption_key: Zeroizing<[u8; 32]>,
    /// What the operator decides.
    pub settings: Settings,
    /// Whether this is a stand-in for tests: the clock can be turned.
    pub dev: bool,
}

/// What the operator decides about behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether reading secrets asks for the privileged-operations permission as well.
    pub require_privileged: bool,
    /// Table `[autopilot]`.
    pub autopilot: Autopilot,
    /// The largest configuration file that is taken, in bytes.
    pub configuration_file_content_bytes: usize,
    /// How many entities a page holds if the client does not say.
    pub page_size_default: usize,
}

/// Table `[autopilot]` of the configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Autopilot {
    /// Whether an application for itself may create imported identities, as newer documents allow.
    pub allow_app_only_import: bool,
}
