//! The order in which changes are written, so that none stands in the way of another.

use crate::attribute::{Attribute, Attributes};

/// A change that a file wants: the attribute and its next value.
pub(crate) struct WantedChange<'c> {
    pub name: &'c str,
    pub attribute: &'c Attribute,
    pub value: &'c str,
}

/// The places of the changes in an order that modifiers allow: an attribute that another one depends on comes before it,
/// unless its next value would block the other. What is free keeps its order, and so does a ring, which no order serves.
pub(crate) fn order(changes: &[WantedChange<'_>], attributes: &Attributes) -> Vec<usize> {
    // before[place] has the places that must come earlier.
    let mut before: Vec<Vec<usize>> = vec![Vec::new(); changes.len()];
    for (dependent, change) in changes.iter().enumerate() {
        for (other, cause) in changes.iter().enumerate().filter(|(other, _)| *other != dependent) {
            match relation(change, cause, attributes) {
                Some(Relation::After) => before[dependent].push(other),
                Some(Relation::Before) => before[other].push(dependent),
                None => {}
            }
        }
    }
    let mut left: Vec<usize> = (0..changes.len()).collect();
    let mut ordered = Vec::with_capacity(changes.len());
    while !left.is_empty() {
        let is_free = |place: &usize| !before[*place].iter().any(|earlier| left.contains(earlier));
        let next = left.iter().position(is_free).unwrap_or(0);
        ordered.push(left.remove(next));
    }
    ordered
}

enum Relation {
    /// After the other, which blocks it now, or decides its value.
    After,
    /// Before the other, which will block it.
    Before,
}

/// How a change has to stand to another one, on whose attribute it may depend.
fn relation(
    change: &WantedChange<'_>,
    other: &WantedChange<'_>,
    attributes: &Attributes,
) -> Option<Relation> {
    let now = attributes.value(other.name);
    let next = Some(other.value);
    let mut relation = None;
    for modifier in &change.attribute.modifiers {
        if modifier.condition.attribute != other.name {
            continue;
        }
        match (modifier.condition.holds(&|_| now), modifier.condition.holds(&|_| next)) {
            (true, false) => return Some(Relation::After),
            (false, true) => relation = Some(Relation::Before),
            _ => {}
        }
    }
    let is_forced = change.attribute.forces.iter().any(|force| force.condition.attribute == other.name);
    relation.or(is_forced.then_some(Relation::After))
}
