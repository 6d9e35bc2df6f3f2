//! `groups`: what a group must say to be one, and what its rule means.

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers, code};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Record, Value};
use store::{Change, Query};

use super::members::ADDED_MAX;
use super::rule::{Rule, parse};
use crate::assessment::{Cause, Touched, assessment};

pub(crate) const TYPE: &str = "group";
pub(crate) const SET: &str = "groups";

/// The type of a group whose members a rule selects.
const DYNAMIC: &str = "DynamicMembership";
/// The property that holds the rule.
const RULE: &str = "membershipRule";
const TYPES: [&str; 2] = [DYNAMIC, "Unified"];
const PROCESSING_STATES: [&str; 2] = ["On", "Paused"];

/// Hooks in what is special.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let groups = Groups {
        set: names.whole_path(SET)?,
        members: names.whole_path("groups/members")?,
        slots: GroupSlots::new(names)?,
        created: names.slot(TYPE, "createdDateTime")?,
    };
    handlers.set(groups.set, groups);
    Ok(())
}

/// Where a group says who is in it.
#[derive(Clone)]
pub(crate) struct GroupSlots {
    types: u16,
    rule: u16,
    processing: u16,
}

impl GroupSlots {
    pub(crate) fn new(names: &Names<'_>) -> Result<GroupSlots, StartError> {
        Ok(GroupSlots {
            types: names.slot(TYPE, "groupTypes")?,
            rule: names.slot(TYPE, "membershipRule")?,
            processing: names.slot(TYPE, "membershipRuleProcessingState")?,
        })
    }

    /// The rule that selects the group's members; none if they are chosen one by one.
    pub(crate) fn rule<'g>(&self, group: &'g Record) -> Option<&'g str> {
        let is_dynamic = self.types(group).any(|name| name.eq_ignore_ascii_case(DYNAMIC));
        is_dynamic.then(|| group.text(self.rule)).flatten()
    }

    /// The rule; none while it is paused.
    fn rule_in_force<'g>(&self, group: &'g Record) -> Option<&'g str> {
        let is_on = group.text(self.processing).is_none_or(|state| state.eq_ignore_ascii_case("On"));
        self.rule(group).filter(|_| is_on)
    }

    /// What the rule says; none while it is paused.
    pub(crate) fn selection(&self, group: &Record) -> Option<Rule> {
        // It was read when the group was written.
        self.rule_in_force(group).and_then(|rule| parse(rule).ok())
    }

    /// Those for whom it makes a difference whether the one or the other group's rule is in force.
    fn touched(&self, groups: &[&Record]) -> Touched {
        let rules: Vec<Rule> = groups.iter().filter_map(|group| self.selection(group)).collect();
        match rules.iter().map(Rule::physical_ids).collect::<Option<Vec<_>>>() {
            Some(ids) => Touched::PhysicalIds(ids.into_iter().flatten().collect()),
            None => {
                let texts = groups.iter().filter_map(|group| self.rule_in_force(group));
                Touched::Selected(texts.map(Box::from).collect())
            }
        }
    }

    fn types<'g>(&self, group: &'g Record) -> impl Iterator<Item = &'g str> {
        let types = match group.get(self.types) {
            Some(Value::Collection(items)) => items.as_slice(),
            _ => &[],
        };
        types.iter().filter_map(Value::as_text)
    }
}

struct Groups {
    set: SetId,
    members: SetId,
    slots: GroupSlots,
    created: u16,
}

impl Groups {
    fn check(&self, group: &mut Record) -> Result<(), Error> {
        if let Some(unknown) = self.slots.types(group).find(|name| unknown(&TYPES, name)) {
            return Err(Error::bad_request(format!(
                "The property 'groupTypes' takes 'DynamicMembership' and 'Unified', not '{unknown}'."
            ))
            .about("groupTypes"));
        }
        if let Some(state) =
            group.text(self.slots.processing).filter(|state| unknown(&PROCESSING_STATES, state))
        {
            return Err(Error::bad_request(format!(
                "The property 'membershipRuleProcessingState' takes 'On' and 'Paused', not '{state}'."
            ))
            .about("membershipRuleProcessingState"));
        }
        let is_dynamic = self.slots.types(group).any(|name| name.eq_ignore_ascii_case(DYNAMIC));
        let rule = group.text(self.slots.rule).filter(|rule| !rule.trim().is_empty());
        match (is_dynamic, rule) {
            (true, None) => Err(Error::bad_request(
                "The property 'membershipRule' is required of a group with the type 'DynamicMembership'.",
            )
            .coded(code::PROPERTY_REQUIRED)
            .about(RULE)),
            (false, Some(_)) => Err(Error::bad_request(
                "The property 'membershipRule' is only for groups with the type 'DynamicMembership' in 'groupTypes'.",
            )
            .about(RULE)),
            (true, Some(rule)) => {
                parse(rule).map_err(|wrong| {
                    Error::bad_request(format!("The property 'membershipRule' is wrong: {wrong}.")).about(RULE)
                })?;
                if group.text(self.slots.processing).is_none() {
                    group.set(self.slots.processing, Value::String("On".into()));
                }
                Ok(())
            }
            (false, None) => Ok(()),
        }
    }
}

fn unknown(known: &[&str], name: &str) -> bool {
    !known.iter().any(|known| known.eq_ignore_ascii_case(name))
}

impl Behaviour for Groups {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        record.set(self.created, Value::DateTimeOffset(context.now));
        self.check(record)
    }

    fn before_update(&self, _: &Context<'_>, _: &Record, after: &mut Record) -> Result<(), Error> {
        self.check(after)
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        _address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let rules = [self.slots.selection(before), self.slots.selection(after.record())];
        if rules[0] == rules[1] {
            return Ok(Vec::new());
        }
        // Who was selected, and who is; among those that were added anybody may be.
        let is_by_hand = [before, after.record()].into_iter().any(|group| self.slots.rule(group).is_none());
        let touched = if is_by_hand { Touched::All } else { self.slots.touched(&[before, after.record()]) };
        Ok(vec![assessment(context, touched, Cause::Membership)])
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        let key = &address.key;
        Box::pin(async move {
            let Some(row) = context.store.get(context.tenant(), self.set, None, key).await? else {
                return Ok(Deletion::Now(Vec::new()));
            };
            let group = context.store.record(self.set, &row)?;
            let touched = match self.slots.rule(&group) {
                Some(_) => self.slots.touched(&[&group]),
                None => {
                    let parent = Some(key.clone());
                    let query = Query { parent, ..Query::all(context.tenant(), self.members, ADDED_MAX) };
                    let members = context.store.list(&query).await?;
                    Touched::Objects(members.into_iter().map(|row| row.key).collect())
                }
            };
            Ok(Deletion::Now(vec![assessment(context, touched, Cause::Membership)]))
        })
    }
}
