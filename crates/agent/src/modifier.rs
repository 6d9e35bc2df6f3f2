//! What attributes have to do with each other: `dell_modifier` and `dell_value_modifier`.

use std::fmt;

/// Holds while another attribute has a value, or while it has not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeCondition {
    /// The name of the other attribute.
    pub attribute: String,
    /// The value that it is compared with.
    pub value: String,
    /// Whether it holds while the attribute has another value.
    pub is_negated: bool,
}

impl AttributeCondition {
    /// Whether it holds, given the value of each attribute. About one that does not exist nothing holds.
    pub(crate) fn holds<'v>(&self, value_of: &dyn Fn(&str) -> Option<&'v str>) -> bool {
        value_of(&self.attribute)
            .is_some_and(|value| value.eq_ignore_ascii_case(&self.value) != self.is_negated)
    }
}

impl fmt::Display for AttributeCondition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = if self.is_negated { "is not" } else { "is" };
        write!(formatter, "{} {is} {}", self.attribute, self.value)
    }
}

/// What a modifier does while its condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The attribute cannot be changed.
    ReadOnly,
    /// The attribute is not shown, and cannot be changed.
    Suppressed,
}

/// A restriction of an attribute by another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modifier {
    /// What it does.
    pub effect: Effect,
    /// While this holds.
    pub condition: AttributeCondition,
}

/// A value that an attribute has while a condition holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Force {
    /// The value that is forced.
    pub value: String,
    /// While this holds.
    pub condition: AttributeCondition,
}

/// Reads a `dell_modifier`: `[ReadOnlyIf:X=v][SuppressIfNot:Y=w]`. What else drivers write there says nothing about
/// other attributes.
pub(crate) fn read_modifiers(text: &str) -> Vec<Modifier> {
    let mut modifiers = Vec::new();
    for (_, inside) in brackets(text) {
        let Some((word, rest)) = inside.split_once(':') else { continue };
        let (effect, is_negated) = match word.trim() {
            "ReadOnlyIf" => (Effect::ReadOnly, false),
            "ReadOnlyIfNot" => (Effect::ReadOnly, true),
            "SuppressIf" => (Effect::Suppressed, false),
            "SuppressIfNot" => (Effect::Suppressed, true),
            _ => continue,
        };
        modifiers.extend(condition(rest, is_negated).map(|condition| Modifier { effect, condition }));
    }
    modifiers
}

/// Reads a `dell_value_modifier`: `value[ForceIf:X=v];other[ForceIfNot:Y=w];`.
pub(crate) fn read_forces(text: &str) -> Vec<Force> {
    let mut forces = Vec::new();
    let mut value = "";
    for (before, inside) in brackets(text) {
        // A value may have several brackets behind it.
        let own = before.trim_matches([';', ' ']);
        value = if own.is_empty() { value } else { own };
        let Some((word, rest)) = inside.split_once(':') else { continue };
        let is_negated = match word.trim() {
            "ForceIf" => false,
            "ForceIfNot" => true,
            _ => continue,
        };
        let condition = condition(rest, is_negated);
        forces.extend(condition.map(|condition| Force { value: value.to_owned(), condition }));
    }
    forces
}

/// Each part in brackets, with what stands before it.
fn brackets(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.split(']').filter_map(|part| part.split_once('['))
}

fn condition(text: &str, is_negated: bool) -> Option<AttributeCondition> {
    let (attribute, value) = text.split_once('=')?;
    Some(AttributeCondition {
        attribute: attribute.trim().to_owned(),
        value: value.trim().to_owned(),
        is_negated,
    })
}

/// As `dell_modifier` has it.
impl fmt::Display for Modifier {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AttributeCondition { attribute, value, is_negated } = &self.condition;
        let effect = if self.effect == Effect::ReadOnly { "ReadOnly" } else { "Suppress" };
        write!(formatter, "[{effect}If{}:{attribute}={value}]", if *is_negated { "Not" } else { "" })
    }
}

/// As `dell_value_modifier` has it.
impl fmt::Display for Force {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AttributeCondition { attribute, value, is_negated } = &self.condition;
        write!(
            formatter,
            "{}[ForceIf{}:{attribute}={value}];",
            self.value,
            if *is_negated { "Not" } else { "" }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::{read_forces, read_modifiers};

    #[test]
    fn what_is_read_is_written_the_same() {
        for text in [
            "",
            "[ReadOnlyIf:SecureBoot=Enabled]",
            "[ReadOnlyIfNot:BootMode=Uefi][SuppressIf:TpmSecurity=Disabled][SuppressIfNot:A b=c=d]",
        ] {
            let modifiers: String = read_modifiers(text).iter().map(ToString::to_string).collect();
            assert_eq!(modifiers, text);
        }
        for text in [
            "",
            "Enabled[ForceIf:SecureBoot=Enabled];",
            "Off[ForceIf:A=1];Off[ForceIfNot:B=2];On[ForceIf:C=3];",
        ] {
            let forces: String = read_forces(text).iter().map(ToString::to_string).collect();
            assert_eq!(forces, text);
        }
    }

    #[test]
    fn what_says_nothing_about_others_is_passed_over() {
        for (text, count) in [
            ("[ProgHideLocal:TRUE]", 0),
            ("[ProgHideLocal:TRUE][ReadOnlyIf:A=1]", 1),
            ("[ReadOnlyIf:A]", 0),
            ("ReadOnlyIf:A=1", 0),
            ("[ReadOnlyIf:A=1", 1),
            ("]][[", 0),
        ] {
            assert_eq!(read_modifiers(text).len(), count, "{text}");
        }
        let shared = read_forces("Off[ForceIf:A=1][ForceIfNot:B=2];");
        assert!(shared.len() == 2 && shared.iter().all(|force| force.value == "Off"), "{shared:?}");
    }
}
