//! The settings of the operator that hold for every entity set.

use std::sync::Arc;
use std::time::Duration;

use odata::edm::{PermissionId, SetId};

use crate::tenants::ConfiguredTenants;

/// The settings of the operator that hold for every entity set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineSettings {
    /// Whether this stands in for the cloud, so that its clock can be turned.
    pub dev: bool,
    /// The permission that reading secrets takes on top of the documented one, if it takes one.
    pub reveal_permission: Option<PermissionId>,
    /// Whether whoever is shown secrets has to say why.
    pub require_reason: bool,
    /// The entities whose secrets one caller is shown in an hour at most; 0 is any number.
    pub reveals_per_hour: u32,
    /// How breaches of the documents' rules are treated.
    pub validation: Validation,
    /// Whether binary values without the padding of their Base64 are taken, and padded.
    pub unpadded_base64: bool,
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
    /// The set whose entities tenants have a quota of their own for.
    pub counted_set: Option<SetId>,
}

/// How breaches of the documents' rules are treated that the documents' own examples commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Validation {
    /// A breach is accepted, and noted in the journal.
    #[default]
    Documented,
    /// A breach is refused.
    Strict,
}

impl Default for EngineSettings {
    fn default() -> EngineSettings {
        EngineSettings {
            dev: false,
            reveal_permission: None,
            require_reason: false,
            reveals_per_hour: 0,
            validation: Validation::default(),
            unpadded_base64: false,
            page_size: 1_000,
            delta_token_days: 30,
            journal_retention_days: 30,
            idempotency_hours: 24,
            call_time: Duration::from_secs(60),
            tenants: Arc::default(),
            counted_set: None,
        }
    }
}
