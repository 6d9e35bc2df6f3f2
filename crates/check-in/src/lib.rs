//! What a device and the server tell each other: an enrollment, and then check-ins, in their wire form.
//!
//! JSON in camel case. Each side refuses what it does not know, so that nothing is lost silently.

mod attributes;
mod configuration;
mod enrollment;
mod machine;
mod message;
mod password;
mod password_action;
mod sealed_passwords;

pub use attributes::{AttributeChanges, AttributeReport, AttributeValues, ReportFault};
pub use configuration::{
    ConfigurationVersion, DeliveredConfiguration, ReportedOutcome, ReportedSetting, RunReport,
};
pub use enrollment::{EnrollAnswer, EnrollRequest};
pub use machine::{FirmwareInterface, Machine};
pub use message::{CheckInAnswer, CheckInRequest};
pub use password::{PasswordOrder, PasswordOutcome, PasswordReport, PasswordStatus};
pub use password_action::PasswordAction;
pub use sealed_passwords::{
    PasswordKey, Passwords, SealedPasswords, SealingFault, SealingPlace, is_password_key,
};

/// The path of an enrollment.
pub const ENROLL_PATH: &str = "/_/agent/enroll";
/// The path of a check-in.
pub const CHECK_IN_PATH: &str = "/_/agent/check-in";

/// The most attributes of a device.
pub const ATTRIBUTES_MAX: usize = 2_000;
/// The most bytes of the names and values of all attributes of a device.
pub const ATTRIBUTES_BYTES_MAX: usize = 256 << 10;
/// The most settings whose results are reported.
pub const RESULTS_MAX: usize = 2_000;
/// The most bytes of any text of a message but a hardware hash and a configuration.
pub const TEXT_BYTES_MAX: usize = 2 << 10;
