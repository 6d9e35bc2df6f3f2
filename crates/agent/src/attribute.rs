//! The attributes of a BIOS, as the kernel's firmware-attributes class describes them.

use std::collections::BTreeMap;

use crate::modifier::{Effect, Force, Modifier};

/// A setting of a BIOS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The kind of its values, and which are legal.
    pub kind: AttributeKind,
    /// The value that it has now.
    pub current: String,
    /// The value that the maker gave it, where the driver tells.
    pub default: Option<String>,
    /// Its name for people, where the driver tells.
    pub display_name: Option<String>,
    /// When it can be neither seen nor changed.
    pub modifiers: Vec<Modifier>,
    /// When it has a certain value, whatever is written.
    pub forces: Vec<Force>,
}

/// The kinds of attributes, with the values that each may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AttributeKind {
    /// One of several words.
    Enumeration {
        /// The words that it may be.
        possible: Vec<String>,
    },
    /// A whole number.
    Integer {
        /// The smallest number that is legal.
        min: i64,
        /// The largest number that is legal.
        max: i64,
        /// The distance from one to the next.
        step: i64,
    },
    /// A text of some length.
    String {
        /// The fewest characters.
        min_length: usize,
        /// The most characters.
        max_length: usize,
    },
    /// Words in an order of priority, with semicolons between.
    OrderedList {
        /// The words that are put in order.
        elements: Vec<String>,
    },
}

impl Attribute {
    /// Whether two values are the same for this attribute.
    pub fn is_same(&self, one: &str, other: &str) -> bool {
        match self.kind {
            AttributeKind::String { .. } => one == other,
            AttributeKind::Enumeration { .. } | AttributeKind::OrderedList { .. } => {
                one.eq_ignore_ascii_case(other)
            }
            AttributeKind::Integer { .. } => match (one.trim().parse::<i64>(), other.trim().parse::<i64>()) {
                (Ok(one), Ok(other)) => one == other,
                _ => one == other,
            },
        }
    }
}

/// The words of a list as drivers write it: with semicolons between and perhaps behind, or, of older ones, with commas.
pub(crate) fn words(list: &str) -> Vec<String> {
    let separator = if list.contains(';') { ';' } else { ',' };
    list.split(separator).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// All attributes of a BIOS, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes(pub BTreeMap<String, Attribute>);

impl Attributes {
    /// The attribute of this name in any case, with its name as the BIOS spells it.
    pub fn find(&self, name: &str) -> Option<(&str, &Attribute)> {
        let exact = self.0.get_key_value(name);
        let found = exact.or_else(|| self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)));
        found.map(|(name, attribute)| (&**name, attribute))
    }

    /// The name that another one is most likely meant to be.
    pub fn near_miss(&self, name: &str) -> Option<&str> {
        odata::edm::near_miss(name, self.0.keys().map(String::as_str))
    }

    /// The value that an attribute has now.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|attribute| &*attribute.current)
    }

    /// The value that an attribute must have now, because of others, and the condition for it.
    pub(crate) fn forced<'a>(&self, attribute: &'a Attribute) -> Option<&'a Force> {
        attribute.forces.iter().find(|force| force.condition.holds(&|name| self.value(name)))
    }

    /// The first modifier with this effect on an attribute that holds now.
    pub(crate) fn holding<'a>(&self, attribute: &'a Attribute, effect: Effect) -> Option<&'a Modifier> {
        let holds = |modifier: &&Modifier| modifier.condition.holds(&|name| self.value(name));
        attribute.modifiers.iter().filter(|modifier| modifier.effect == effect).find(holds)
    }

    /// Gives an attribute a value, and then others the values that this forces on them.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        if let Some(attribute) = self.0.get_mut(name) {
            value.clone_into(&mut attribute.current);
        }
        // Each round forces at least one more; a ring of them ends after as many as there are.
        for _ in 0..self.0.len() {
            let forced = self.0.iter().find_map(|(name, attribute)| {
                let force = self.forced(attribute)?;
                let differs = !attribute.is_same(&attribute.current, &force.value);
                differs.then(|| (name.clone(), force.value.clone()))
            });
            let Some((name, value)) = forced else { break };
            if let Some(attribute) = self.0.get_mut(&name) {
                attribute.current = value;
            }
        }
    }
}
