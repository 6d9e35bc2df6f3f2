//! Does what a plan says: all of it or nothing, unless the caller wants what can be had.

use std::fmt;

use crate::attribute::Attributes;
use crate::firmware::Firmware;
use crate::outcome::{Outcome, SettingOutcome, SettingResult};
use crate::plan::{Plan, PlannedSetting};
use crate::restore::restore;
use crate::step::ApplyStep;
use crate::verdict::Verdict;

/// How a plan is carried out.
#[derive(Clone, Copy)]
pub struct Terms<'t> {
    /// Whether nothing stays written if something cannot be had.
    pub atomic: bool,
    /// The administrator password, if the machine has one.
    pub password: Option<&'t str>,
}

impl Default for Terms<'_> {
    fn default() -> Self {
        Terms { atomic: true, password: None }
    }
}

/// Carries out a plan. `reached` is called before each step, so that a test can end the process there, and a caller can tell
/// what goes on.
pub fn apply(
    plan: &Plan,
    firmware: &mut dyn Firmware,
    terms: Terms<'_>,
    reached: &mut dyn FnMut(ApplyStep<'_>),
) -> Outcome {
    let mut run = Run { firmware, reached, not_restored: Vec::new() };
    let is_refused = terms.atomic && plan.refused().next().is_some();
    let (mut results, is_session_open) = match is_refused || !plan.has_changes() {
        true => (plan.settings.iter().map(unwritten).collect(), false),
        false => run.in_session(plan, terms),
    };
    (run.reached)(ApplyStep::AskForReboot);
    let is_reboot_pending = run.firmware.is_reboot_pending().ok();
    if terms.atomic {
        refuse_all(&plan.settings, &mut results);
    }
    let settings = plan.settings.iter().zip(results);
    let settings = settings.map(|(setting, result)| SettingOutcome { name: setting.name.clone(), result });
    Outcome {
        settings: settings.collect(),
        is_reboot_pending,
        not_restored: run.not_restored,
        is_session_open,
    }
}

/// The result of a setting that is not written.
fn unwritten(setting: &PlannedSetting) -> SettingResult {
    match &setting.verdict {
        Verdict::Already => SettingResult::Already,
        Verdict::WillChange { .. } => SettingResult::Refused("not written".to_owned()),
        verdict => SettingResult::Refused(verdict.to_string()),
    }
}

/// If one setting was refused, so are all that would have changed.
fn refuse_all(settings: &[PlannedSetting], results: &mut [SettingResult]) {
    let is_refused = |result: &SettingResult| matches!(result, SettingResult::Refused(_));
    let Some(cause) = results.iter().position(is_refused) else { return };
    let others = settings.iter().zip(results).enumerate().filter(|(place, _)| *place != cause);
    for (_, (setting, result)) in others {
        if matches!(setting.verdict, Verdict::WillChange { .. }) && *result != SettingResult::Already {
            *result = SettingResult::Refused(format!("all or nothing: {} was refused", settings[cause].name));
        }
    }
}

/// One way through a plan.
struct Run<'r> {
    firmware: &'r mut dyn Firmware,
    reached: &'r mut dyn FnMut(ApplyStep<'_>),
    not_restored: Vec<String>,
}

/// An attribute that was written, and the value that it had before.
struct Written<'p> {
    place: usize,
    setting: &'p PlannedSetting,
    before: String,
}

