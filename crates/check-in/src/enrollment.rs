//! An enrollment: a code and a machine in, the name that the server gives the device's key out.

use serde::{Deserialize, Serialize};

use crate::machine::Machine;

/// A device asks to be enrolled. The key that it makes known is in the proof of the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrollRequest {
    /// The enrollment code.
    pub code: String,
    /// The machine, by which the server tells which registration it is.
    pub machine: Machine,
    /// The hardware hash in Base64, if the device has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hardware_hash: Option<String>,
}

/// The device is enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EnrollAnswer {
    /// The id of the device's registration.
    pub device_id: String,
    /// The name of the key, by which its proofs call it.
    pub key_id: String,
}
