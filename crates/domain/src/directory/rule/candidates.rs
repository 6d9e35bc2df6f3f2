//! Which group tags a rule can only be about: who has none of them is no member, so nobody else need be looked at.

use std::collections::BTreeSet;

use super::meaning::folded;
use super::{Attribute, Operand, Operator, Quantity, Rule, Subject};

/// What a device's physical id starts with that holds its group tag, in lower case.
const TAG: &str = "[orderid]:";

impl Rule {
    /// The tags, in lower case, of which every device has one that the rule selects; none if it may be any.
    pub(crate) fn tags(&self) -> Option<BTreeSet<Box<str>>> {
        match self {
            Rule::And(left, right) => match (left.tags(), right.tags()) {
                (Some(left), Some(right)) => Some(left.intersection(&right).cloned().collect()),
                (one, other) => one.or(other),
            },
            Rule::Or(left, right) => Some(&left.tags()? | &right.tags()?),
            Rule::Items(Quantity::Any, Attribute::DevicePhysicalIds, inner) => inner.tags(),
            Rule::Test(Subject::Item, Operator::Equal, Operand::Text(text)) => {
                tag(text).map(|tag| [tag].into())
            }
            Rule::Test(Subject::Item, Operator::In, Operand::List(items)) => {
                items.iter().map(|text| tag(text)).collect()
            }
            _ => None,
        }
    }
}

fn tag(physical_id: &str) -> Option<Box<str>> {
    folded(physical_id).strip_prefix(TAG).map(Box::from)
}
