//! What a round writes down after each page, and what it reads again after it ended early. Never a password.

use domain::password_copies::MergeCounts;
use serde::{Deserialize, Serialize};

/// A line of the log: a page that is done.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PageDone {
    /// The number of the list that the page is of.
    pub list: usize,
    /// The URL of the next page; none if the list is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// The records that were seen: ids and serial numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<(String, String)>,
    /// What became of them.
    #[serde(default)]
    pub counts: MergeCounts,
    /// The registrations of the page.
    #[serde(default)]
    pub registrations: RegistrationCounts,
    /// The path of the list, if the other tenant does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed_over: Option<String>,
}

/// The numbers of registrations of the other tenant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct RegistrationCounts {
    /// How many it shows.
    pub at_source: u64,
    /// How many were not here, and are now.
    pub new: u64,
    /// How many the server does not take.
    pub refused: u64,
    /// How many have a serial number of which there is a password neither there nor here.
    pub without_password: u64,
}

impl RegistrationCounts {
    /// Adds the counts of others.
    pub fn add_all(&mut self, other: &RegistrationCounts) {
        self.at_source += other.at_source;
        self.new += other.new;
        self.refused += other.refused;
        self.without_password += other.without_password;
    }
}
