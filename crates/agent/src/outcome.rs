//! What became of a plan: a result for each setting, and what is left to be known.

use std::fmt;

/// What became of a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The result of each setting, in the order of the plan.
    pub settings: Vec<SettingOutcome>,
    /// Whether something takes effect only after a reboot; unknown if the machine does not say.
    pub is_reboot_pending: Option<bool>,
    /// The attributes that were written and could not be given their old values back. What depends on them may have
    /// followed.
    pub not_restored: Vec<String>,
    /// Whether the kernel may still hold the password, because it did not take the order to forget it.
    pub is_session_open: bool,
}

/// A setting, and its result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingOutcome {
    /// The name, as in the plan.
    pub name: String,
    /// What became of it.
    pub result: SettingResult,
}

/// What became of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SettingResult {
    /// The attribute had the value.
    Already,
    /// The attribute has the value now.
    Changed,
    /// The value was taken, and shows after a reboot.
    NeedsReboot,
    /// The attribute does not have the value, and why.
    Refused(String),
}

impl Outcome {
    /// Whether every setting has its value, or will have it after a reboot.
    pub fn is_success(&self) -> bool {
        self.first_refusal().is_none() && self.not_restored.is_empty() && !self.is_session_open
    }

    /// The first setting that was refused, and why.
    pub fn first_refusal(&self) -> Option<(&str, &str)> {
        self.settings.iter().find_map(|setting| match &setting.result {
            SettingResult::Refused(why) => Some((&*setting.name, &**why)),
            _ => None,
        })
    }
}

impl SettingResult {
    /// The name of the result, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            SettingResult::Already => "already",
            SettingResult::Changed => "changed",
            SettingResult::NeedsReboot => "needs-reboot",
            SettingResult::Refused(_) => "refused",
        }
    }
}

/// The result in words: `refused (why)` or its name alone.
impl fmt::Display for SettingResult {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SettingResult::Refused(why) => write!(formatter, "refused ({why})"),
            _ => formatter.write_str(self.code()),
        }
    }
}
