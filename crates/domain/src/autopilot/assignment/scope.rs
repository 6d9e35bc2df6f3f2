//! The devices that an assessment is about, found by tag, order or id where its scope allows, and a page at a time.

use std::collections::BTreeSet;

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::SetId;
use odata::query::{Cursor, Expression, Function, Path};
use odata::{Key, Value};
use store::{Owners, Query, Row};

use crate::assessment::{AssessmentJob, AssessmentReason, AssessmentScope};
use crate::assignment::GroupSources;
use crate::autopilot::sets::{DEVICE, DEVICES};
use crate::directory::rule::parse;
use crate::directory::{DirectoryObjects, PhysicalId};
use crate::firmware::sets::DEVICE_STATES;

/// The number of devices that are assessed in one commit: a caller's change waits some 30 ms for one.
const PAGE: u64 = 1_000;

/// Whether an assignment names a group.
pub(super) type IsConcerned<'a> = dyn Fn(&Key) -> bool + Sync + 'a;

/// A page of the devices of a scope.
pub(super) struct ScopePage {
    pub(super) rows: Vec<Row>,
    /// The key after which there are more devices; none at the end.
    pub(super) last: Option<Key>,
}

/// The condition by which the devices of a scope are found.
enum ScopeCondition {
    /// No device meets it.
    Nobody,
    /// The device with this key.
    Device(Key),
    /// The devices for which this is true.
    Devices(Expression),
    /// The devices for whose directory objects this is true.
    Objects(Expression),
    /// The devices for which this profile is intended.
    IntendedProfile(Key),
    /// The devices that have a state under this configuration.
    Configuration(Key),
    /// All devices of the tenant.
    AllDevices,
}

/// The sets and properties by which the devices of a scope are found.
pub(super) struct ScopeReader {
    identities: SetId,
    run_states: SetId,
    id: Path,
    group_tag: Path,
    purchase_order: Path,
    /// The slot of the reference to the profile that is intended for a device.
    intended_profile: u16,
}

impl ScopeReader {
    pub(super) fn new(names: &Names<'_>, intended_profile: u16) -> Result<ScopeReader, StartError> {
        Ok(ScopeReader {
            identities: names.set(DEVICES)?,
            run_states: names.set(DEVICE_STATES)?,
            id: names.id_of(names.structured(DEVICE)?)?,
            group_tag: names.path(DEVICE, "groupTag")?,
            purchase_order: names.path(DEVICE, "purchaseOrderIdentifier")?,
            intended_profile,
        })
    }

    /// The next page of the devices of a job's scope.
    pub(super) async fn page(
        &self,
        context: &Context<'_>,
        job: &AssessmentJob,
        is_concerned: &IsConcerned<'_>,
        groups: &GroupSources,
        directory: &DirectoryObjects,
    ) -> Result<ScopePage, Error> {
        let (filter, referring) = match self.condition(context, job, is_concerned, groups, directory).await? {
            ScopeCondition::Nobody => return Ok(ScopePage { rows: Vec::new(), last: None }),
            ScopeCondition::Device(key) => {
                let row = context.get(self.identities, None, &key).await?;
                return Ok(ScopePage { rows: row.into_iter().collect(), last: None });
            }
            ScopeCondition::Objects(condition) => {
                return self.page_of_objects(context, job, directory, condition).await;
            }
            ScopeCondition::Devices(condition) => (Some(condition), None),
            ScopeCondition::IntendedProfile(profile) => (None, Some((self.intended_profile, profile))),
            ScopeCondition::Configuration(configuration) => {
                return self.page_of_states(context, job, configuration).await;
            }
            ScopeCondition::AllDevices => (None, None),
        };
        let query = Query { filter, referring, ..next_page(context, self.identities, job) };
        let rows = context.list(&query).await?;
        Ok(ScopePage { last: last_of(&rows), rows })
    }

    /// The condition by which the devices of a job's scope are found.
    async fn condition(
        &self,
        context: &Context<'_>,
        job: &AssessmentJob,
        is_concerned: &IsConcerned<'_>,
        groups: &GroupSources,
        directory: &DirectoryObjects,
    ) -> Result<ScopeCondition, Error> {
        Ok(match &job.scope {
            AssessmentScope::Devices(keys) => match keys.as_slice() {
                [key] => ScopeCondition::Device(key.clone()),
                keys => ScopeCondition::Devices(self.with_ids(keys)),
            },
            AssessmentScope::DirectoryObjects(objects) => {
                ScopeCondition::Devices(self.with_ids(&registrations(context, directory, objects).await?))
            }
            AssessmentScope::Group(group)
                if !is_concerned(group) && job.reason == AssessmentReason::Membership =>
            {
                ScopeCondition::Nobody
            }
            AssessmentScope::Group(group) => match groups.rule(context, group).await? {
                Some(rule) => match rule.physical_ids() {
                    Some(ids) => ScopeCondition::Devices(self.with_physical_ids(&ids)),
                    None => ScopeCondition::Objects(groups.condition(&rule)),
                },
                None => {
                    let added = groups.members_of(context, group).await?;
                    ScopeCondition::Devices(self.with_ids(&registrations(context, directory, &added).await?))
                }
            },
            AssessmentScope::PhysicalIds(ids) => ScopeCondition::Devices(self.with_physical_ids(ids)),
            AssessmentScope::RuleDifference(rules) => ScopeCondition::Objects(difference(rules, groups)?),
            AssessmentScope::Profile(profile) => ScopeCondition::IntendedProfile(profile.clone()),
            AssessmentScope::Configuration(configuration) => {
                ScopeCondition::Configuration(configuration.clone())
            }
            AssessmentScope::AllDevices => ScopeCondition::AllDevices,
        })
    }

