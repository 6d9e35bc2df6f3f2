//! Checks the settings of a file that could be read: what is refused, and what may do harm.

use crate::file::{File, Setting, shown};
use crate::finding::{FINDINGS_MAX, Finding, Rule};
use crate::hazard::{HAZARDS, Hazard};
use crate::name::{SettingPurpose, may_repeat, slip};

/// How many names are compared with those that are known: more than a machine has settings.
const NAMES_COMPARED_MAX: usize = 1_000;

/// The findings about a file's settings, in the order of its lines.
pub fn lint(file: &File) -> Vec<Finding> {
    // What needs company counts only where it has it.
    let counts = |hazard: &&Hazard| match &hazard.with {
        Some(company) => file.settings().any(|setting| company.has(setting)),
        None => true,
    };
    let hazards: Vec<&Hazard> = HAZARDS.iter().filter(counts).collect();
    let mut findings = Vec::new();
    for (index, settings) in file.by_name().into_iter().enumerate() {
        let Some((first, others)) = settings.split_first() else { continue };
        findings.extend(about_purpose(first));
        if index < NAMES_COMPARED_MAX
            && let Some(known) = slip(&first.name)
        {
            let cause = format!("{} is no name that is known; did you mean {known}?", shown(&first.name));
            findings.push(Finding::new(first.position, Rule::NearMiss, cause));
        }
        about_value(first, &hazards, &mut findings);
        for setting in others {
            if may_repeat(&setting.name) {
                about_value(setting, &hazards, &mut findings);
            } else {
                let cause = format!("{} stands already in {}", setting.name, first.position);
                findings.push(Finding::new(setting.position, Rule::Repeated, cause));
            }
        }
    }
    findings.sort_by_key(|finding| finding.position);
    findings.truncate(FINDINGS_MAX);
    findings
}

/// What a line is for that is never applied.
fn about_purpose(setting: &Setting) -> Option<Finding> {
    let name = &setting.name;
    let (rule, cause) = match setting.purpose() {
        SettingPurpose::Password => (Rule::Password, format!("{name} sets or tells a password")),
        SettingPurpose::OfOneMachine if !setting.value.is_empty() => {
            (Rule::OfOneMachine, format!("{name} is {} on one machine only", setting.shown_value()))
        }
        _ => return None,
    };
    Some(Finding::new(setting.position, rule, cause))
}

/// What the value does.
fn about_value(setting: &Setting, hazards: &[&Hazard], findings: &mut Vec<Finding>) {
    if setting.purpose() != SettingPurpose::Setting {
        return;
    }
    let Setting { name, value, value_position: position, .. } = setting;
    if !value.is_ascii() {
        let cause = format!("{name} is {}", shown(value));
        findings.push(Finding::new(*position, Rule::NotAscii, cause));
    }
    for hazard in hazards.iter().filter(|hazard| hazard.settings.has(setting)) {
        let cause = format!("{name}={value} {}", hazard.consequence);
        findings.push(Finding::new(*position, hazard.rule, cause));
    }
}
