//! The membership that a group's record declares: its rule, and whether it is in force.

use engine::handlers::{Names, StartError};
use odata::{Record, Value};

use super::rule::{MembershipRule, parse};
use super::sets::GROUP;
use crate::assessment::AssessmentScope;

/// The type of a group whose members a rule selects.
pub(super) const DYNAMIC: &str = "DynamicMembership";

/// The slots of a group's record that say who its members are.
#[derive(Clone)]
pub(crate) struct GroupSlots {
    types: u16,
    pub(super) rule: u16,
    pub(super) processing: u16,
}

impl GroupSlots {
    pub(crate) fn new(names: &Names<'_>) -> Result<GroupSlots, StartError> {
        Ok(GroupSlots {
            types: names.slot(GROUP, "groupTypes")?,
            rule: names.slot(GROUP, "membershipRule")?,
            processing: names.slot(GROUP, "membershipRuleProcessingState")?,
        })
    }

    /// The types of a group.
    pub(super) fn types<'g>(&self, group: &'g Record) -> impl Iterator<Item = &'g str> {
        let types = match group.get(self.types) {
            Some(Value::Collection(items)) => items.as_slice(),
            _ => &[],
        };
        types.iter().filter_map(Value::as_text)
    }

    /// Whether a rule selects the group's members.
    pub(super) fn is_dynamic(&self, group: &Record) -> bool {
        self.types(group).any(|name| name.eq_ignore_ascii_case(DYNAMIC))
    }

    /// The rule that selects the group's members; none if they are added one by one.
    pub(crate) fn rule<'g>(&self, group: &'g Record) -> Option<&'g str> {
        self.is_dynamic(group).then(|| group.text(self.rule)).flatten()
    }

    /// The rule; none while it is paused.
    fn rule_in_force<'g>(&self, group: &'g Record) -> Option<&'g str> {
        let is_on = group.text(self.processing).is_none_or(|state| state.eq_ignore_ascii_case("On"));
        self.rule(group).filter(|_| is_on)
    }

    /// The parsed rule; none while it is paused.
    pub(crate) fn parsed_rule(&self, group: &Record) -> Option<MembershipRule> {
        // It was parsed when the group was written.
        self.rule_in_force(group).and_then(|rule| parse(rule).ok())
    }

    /// The devices for which it makes a difference which of these groups' rules is in force.
    pub(super) fn rule_difference(&self, groups: &[&Record]) -> AssessmentScope {
        let rules: Vec<MembershipRule> = groups.iter().filter_map(|group| self.parsed_rule(group)).collect();
        match rules.iter().map(MembershipRule::physical_ids).collect::<Option<Vec<_>>>() {
            Some(ids) => AssessmentScope::PhysicalIds(ids.into_iter().flatten().collect()),
            None => {
                let texts = groups.iter().filter_map(|group| self.rule_in_force(group));
                AssessmentScope::RuleDifference(texts.map(Box::from).collect())
            }
        }
    }
}
