//! A delivered configuration is read and applied, and what became of it is put in the words of a check-in.

use std::collections::BTreeMap;

use agent::{ApplyStep, Firmware, Outcome, Plan, SettingResult, Terms, Verdict, apply, plan};
use cctk::File;
use check_in::{DeliveredConfiguration, ReportedOutcome, ReportedSetting, RunReport};
use data_encoding::BASE64;

use crate::error::AgentError;

/// Reads the file of a configuration, or says why it cannot be read.
pub(crate) fn read(delivered: &DeliveredConfiguration) -> Result<File, String> {
    let bytes =
        BASE64.decode(delivered.content.as_bytes()).map_err(|_| "the content is no Base64".to_owned())?;
    File::parse(&bytes).map_err(|findings| {
        let first = findings.first().map(ToString::to_string).unwrap_or_default();
        format!("{}: {first}", delivered.file_name)
    })
}

/// The plan of a file, and the values before of what it changes.
pub(crate) fn prepare(
    file: &File,
    firmware: &dyn Firmware,
) -> Result<(Plan, BTreeMap<String, String>), AgentError> {
    let attributes = firmware.attributes()?;
    let plan = plan(file, &attributes);
    let changes =
        plan.settings.iter().filter(|setting| matches!(setting.verdict, Verdict::WillChange { .. }));
    // What is forced by a change is no setting of the file, so all values are remembered that may change.
    let before = match changes.count() {
        0 => BTreeMap::new(),
        _ => attributes.0.iter().map(|(name, attribute)| (name.clone(), attribute.current.clone())).collect(),
    };
    Ok((plan, before))
}

/// Applies a plan, all of it or nothing unless its terms say otherwise.
pub(crate) fn apply_plan(
    plan: &Plan,
    terms: Terms<'_>,
    firmware: &mut dyn Firmware,
    reached: &mut dyn FnMut(ApplyStep<'_>),
) -> RunReport {
    report(&apply(plan, firmware, terms, reached))
}

fn report(outcome: &Outcome) -> RunReport {
    let setting = |setting: &agent::SettingOutcome| {
        let (outcome, reason) = match &setting.result {
            SettingResult::Already => (ReportedOutcome::Already, None),
            SettingResult::Changed => (ReportedOutcome::Changed, None),
            SettingResult::NeedsReboot => (ReportedOutcome::NeedsReboot, None),
            SettingResult::Refused(why) => (ReportedOutcome::Refused, Some(why.clone())),
        };
        ReportedSetting { name: setting.name.clone(), outcome, reason }
    };
    let error = match (outcome.not_restored.as_slice(), outcome.is_session_open) {
        ([], false) => None,
        ([], true) => Some("the kernel may still hold the BIOS password".to_owned()),
        (names, _) => {
            Some(format!("some settings could not be given their old values back: {}", names.join(", ")))
        }
    };
    RunReport {
        attributes_digest: String::new(),
        results: outcome.settings.iter().map(setting).collect(),
        error,
    }
}