    /// The next page of the devices that have a state under a configuration.
    async fn page_of_states(
        &self,
        context: &Context<'_>,
        job: &AssessmentJob,
        configuration: Key,
    ) -> Result<ScopePage, Error> {
        let query = Query { parent: Some(configuration), ..next_page(context, self.run_states, job) };
        let states = context.list(&query).await?;
        let devices = states.iter().map(|state| state.key.clone()).collect();
        let all = Query::all(context.tenant(), self.identities, 1);
        let owned = context.list_each(&all, &Owners::Keys(devices)).await?;
        let rows = owned.into_iter().map(|owned| owned.row).collect();
        Ok(ScopePage { rows, last: last_of(&states) })
    }

    /// The next page of the devices whose directory objects meet a condition.
    async fn page_of_objects(
        &self,
        context: &Context<'_>,
        job: &AssessmentJob,
        directory: &DirectoryObjects,
        condition: Expression,
    ) -> Result<ScopePage, Error> {
        let set = directory.set;
        let query = Query { filter: Some(condition), ..next_page(context, set, job) };
        let objects = context.list(&query).await?;
        let mut registrations = Vec::with_capacity(objects.len());
        for object in &objects {
            registrations.extend(directory.registration(&context.store.record(set, object)?));
        }
        let all = Query::all(context.tenant(), self.identities, 1);
        let owned = context.list_each(&all, &Owners::Keys(registrations)).await?;
        let rows = owned.into_iter().map(|owned| owned.row).collect();
        Ok(ScopePage { rows, last: last_of(&objects) })
    }

    /// The condition that a device has one of these ids.
    fn with_ids(&self, keys: &[Key]) -> Expression {
        let keys = keys.iter().map(|key| Value::String(key.to_string().into())).collect();
        Expression::In(Box::new(Expression::Path(self.id.clone())), keys)
    }

    /// The condition that a device's object has one of these physical ids, told by what the device says. Each property
    /// has an index.
    fn with_physical_ids(&self, ids: &BTreeSet<Box<str>>) -> Expression {
        let contents = |wanted| {
            let contents = ids.iter().filter_map(|id| PhysicalId::of(id));
            contents.filter(|(kind, _)| *kind == wanted).map(|(_, content)| content).collect::<Vec<_>>()
        };
        let one_of = |path: &Path, contents: Vec<&str>| {
            let lower = Expression::Call(Function::ToLower, vec![Expression::Path(path.clone())]);
            let contents = contents.into_iter().map(|text| Value::String(text.into())).collect();
            Expression::In(Box::new(lower), contents)
        };
        let mut conditions = Vec::new();
        for (path, kind) in
            [(&self.group_tag, PhysicalId::GroupTag), (&self.purchase_order, PhysicalId::PurchaseOrder)]
        {
            let contents = Some(contents(kind)).filter(|contents| !contents.is_empty());
            conditions.extend(contents.map(|contents| one_of(path, contents)));
        }
        let registrations: Vec<Key> =
            contents(PhysicalId::Registration).into_iter().map(Key::parse).collect();
        if conditions.is_empty() || !registrations.is_empty() {
            conditions.push(self.with_ids(&registrations));
        }
        let either = |one, other| Expression::Or(Box::new(one), Box::new(other));
        conditions.into_iter().reduce(either).unwrap_or(Expression::Literal(Value::Boolean(false)))
    }
}

/// The registrations of objects of the directory.
async fn registrations(
    context: &Context<'_>,
    directory: &DirectoryObjects,
    objects: &[Key],
) -> Result<Vec<Key>, Error> {
    let set = directory.set;
    let query = Query::all(context.tenant(), set, 1);
    let mut registrations = Vec::with_capacity(objects.len());
    for owned in context.list_each(&query, &Owners::Keys(objects.to_vec())).await? {
        registrations.extend(directory.registration(&context.store.record(set, &owned.row)?));
    }
    Ok(registrations)
}

/// The condition that one of these rules selects a device and another does not.
fn difference(rules: &[Box<str>], groups: &GroupSources) -> Result<Expression, Error> {
    let condition = |rule: &str| match parse(rule) {
        Ok(rule) => Ok(groups.condition(&rule)),
        Err(error) => Err(store::ReadError::Corrupt(format!("the rule of an assessment: {error}")).into()),
    };
    let conditions = rules.iter().map(|rule| condition(rule)).collect::<Result<Vec<_>, Error>>()?;
    let and = |one, other| Expression::And(Box::new(one), Box::new(other));
    let not = |inner| Expression::Not(Box::new(inner));
    let differ = |one: Expression, other: Expression| {
        let (left, right) = (and(one.clone(), not(other.clone())), and(not(one), other));
        Expression::Or(Box::new(left), Box::new(right))
    };
    let nobody = Expression::Literal(Value::Boolean(false));
    Ok(conditions.into_iter().reduce(differ).unwrap_or(nobody))
}

/// The query for the next page of a set.
fn next_page(context: &Context<'_>, set: SetId, job: &AssessmentJob) -> Query {
    let after = job.after.clone().map(|key| Cursor { values: Vec::new(), key });
    Query { after, ..Query::all(context.tenant(), set, PAGE) }
}

/// The key after which there are more rows, if there may be.
fn last_of(rows: &[Row]) -> Option<Key> {
    rows.last().filter(|_| rows.len() as u64 == PAGE).map(|row| row.key.clone())
}
