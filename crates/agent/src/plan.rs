//! What a file would do to a machine: a verdict on each line, in the order of writing.

use cctk::{File, Position, Setting, SettingPurpose};

use crate::attribute::{Attribute, Attributes};
use crate::legal::spelled;
use crate::modifier::Effect;
use crate::order::{WantedChange, order};
use crate::verdict::Verdict;

/// What a file would do to a machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The settings, in the order of writing. Those that are refused come first, as the file has them.
    pub settings: Vec<PlannedSetting>,
    /// The names that stand in the file and belong to one machine, so that they are never applied.
    pub left_out: Vec<String>,
}

/// A setting of a file, and its verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedSetting {
    /// The name: as the machine spells it if it has the attribute, and otherwise as the file does.
    pub name: String,
    /// The value: as the machine spells it if it is legal, and otherwise as the file does. A password is not kept.
    pub value: String,
    /// The place in the file.
    pub position: Position,
    /// What would become of it.
    pub verdict: Verdict,
}

impl Plan {
    /// The settings that cannot be had.
    pub fn refused(&self) -> impl Iterator<Item = &PlannedSetting> {
        self.settings.iter().filter(|setting| !setting.verdict.is_good())
    }

    /// Whether something has to be written.
    pub fn has_changes(&self) -> bool {
        self.settings.iter().any(|setting| matches!(setting.verdict, Verdict::WillChange { .. }))
    }
}

/// A setting that the machine has, with a legal value.
struct Candidate<'c> {
    name: &'c str,
    attribute: &'c Attribute,
    value: String,
    position: Position,
    /// What is known not to work out, once all others have their values.
    refused: Option<Verdict>,
}

/// Says what a file would do to a machine with these attributes.
pub fn plan(file: &File, attributes: &Attributes) -> Plan {
    let mut plan = Plan::default();
    let mut candidates = Vec::new();
    for settings in file.by_name() {
        let Some(first) = settings.first() else { continue };
        match first.purpose() {
            SettingPurpose::Information => {}
            SettingPurpose::OfOneMachine => plan.left_out.push(first.name.clone()),
            SettingPurpose::Password => {
                plan.settings.push(refused(&first.name, "", first.position, Verdict::RefusedPasswordLine));
            }
            SettingPurpose::Setting => match candidate(&settings, attributes) {
                Ok(candidate) => candidates.push(candidate),
                Err(setting) => plan.settings.push(setting),
            },
        }
    }
    let planned = loop {
        let (planned, last) = simulate(&candidates, attributes);
        let mut is_settled = true;
        for candidate in candidates.iter_mut().filter(|candidate| candidate.refused.is_none()) {
            candidate.refused = forced_in_the_end(candidate, &last);
            is_settled &= candidate.refused.is_none();
        }
        if is_settled {
            break planned;
        }
    };
    plan.settings.extend(planned);
    plan
}

fn refused(name: &str, value: &str, position: Position, verdict: Verdict) -> PlannedSetting {
    PlannedSetting { name: name.to_owned(), value: value.to_owned(), position, verdict }
}

/// The attribute and value that lines of one name mean.
fn candidate<'c>(settings: &[&Setting], attributes: &'c Attributes) -> Result<Candidate<'c>, PlannedSetting> {
    let Setting { name, value, position, .. } = settings[0];
    let Some((name, attribute)) = attributes.find(name) else {
        let near_miss = attributes.near_miss(name).map(str::to_owned);
        return Err(refused(name, value, *position, Verdict::UnknownAttribute { near_miss }));
    };
    let others = settings.iter().filter(|other| !other.value.eq_ignore_ascii_case(value)).count();
    let legal = match others {
        0 => spelled(attribute, value),
        _ => Err(format!("one value, and the file has {}", others + 1)),
    };
    let legal = legal.map_err(|legal| refused(name, value, *position, Verdict::BadValue { legal }))?;
    Ok(Candidate { name, attribute, value: legal, position: *position, refused: None })
}

/// Goes through the candidates in the order of writing as if each were written: the verdicts, and the attributes
/// afterwards.
fn simulate(candidates: &[Candidate<'_>], attributes: &Attributes) -> (Vec<PlannedSetting>, Attributes) {
    let open: Vec<&Candidate<'_>> =
        candidates.iter().filter(|candidate| candidate.refused.is_none()).collect();
    let changes: Vec<WantedChange<'_>> = open
        .iter()
        .map(|Candidate { name, attribute, value, .. }| WantedChange { name, attribute, value })
        .collect();
    let mut state = attributes.clone();
    let mut planned = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let Some(verdict) = &candidate.refused else { continue };
        planned.push(refused(candidate.name, &candidate.value, candidate.position, verdict.clone()));
    }
    for place in order(&changes, attributes) {
        let Candidate { name, value, position, .. } = open[place];
        let verdict = verdict(open[place], &state);
        if matches!(verdict, Verdict::WillChange { .. }) {
            state.set(name, value);
        }
        planned.push(PlannedSetting {
            name: (*name).to_owned(),
            value: value.clone(),
            position: *position,
            verdict,
        });
    }
    (planned, state)
}

/// The verdict on a candidate if it were written now.
fn verdict(candidate: &Candidate<'_>, state: &Attributes) -> Verdict {
    let Candidate { name, attribute, value, .. } = candidate;
    let from = state.value(name).unwrap_or_default();
    if attribute.is_same(from, value) {
        return Verdict::Already;
    }
    let because = |effect| state.holding(attribute, effect).map(|modifier| modifier.condition.to_string());
    if let Some(because) = because(Effect::Suppressed) {
        return Verdict::SuppressedNow { because };
    }
    if let Some(because) = because(Effect::ReadOnly) {
        return Verdict::ReadOnlyNow { because };
    }
    match state.forced(attribute).filter(|force| !attribute.is_same(&force.value, value)) {
        Some(force) => Verdict::ForcedTo { value: force.value.clone(), because: force.condition.to_string() },
        None => Verdict::WillChange { from: from.to_owned() },
    }
}

/// The verdict on a candidate that another one takes its value from.
fn forced_in_the_end(candidate: &Candidate<'_>, last: &Attributes) -> Option<Verdict> {
    let force = last.forced(candidate.attribute)?;
    let is_other = !candidate.attribute.is_same(&force.value, &candidate.value);
    is_other.then(|| Verdict::ForcedTo { value: force.value.clone(), because: force.condition.to_string() })
}
