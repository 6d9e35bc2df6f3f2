//! A configuration on its way to a device, and what became of it there.

use serde::{Deserialize, Serialize};

/// A configuration in one version.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConfigurationVersion {
    /// The id of the configuration.
    pub id: String,
    /// The version, which rises with what is delivered.
    pub version: i64,
}

/// A configuration as it is delivered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeliveredConfiguration {
    /// Which configuration it is.
    pub configuration: ConfigurationVersion,
    /// The name of its file.
    pub file_name: String,
    /// Whether all of its settings are applied or none.
    pub is_atomic: bool,
    /// The bytes of its file, in Base64.
    pub content: String,
}

/// What became of a configuration on a device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunReport {
    /// The digest of the attributes when it ended; empty if they could not be read.
    pub attributes_digest: String,
    /// What became of each setting, in the order of the file.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<ReportedSetting>,
    /// Why the file as a whole could not be applied; none if it was its settings that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// What became of one setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReportedSetting {
    /// The name of the setting.
    pub name: String,
    /// What became of it.
    pub outcome: ReportedOutcome,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What may become of a setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReportedOutcome {
    /// It had the value already.
    Already,
    /// It has the value now.
    Changed,
    /// It was written, and has the value after a restart.
    NeedsReboot,
    /// It does not have the value.
    Refused,
}