impl Run<'_> {
    /// Writes, with the password if the machine has one, and has it forgotten whatever happens; the results, and whether
    /// the kernel may still hold the password.
    fn in_session(&mut self, plan: &Plan, terms: Terms<'_>) -> (Vec<SettingResult>, bool) {
        (self.reached)(ApplyStep::Remember);
        let remembered = match self.firmware.attributes() {
            Ok(remembered) => remembered,
            Err(error) => return (refused_by(plan, &error), false),
        };
        (self.reached)(ApplyStep::AskForPassword);
        let password = match (self.firmware.has_admin_password(), terms.password) {
            (Ok(false), _) => return (self.write_all(plan, terms.atomic, &remembered), false),
            (Ok(true), Some(password)) => password,
            // Writes without it would be refused, and on some machines leave a reboot pending all the same.
            (Ok(true), None) => {
                return (refused_by(plan, &"a BIOS password is set, and is not known"), false);
            }
            (Err(error), _) => return (refused_by(plan, &error), false),
        };
        (self.reached)(ApplyStep::OpenSession);
        let results = match self.firmware.open_session(password) {
            Ok(()) => self.write_all(plan, terms.atomic, &remembered),
            Err(error) => refused_by(plan, &error),
        };
        // What failed once may succeed now, and a password that stays is worth a second try.
        let is_closed = self.close_session() || self.close_session();
        (results, !is_closed)
    }

    fn close_session(&mut self) -> bool {
        (self.reached)(ApplyStep::CloseSession);
        self.firmware.close_session().is_ok()
    }

    /// Writes what will change, saves and reads back; restores what was written if that has to be.
    fn write_all(&mut self, plan: &Plan, atomic: bool, remembered: &Attributes) -> Vec<SettingResult> {
        (self.reached)(ApplyStep::BeginBulk);
        let is_bulk = match self.firmware.begin_bulk() {
            Ok(is_bulk) => is_bulk,
            Err(error) => return refused_by(plan, &error),
        };
        let mut results: Vec<SettingResult> = plan.settings.iter().map(unwritten).collect();
        let mut written = Vec::new();
        let mut is_broken = false;
        for (place, setting) in plan.settings.iter().enumerate() {
            if !matches!(setting.verdict, Verdict::WillChange { .. }) {
                continue;
            }
            results[place] = self.write(place, setting, remembered, is_bulk, &mut written);
            is_broken |= matches!(results[place], SettingResult::Refused(_));
            if is_broken && atomic {
                break;
            }
        }
        if is_bulk && !(is_broken && atomic) {
            is_broken |= !self.save(&written, remembered, &mut results);
        }
        if is_broken && atomic {
            let old = |written: &Written<'_>| (written.setting.name.clone(), written.before.clone());
            let values = written.iter().rev().map(old).collect();
            self.not_restored = restore(self.firmware, self.reached, values, is_bulk, remembered);
        }
        results
    }

    /// Reads an attribute again, and writes it unless it has the value; reads it back unless it has yet to be saved.
    fn write<'p>(
        &mut self,
        place: usize,
        setting: &'p PlannedSetting,
        remembered: &Attributes,
        is_bulk: bool,
        written: &mut Vec<Written<'p>>,
    ) -> SettingResult {
        let name = &*setting.name;
        (self.reached)(ApplyStep::Read(name));
        let before = match self.firmware.read(name) {
            Ok(before) if is_same(remembered, name, &before, &setting.value) => {
                return SettingResult::Already;
            }
            Ok(before) => before,
            Err(error) => return SettingResult::Refused(error.to_string()),
        };
        (self.reached)(ApplyStep::Write(name));
        let taken = self.firmware.write(name, &setting.value);
        // Of a write that failed one does not know what it did, unless the attribute says so.
        let is_unchanged = taken.is_err() && self.firmware.read(name).is_ok_and(|now| now == before);
        if !is_unchanged {
            written.push(Written { place, setting, before });
        }
        match taken {
            Ok(()) if is_bulk => SettingResult::NeedsReboot,
            Ok(()) => self.read_back(setting, remembered),
            Err(error) => SettingResult::Refused(error.to_string()),
        }
    }

    fn read_back(&mut self, setting: &PlannedSetting, remembered: &Attributes) -> SettingResult {
        (self.reached)(ApplyStep::ReadBack(&setting.name));
        let shown = self.firmware.read(&setting.name).and_then(|now| {
            let is_shown = is_same(remembered, &setting.name, &now, &setting.value);
            Ok((is_shown, !is_shown && self.firmware.is_reboot_pending()?))
        });
        match shown {
            Ok((true, _)) => SettingResult::Changed,
            Ok((false, true)) => SettingResult::NeedsReboot,
            Ok((false, false)) => SettingResult::Refused(
                "it was written, shows another value, and no reboot is pending".to_owned(),
            ),
            Err(error) => SettingResult::Refused(error.to_string()),
        }
    }

    /// Saves what was written, and reads it back; whether all of it was taken.
    fn save(
        &mut self,
        written: &[Written<'_>],
        remembered: &Attributes,
        results: &mut [SettingResult],
    ) -> bool {
        if written.is_empty() {
            return true;
        }
        (self.reached)(ApplyStep::Save);
        let saved = self.firmware.save();
        for Written { place, setting, .. } in written {
            if results[*place] == SettingResult::NeedsReboot {
                results[*place] = match &saved {
                    Ok(()) => self.read_back(setting, remembered),
                    Err(error) => SettingResult::Refused(error.to_string()),
                };
            }
        }
        written.iter().all(|Written { place, .. }| !matches!(results[*place], SettingResult::Refused(_)))
    }
}

/// What a failure before any write makes of a plan.
fn refused_by(plan: &Plan, error: &dyn fmt::Display) -> Vec<SettingResult> {
    let result = |setting: &PlannedSetting| match &setting.verdict {
        Verdict::WillChange { .. } => SettingResult::Refused(error.to_string()),
        _ => unwritten(setting),
    };
    plan.settings.iter().map(result).collect()
}

fn is_same(attributes: &Attributes, name: &str, one: &str, other: &str) -> bool {
    attributes.0.get(name).map_or(one == other, |attribute| attribute.is_same(one, other))
}
