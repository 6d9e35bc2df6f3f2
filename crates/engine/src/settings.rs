//! The settings of the operator that hold for every entity set.

use std::sync::Arc;
use std::time::Duration;

use odata::edm::{PermissionId, PropertyId, SetId};

use crate::live_bounds::{Bounds, LiveBounds};
use crate::tenants::ConfiguredTenants;

/// The settings of the operator that hold for every entity set.
#[derive(Clone, Debug)]
pub struct EngineSettings {
    /// Whether this stands in for the cloud, so that its clock can be turned.
    pub dev: bool,
    /// The permission that reading secrets takes on top of the documented one, if it takes one.
    pub reveal_permission: Option<PermissionId>,
    /// Whether whoever is shown secrets has to say why.
    pub require_reason: bool,
    /// How breaches of the documents' rules are treated.
    pub validation: Validation,
    /// Whether binary values without the padding of their Base64 are taken, and padded.
    pub unpadded_base64: bool,
    /// The bounds that may change while the engine runs.
    pub bounds: Arc<LiveBounds>,
    /// The time that a call may take, beside what its operation waits for.
    pub call_time: Duration,
    /// The tenants that are served, and what each may do; if there are none, whoever comes.
    pub tenants: Arc<ConfiguredTenants>,
    /// The set whose entities tenants have a quota of their own for.
    pub counted_set: Option<SetId>,
    /// The property with the state of those entities, an enumeration.
    pub counted_state: Option<PropertyId>,
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
            validation: Validation::default(),
            unpadded_base64: false,
            bounds: Arc::new(LiveBounds::new(Bounds::default())),
            call_time: Duration::from_secs(60),
            tenants: Arc::default(),
            counted_set: None,
            counted_state: None,
        }
    }
}
