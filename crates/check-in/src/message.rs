//! A check-in and its answer.

use serde::{Deserialize, Serialize};

use crate::attributes::AttributeReport;
use crate::configuration::{ConfigurationVersion, DeliveredConfiguration, RunReport};
use crate::machine::{FirmwareInterface, Machine};
use crate::password::{PasswordOrder, PasswordStatus};

/// A device says how it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckInRequest {
    /// The machine, by which a key on another one is noticed.
    pub machine: Machine,
    /// How its firmware can be set; none if it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<FirmwareInterface>,
    /// The password of the firmware; none if it takes none, or the agent knows none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordStatus>,
    /// The attributes of the firmware.
    #[serde(default)]
    pub attributes: AttributeReport,
    /// The configuration that the device applied last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub applied: Option<ConfigurationVersion>,
    /// What became of it, until the server has heard that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<RunReport>,
    /// The hardware hash in Base64, if it is another than before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_hash: Option<String>,
}

/// The server says what there is to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckInAnswer {
    /// The configuration to apply; none if there is nothing to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deliver: Option<DeliveredConfiguration>,
    /// Whether the next check-in must tell all attributes.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub wants_all_attributes: bool,
    /// What is to be done with the password of the firmware, before anything is written; none if nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordOrder>,
    /// The time until the next check-in.
    pub check_in_after_seconds: u64,
}
