//! What an operator may set about behaviour. `server` reads it from the configuration file.

use serde::Deserialize;

/// The settings of the domain.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Everything around registration.
    pub autopilot: Autopilot,
    /// Everything around secrets.
    pub secrets: Secrets,
    /// Bounds.
    pub limits: Limits,
}

/// Settings of registration.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Autopilot {
    /// Whether an application may create imported identities for itself. The first edition of the documents says
    /// it may not, later ones that it may.
    pub allow_app_only_import: bool,
    /// How many identities one call of `import` may carry, at most 10,000.
    pub import_batch_max: usize,
}

impl Default for Autopilot {
    fn default() -> Autopilot {
        Autopilot { allow_app_only_import: false, import_batch_max: 500 }
    }
}

/// Settings of secrets.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Secrets {
    /// Whether reading a secret needs the permission for privileged operations besides the documented one.
    pub require_privileged: bool,
}

/// Settings of bounds.
#[derive(Clone, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Decoded bytes of a BIOS configuration file; the documents say 5 KB, the product's page 2 MB.
    pub configuration_file_content_bytes: u32,
    /// Entities on a page when the caller names no number, and at most.
    pub page_size: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { configuration_file_content_bytes: 5_120, page_size: 1_000 }
    }
}

impl Settings {
    /// Checks what types cannot say; the message names the setting.
    pub fn check(&self) -> Result<(), String> {
        let bounds = [
            ("limits.page_size", self.limits.page_size, 1, 10_000),
            (
                "limits.configuration_file_content_bytes",
                self.limits.configuration_file_content_bytes.into(),
                1,
                2 * 1024 * 1024,
            ),
            ("autopilot.import_batch_max", self.autopilot.import_batch_max as u64, 1, 10_000),
        ];
        match bounds.into_iter().find(|(_, value, least, most)| !(least..=most).contains(&value)) {
            Some((name, value, least, most)) => {
                Err(format!("{name} is {value}; it must be from {least} to {most}"))
            }
            None => Ok(()),
        }
    }
}
