//! What a round says: a line for each record that is not as it was, and what would be lost with the other tenant.

use domain::password_copies::{MergeCounts, MergeOutcome};
use serde_json::json;
use server::StartupError;

use super::known_records::KnownRecords;
use super::round_log::RegistrationCounts;
use crate::output::print;

/// What a round has found.
#[derive(Default)]
pub struct RoundReport {
    pub counts: MergeCounts,
    pub registrations: RegistrationCounts,
    /// The lists that the other tenant does not show.
    pub passed_over: Vec<String>,
    /// The records that are gone there since the last round, and all that are gone.
    pub newly_gone: u64,
    pub gone: u64,
    pub is_rehearsal: bool,
    pub is_json: bool,
}

impl RoundReport {
    /// Tells of a record that is not as it was.
    pub fn tell(&self, outcome: &MergeOutcome) -> Result<(), StartupError> {
        match &*outcome.outcome {
            "same" => Ok(()),
            word => self.line(word, &outcome.id, &outcome.serial_number),
        }
    }

    /// Tells of the records that are gone since the last round, and counts all.
    pub fn tell_gone(&mut self, known: &KnownRecords) -> Result<(), StartupError> {
        for (id, serial_number, is_new) in known.gone() {
            self.gone += 1;
            if is_new {
                self.newly_gone += 1;
                self.line("gone", &id.to_string(), serial_number)?;
            }
        }
        Ok(())
    }

    /// Whether nothing would be lost with the other tenant, as far as it shows what it has.
    pub fn is_safe(&self) -> bool {
        self.lost() == 0 && self.passed_over.is_empty()
    }

    /// The number of records whose password is only there, even now.
    fn lost(&self) -> u64 {
        self.counts.missing(self.is_rehearsal)
    }

    /// Tells the sums.
    pub fn end(&self) -> Result<(), StartupError> {
        let RoundReport { counts, registrations, passed_over, newly_gone, gone, .. } = self;
        let (lost, before) = (self.lost(), counts.found());
        if self.is_json {
            let sums = json!({
                "passwords": counts, "registrations": registrations, "notShown": passed_over,
                "newlyGone": newly_gone, "onlyHere": gone, "lostBefore": before, "lost": lost,
            });
            return print(&sums.to_string());
        }
        let RegistrationCounts { at_source, new, refused, without_password } = registrations;
        let not_shown: String = passed_over.iter().map(|path| format!("\nnot shown there: {path}")).collect();
        print(&format!(
            "passwords: {counts}; gone there and kept here: {gone}, {newly_gone} of them since the last round\n\
             registrations there: {at_source}, made here: {new}, refused: {refused}, without a password: {without_password}\n\
             lost if that tenant ended now: {lost} (before this round: {before}); only here: {gone}{not_shown}"
        ))
    }

    fn line(&self, word: &str, id: &str, serial_number: &str) -> Result<(), StartupError> {
        match self.is_json {
            true => print(&json!({"outcome": word, "id": id, "serialNumber": serial_number}).to_string()),
            false => print(&format!("{word} {id} {serial_number}")),
        }
    }
}
