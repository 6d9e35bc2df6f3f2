//! The password of a firmware: what the device says of it, and what the server has the device do with it.
//!
//! A password has a version, which rises with whatever changes the passwords that are known. An order and the report of what
//! became of it name the version, so that a report is never taken for one of another order.

use serde::{Deserialize, Serialize};

use crate::password_action::PasswordAction;
use crate::sealed_passwords::SealedPasswords;

/// What a device says of the password of its firmware.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordStatus {
    /// The public key that passwords in the answer are sealed to. It was made for this request, and the proof of the request
    /// signs it.
    pub key: String,
    /// The fewest characters that the firmware takes.
    pub length_min: u32,
    /// The most characters that the firmware takes.
    pub length_max: u32,
    /// Whether the device has something to write and needs the password for it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_needed: bool,
    /// What became of the last order, if the server has not heard it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<PasswordReport>,
}

/// What became of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordReport {
    /// The version of the order.
    pub version: i64,
    /// What became of it.
    pub outcome: PasswordOutcome,
    /// Why the firmware refused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What may become of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordOutcome {
    /// The staged password opens the firmware.
    Set,
    /// The current password opens the firmware.
    Works,
    /// The firmware asks for no password any more.
    Cleared,
    /// The firmware took the change, and it holds after a restart.
    AwaitsRestart,
    /// The firmware refused the change, and the staged password does not open it.
    Refused,
    /// The firmware refused the change, and does not tell whether the staged password opens it.
    Unclear,
    /// None of the passwords opens the firmware.
    Foreign,
}

/// What the server has the device do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordOrder {
    /// The version of the passwords.
    pub version: i64,
    /// What is to be done with them.
    pub action: PasswordAction,
    /// The passwords, sealed to the key of the request.
    pub sealed: SealedPasswords,
}
