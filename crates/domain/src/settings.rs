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
}

/// What the operator decides about behaviour.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Whether reading secrets asks for the privileged-operations permission as well.
    pub require_privileged: bool,
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
}

/// Table `[autopilot]` of the configuration file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Autopilot {
    /// Whether an application for itself may create imported identities, as newer documents allow.
    pub allow_app_only_import: bool,
    /// How many identities one call of `import` may carry: the portal takes 500 at a time.
    pub import_batch_max: usize,
}

impl Default for Autopilot {
    fn default() -> Autopilot {
        Autopilot { allow_app_only_import: false, import_batch_max: 500 }
    }
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            require_privileged: false,
            autopilot: Autopilot::default(),
            configuration_file_content_bytes: 5_120,
            page_size: 1_000,
            kept_answer_bytes: 32 << 20,
            delta_token_days: 30,
            idempotency_hours: 24,
        }
    }
}
