//! The actions of orders about passwords.

use serde::{Deserialize, Serialize};

/// What is done with passwords.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PasswordAction {
    /// The firmware is opened with the current one, to write attributes.
    Unlock,
    /// The staged one takes the place of the current one.
    Set,
    /// The current one is removed.
    Clear,
}

impl PasswordAction {
    /// The name of the action, as it stands on the wire.
    pub fn name(self) -> &'static str {
        match self {
            PasswordAction::Unlock => "unlock",
            PasswordAction::Set => "set",
            PasswordAction::Clear => "clear",
        }
    }
}
