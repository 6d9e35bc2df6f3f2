//! `groups`: the rules that a group's properties keep, and the assessments that follow a change of its members.

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers, code};
use futures_util::future::BoxFuture;
use odata::edm::SetId;
use odata::payload::Valid;
use odata::{Key, Record, Value};
use store::{Change, Query};

use super::group_slots::{DYNAMIC, GroupSlots};
use super::rule::parse;
use super::sets::{ADDED_MEMBERS_MAX, GROUP, GROUPS, MEMBERS};
use crate::assessment::{AssessmentReason, AssessmentScope, assessment};

/// The property that holds the rule.
const RULE: &str = "membershipRule";
const TYPES: [&str; 2] = [DYNAMIC, "Unified"];
const PROCESSING_STATES: [&str; 2] = ["On", "Paused"];

/// Registers the behaviour of `groups`.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let groups = Groups {
        set: names.whole_path(GROUPS)?,
        members: names.whole_path(MEMBERS)?,
        slots: GroupSlots::new(names)?,
        created: names.slot(GROUP, "createdDateTime")?,
    };
    handlers.set(groups.set, groups);
    Ok(())
}

struct Groups {
    set: SetId,
    members: SetId,
    slots: GroupSlots,
    created: u16,
}

impl Groups {
    /// Checks what a group says of its members, and completes it.
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
        let is_dynamic = self.slots.is_dynamic(group);
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
                parse(rule).map_err(|error| {
                    Error::bad_request(format!("The property 'membershipRule' is wrong: {error}.")).about(RULE)
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

    fn beside_create(&self, context: &Context<'_>, key: &Key, _entity: &Valid) -> Result<Vec<Change>, Error> {
        // Its creator may have chosen an id that profiles are assigned to already.
        let scope = AssessmentScope::Group(key.clone());
        Ok(vec![assessment(context, scope, AssessmentReason::Membership)?])
    }

    fn beside_update(
        &self,
        context: &Context<'_>,
        _address: &EntityAddress,
        before: &Record,
        after: &Valid,
    ) -> Result<Vec<Change>, Error> {
        let groups = [before, after.record()];
        let rules = groups.map(|group| self.slots.parsed_rule(group));
        if rules[0] == rules[1] {
            return Ok(Vec::new());
        }
        // Among those that were added any device may be.
        let has_added = groups.into_iter().any(|group| self.slots.rule(group).is_none());
        let scope = if has_added { AssessmentScope::AllDevices } else { self.slots.rule_difference(&groups) };
        Ok(vec![assessment(context, scope, AssessmentReason::Membership)?])
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        let key = &address.key;
        Box::pin(async move {
            let Some(row) = context.get(self.set, None, key).await? else {
                return Ok(Deletion::Now(Vec::new()));
            };
            let group = context.store.record(self.set, &row)?;
            if self.slots.rule(&group).is_some() {
                let scope = self.slots.rule_difference(&[&group]);
                return Ok(Deletion::Now(vec![assessment(context, scope, AssessmentReason::Membership)?]));
            }
            let since = context.store.journal_newest(context.tenant()).await?;
            let parent = Some(key.clone());
            let query = Query { parent, ..Query::all(context.tenant(), self.members, ADDED_MEMBERS_MAX) };
            let members = context.list(&query).await?.into_iter().map(|row| row.key);
            let scope = AssessmentScope::DirectoryObjects(members.collect());
            let assessment = assessment(context, scope, AssessmentReason::Membership)?;
            Ok(Deletion::Now(vec![assessment, Change::Unchanged { set: self.members, since }]))
        })
    }
}
