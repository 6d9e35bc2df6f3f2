//! No plan violates a modifier, whatever depends on whatever.

use std::collections::BTreeMap;

use agent::{
    Attribute, AttributeCondition, AttributeKind, Attributes, Effect, Force, Modifier, Verdict, plan,
};
use proptest::prelude::*;

use crate::file;

const VALUES: [&str; 3] = ["A", "B", "C"];
const COUNT: usize = 6;

fn name(index: usize) -> String {
    format!("Setting{index}")
}

fn condition() -> impl Strategy<Value = AttributeCondition> {
    (0..COUNT, 0..VALUES.len(), any::<bool>()).prop_map(|(other, value, is_negated)| AttributeCondition {
        attribute: name(other),
        value: VALUES[value].to_owned(),
        is_negated,
    })
}

/// Attributes that depend on each other in any way, rings included; values are forced along no ring, as no BIOS could be
/// in such a state.
fn attributes() -> impl Strategy<Value = Attributes> {
    let effect = prop_oneof![Just(Effect::ReadOnly), Just(Effect::Suppressed)];
    let modifier = (effect, condition()).prop_map(|(effect, condition)| Modifier { effect, condition });
    let modifiers = prop::collection::vec(modifier, 0..3);
    let force = (0..VALUES.len(), condition());
    let attribute = (modifiers, prop::option::weighted(0.3, force), 0..VALUES.len());
    prop::collection::vec(attribute, COUNT).prop_map(|drawn| {
        let mut attributes = BTreeMap::new();
        for (index, (mut modifiers, force, current)) in drawn.into_iter().enumerate() {
            modifiers.retain(|modifier| modifier.condition.attribute != name(index));
            let force = force.filter(|(_, condition)| condition.attribute < name(index));
            let forces = force.map(|(value, condition)| Force { value: VALUES[value].to_owned(), condition });
            let attribute = Attribute {
                kind: AttributeKind::Enumeration { possible: VALUES.map(str::to_owned).to_vec() },
                current: VALUES[current].to_owned(),
                default: None,
                display_name: None,
                modifiers,
                forces: forces.into_iter().collect(),
            };
            attributes.insert(name(index), attribute);
        }
        settle(&mut attributes);
        Attributes(attributes)
    })
}

/// Whether a condition holds: the test's own word on it.
fn holds(attributes: &BTreeMap<String, Attribute>, condition: &AttributeCondition) -> bool {
    (attributes[&condition.attribute].current == condition.value) != condition.is_negated
}

/// Gives every attribute the value that is forced on it. One depends on those before it only.
fn settle(attributes: &mut BTreeMap<String, Attribute>) {
    for index in 0..COUNT {
        let forces = attributes[&name(index)].forces.clone();
        if let Some(force) = forces.iter().find(|force| holds(attributes, &force.condition)) {
            attributes.get_mut(&name(index)).unwrap().current.clone_from(&force.value);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn each_write_is_allowed_when_it_comes_and_all_values_hold_in_the_end(
        attributes in attributes(),
        wanted in prop::collection::btree_map(0..COUNT, 0..VALUES.len(), 1..COUNT),
    ) {
        let lines: String = wanted.iter().map(|(index, value)| format!("{}={}\n", name(*index), VALUES[*value])).collect();
        let plan = plan(&file(&lines), &attributes);
        prop_assert_eq!(plan.settings.len(), wanted.len());
        let mut state = attributes.0.clone();
        for setting in &plan.settings {
            let Verdict::WillChange { from } = &setting.verdict else { continue };
            let attribute = &state[&setting.name];
            prop_assert_eq!(&attribute.current, from);
            let blocks = |modifier: &&Modifier| holds(&state, &modifier.condition);
            prop_assert_eq!(attribute.modifiers.iter().find(blocks), None, "{} of {:#?}", setting.name, plan);
            state.get_mut(&setting.name).unwrap().current.clone_from(&setting.value);
            settle(&mut state);
        }
        for setting in plan.settings.iter().filter(|setting| setting.verdict.is_good()) {
            prop_assert_eq!(&state[&setting.name].current, &setting.value, "{} of {:#?}", setting.name, plan);
        }
    }

    #[test]
    fn a_chain_is_written_from_its_beginning(count in 2..COUNT, places in Just((0..COUNT).collect::<Vec<_>>()).prop_shuffle()) {
        // Each is read-only until the one before it is B.
        let mut attributes = BTreeMap::new();
        for index in 0..count {
            let condition = |before: usize| AttributeCondition { attribute: name(before), value: "B".to_owned(), is_negated: true };
            let modifier = |before| Modifier { effect: Effect::ReadOnly, condition: condition(before) };
            let attribute = Attribute {
                kind: AttributeKind::Enumeration { possible: VALUES.map(str::to_owned).to_vec() },
                current: "A".to_owned(),
                default: None,
                display_name: None,
                modifiers: index.checked_sub(1).map(modifier).into_iter().collect(),
                forces: Vec::new(),
            };
            attributes.insert(name(index), attribute);
        }
        let lines: String = places.iter().filter(|place| **place < count).map(|place| format!("{}=B\n", name(*place))).collect();
        let plan = plan(&file(&lines), &Attributes(attributes));
        let order: Vec<String> = plan.settings.iter().map(|setting| setting.name.clone()).collect();
        prop_assert_eq!(order, (0..count).map(name).collect::<Vec<_>>());
        prop_assert_eq!(plan.refused().count(), 0);
    }
}
