//! Tells two files apart, setting by setting, in words.

use std::collections::HashMap;
use std::fmt;

use crate::file::{File, Setting, shown};
use crate::name::{SettingPurpose, may_repeat};

/// A name whose values differ between two files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name, as the newer file spells it if it has it.
    pub name: String,
    /// The values in the older file: several only of a name that stands once for each of them, and none if it is new.
    pub before: Vec<String>,
    /// The values in the newer file; none if the name is gone.
    pub after: Vec<String>,
}

/// What differs between two versions of a file: changed and new settings in the order of the newer one, then those that
/// are gone. Neither comments nor the order of names count, nor upper and lower case.
pub fn compare(old: &File, new: &File) -> Vec<Difference> {
    let mut left: HashMap<String, Vec<&Setting>> =
        old.by_name().into_iter().filter_map(|settings| Some((key(&settings)?, settings))).collect();
    let mut differences = Vec::new();
    for after in new.by_name() {
        let before = key(&after).and_then(|key| left.remove(&key)).unwrap_or_default();
        differences.extend(difference(&before, &after));
    }
    for before in old.by_name() {
        if key(&before).is_some_and(|key| left.contains_key(&key)) {
            differences.extend(difference(&before, &[]));
        }
    }
    differences
}

fn key(settings: &[&Setting]) -> Option<String> {
    settings.first().map(|setting| setting.name.to_ascii_lowercase())
}

fn difference(before: &[&Setting], after: &[&Setting]) -> Option<Difference> {
    let (before, after) = (counted(before), counted(after));
    let is_same = before.len() == after.len()
        && before.iter().zip(after).all(|(before, after)| before.value.eq_ignore_ascii_case(&after.value));
    let name = after.first().or(before.first()).filter(|_| !is_same)?.name.clone();
    let values = |settings: &[&Setting]| settings.iter().map(|setting| told(setting)).collect();
    Some(Difference { name, before: values(before), after: values(after) })
}

/// The settings of a name that count: all where each has its own value, and otherwise the first.
fn counted<'s, 'f>(settings: &'s [&'f Setting]) -> &'s [&'f Setting] {
    let count =
        if settings.first().is_some_and(|first| may_repeat(&first.name)) { settings.len() } else { 1 };
    &settings[..count.min(settings.len())]
}

/// The value of a setting, but no password.
fn told(setting: &Setting) -> String {
    match setting.purpose() {
        SettingPurpose::Password => String::from("a password"),
        _ => setting.value.clone(),
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |values: &[String]| values.iter().map(|value| shown(value)).collect::<Vec<_>>().join(", ");
        let (name, before, after) = (&self.name, list(&self.before), list(&self.after));
        match (self.before.is_empty(), self.after.is_empty()) {
            (true, _) => write!(formatter, "{name} is new: {after}"),
            (false, true) => write!(formatter, "{name} is gone; it was {before}"),
            (false, false) => write!(formatter, "{name} changes from {before} to {after}"),
        }
    }
}
