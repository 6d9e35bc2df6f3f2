//! The physical ids that a rule is about: a device that has none of them is no member, so no other need be assessed.

use std::collections::BTreeSet;

use super::meaning::folded;
use super::tree::{Attribute, LeftOperand, MembershipRule, Operator, Quantity, RightOperand};
use crate::directory::physical_id::PhysicalId;

impl MembershipRule {
    /// The physical ids, in lower case, of which every device has one that the rule selects; none if it may be any.
    pub(crate) fn physical_ids(&self) -> Option<BTreeSet<Box<str>>> {
        match self {
            MembershipRule::And(left, right) => match (left.physical_ids(), right.physical_ids()) {
                // Either would do.
                (Some(left), Some(right)) => Some(if left.len() <= right.len() { left } else { right }),
                (one, other) => one.or(other),
            },
            MembershipRule::Or(left, right) => Some(&left.physical_ids()? | &right.physical_ids()?),
            MembershipRule::Items(Quantity::Any, Attribute::DevicePhysicalIds, inner) => inner.physical_ids(),
            MembershipRule::Comparison(LeftOperand::Item, Operator::Equal, RightOperand::Text(text)) => {
                of_registration(text).map(|id| [id].into())
            }
            MembershipRule::Comparison(LeftOperand::Item, Operator::In, RightOperand::List(items)) => {
                items.iter().map(|text| of_registration(text)).collect()
            }
            _ => None,
        }
    }
}

/// The physical id in lower case; none if it repeats nothing of a registration.
fn of_registration(physical_id: &str) -> Option<Box<str>> {
    PhysicalId::of(physical_id).map(|_| folded(physical_id))
}
