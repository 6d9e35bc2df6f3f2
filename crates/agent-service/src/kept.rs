//! What an agent must not forget between two steps.

use std::collections::BTreeMap;

use check_in::{AttributeValues, ConfigurationVersion, RunReport};
use serde::{Deserialize, Serialize};

/// What an agent must not forget, beside its key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Kept {
    /// The name that the server gave the key; none of a device that is not enrolled.
    pub key_id: Option<String>,
    /// The number of the last request that may have been sent.
    pub sequence: u64,
    /// The attributes that the server acknowledged last.
    pub acknowledged: Option<AttributeValues>,
    /// The configuration that was applied last.
    pub applied: Option<ConfigurationVersion>,
    /// What became of it, until the server has heard that.
    pub run: Option<RunReport>,
    /// The configuration that is being applied.
    pub applying: Option<Applying>,
}

/// A configuration that is being applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Applying {
    /// Which one it is.
    pub configuration: ConfigurationVersion,
    /// The values before of what it changes: if the agent is ended, they are written back.
    pub before: BTreeMap<String, String>,
    /// How often it was begun.
    pub attempts: u32,
}
