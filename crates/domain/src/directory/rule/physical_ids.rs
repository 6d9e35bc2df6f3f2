//! Which physical ids a rule can only be about: who has none of them is no member, so nobody else need be looked at.

use std::collections::BTreeSet;

use super::meaning::folded;
use super::{Attribute, Operand, Operator, Quantity, Rule, Subject};
use crate::directory::PhysicalId;

impl Rule {
    /// The physical ids, in lower case, of which every device has one that the rule selects; none if it may be any.
    pub(crate) fn physical_ids(&self) -> Option<BTreeSet<Box<str>>> {
        match self {
            Rule::And(left, right) => match (left.physical_ids(), right.physical_ids()) {
                // Either would do.
                (Some(left), Some(right)) => Some(if left.len() <= right.len() { left } else { right }),
                (one, other) => one.or(other),
            },
            Rule::Or(left, right) => Some(&left.physical_ids()? | &right.physical_ids()?),
            Rule::Items(Quantity::Any, Attribute::DevicePhysicalIds, inner) => inner.physical_ids(),
            Rule::Test(Subject::Item, Operator::Equal, Operand::Text(text)) => {
                ours(text).map(|id| [id].into())
            }
            Rule::Test(Subject::Item, Operator::In, Operand::List(items)) => {
                items.iter().map(|text| ours(text)).collect()
            }
            _ => None,
        }
    }
}

fn ours(physical_id: &str) -> Option<Box<str>> {
    PhysicalId::of(physical_id).map(|_| folded(physical_id))
}
