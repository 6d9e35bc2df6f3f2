//! The table `[throttle]` of the configuration.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::startup_error::StartupError;

/// The factors that a profile may be scaled by.
const FACTORS: RangeInclusive<f64> = 0.000_01..=1_000.0;

/// The table `[throttle]`: whether callers are held to the limits of the cloud.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields, default)]
pub struct ThrottleTable {
    /// The limits that hold.
    #[serde(deserialize_with = "domain::word")]
    pub profile: ThrottleProfile,
    /// The factor of the profile `scaled`.
    pub factor: Option<f64>,
    /// Whether a refused caller is told when to try again. Some services of the cloud do not.
    pub retry_after: bool,
}

/// The limits that hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ThrottleProfile {
    /// Callers may ask as often as they like.
    #[default]
    Off,
    /// Those that are published.
    Documented,
    /// Those that are published, times a factor.
    Scaled,
}

impl Default for ThrottleTable {
    fn default() -> ThrottleTable {
        ThrottleTable { profile: ThrottleProfile::Off, factor: None, retry_after: true }
    }
}

impl ThrottleTable {
    /// The factor of the published limits; none if they do not hold.
    pub(super) fn factor(&self) -> Option<f64> {
        match self.profile {
            ThrottleProfile::Off => None,
            ThrottleProfile::Documented => Some(1.0),
            ThrottleProfile::Scaled => self.factor,
        }
    }

    /// Refuses what does not fit together.
    pub fn check(&self) -> Result<(), StartupError> {
        match (self.profile, self.factor) {
            (ThrottleProfile::Scaled, Some(factor)) if FACTORS.contains(&factor) => Ok(()),
            (ThrottleProfile::Scaled, Some(factor)) => Err(StartupError::Misused(format!(
                "throttle.factor = {factor} is out of bounds; it takes {} to {}",
                FACTORS.start(),
                FACTORS.end()
            ))),
            (ThrottleProfile::Scaled, None) => Err(StartupError::Misused(
                "throttle.profile = 'scaled' needs throttle.factor, such as 0.1 for a tenth of the published limits"
                    .to_owned(),
            )),
            (_, Some(_)) => Err(StartupError::Misused(
                "throttle.factor is for throttle.profile = 'scaled' only; set the profile, or leave the factor out"
                    .to_owned(),
            )),
            (_, None) => Ok(()),
        }
    }
}
