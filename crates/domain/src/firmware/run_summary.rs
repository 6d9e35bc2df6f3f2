//! `hardwareConfigurations/{id}/runSummary`: how many devices and users are in which state. It is worked out from the states
//! whenever it is read, by an index alone, so that it always equals them and no write waits for another.

use std::collections::HashMap;

use engine::handlers::{DeriveEntity, Names, StartError};
use engine::{Context, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::{Kind, Primitive, PropertyId, SetId, TypeId};
use odata::query::{Expression, OrderKey, Path};
use odata::{Key, Record, Value};
use store::Query;

use super::run_state::{Counters, RunStateValues};
use super::sets::{DEVICE_STATE, DEVICE_STATES, RUN_SUMMARY, SUMMARY, USER_STATE, USER_STATES};

/// Registers the summary.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let summary = RunSummary {
        summary: names.structured(SUMMARY)?,
        last_run: names.slot(SUMMARY, "lastRunDateTime")?,
        states: RunStateValues::new(names)?,
        counted: [
            CountedStates::new(names, [DEVICE_STATES, DEVICE_STATE, "configurationState", "DeviceCount"])?,
            CountedStates::new(names, [USER_STATES, USER_STATE, "worstState", "UserCount"])?,
        ],
    };
    handlers.derived_entity(names.set(RUN_SUMMARY)?, summary);
    Ok(())
}

struct RunSummary {
    summary: TypeId,
    last_run: u16,
    states: RunStateValues,
    counted: [CountedStates; 2],
}

/// States that are counted: those of devices, or those of users.
struct CountedStates {
    set: SetId,
    /// The property by which they are counted.
    state: PropertyId,
    counters: Counters,
    updated: Path,
    updated_slot: u16,
}

impl CountedStates {
    fn new(
        names: &Names<'_>,
        [set, entity_type, state, suffix]: [&str; 4],
    ) -> Result<CountedStates, StartError> {
        const UPDATED: &str = "lastStateUpdateDateTime";
        let state = names.path(entity_type, state)?.steps.first().map(|step| step.property);
        Ok(CountedStates {
            set: names.set(set)?,
            state: state
                .ok_or_else(|| StartError(format!("the states of '{set}' are nothing to count by")))?,
            counters: Counters::new(names, SUMMARY, suffix)?,
            updated: names.path(entity_type, UPDATED)?,
            updated_slot: names.slot(entity_type, UPDATED)?,
        })
    }

    /// When one of the states was updated last; none if none ever was.
    async fn updated(&self, context: &Context<'_>, configuration: &Key) -> Result<Option<Ticks>, Error> {
        let latest = OrderKey {
            expression: Expression::Path(self.updated.clone()),
            kind: Kind::Primitive(Primitive::DateTimeOffset),
            descending: true,
        };
        let parent = Some(configuration.clone());
        let query = Query { parent, order_by: vec![latest], ..Query::all(context.tenant(), self.set, 1) };
        let Some(row) = context.list(&query).await?.pop() else { return Ok(None) };
        match context.store.record(self.set, &row)?.get(self.updated_slot) {
            Some(Value::DateTimeOffset(at)) if at.0 > 0 => Ok(Some(*at)),
            _ => Ok(None),
        }
    }
}

impl DeriveEntity for RunSummary {
    fn entities<'a>(
        &'a self,
        context: &'a Context<'a>,
        owners: &'a [Key],
    ) -> BoxFuture<'a, Result<Vec<Record>, Error>> {
        Box::pin(async move {
            let empty = || Record::empty(self.summary, context.model().structured(self.summary).slots);
            let mut summaries: HashMap<&Key, Record> = owners.iter().map(|owner| (owner, empty())).collect();
            for counted in &self.counted {
                let (tenant, set) = (context.tenant(), counted.set);
                let counts = context.store.count_by_value(tenant, set, counted.state, owners).await?;
                for count in &counts {
                    if let Some(summary) = summaries.get_mut(&count.owner) {
                        let more = i64::try_from(count.count).unwrap_or(i64::MAX);
                        counted.counters.add(summary, self.states.of_number(count.value), more);
                    }
                }
                let mut having: Vec<&Key> = counts.iter().map(|count| &count.owner).collect();
                having.dedup();
                for owner in having {
                    let (Some(at), Some(summary)) =
                        (counted.updated(context, owner).await?, summaries.get_mut(owner))
                    else {
                        continue;
                    };
                    let at = Value::DateTimeOffset(at);
                    if summary.get(self.last_run).is_none_or(|before| is_later(&at, before)) {
                        summary.set(self.last_run, at);
                    }
                }
            }
            Ok(owners.iter().map(|owner| summaries.remove(owner).unwrap_or_else(empty)).collect())
        })
    }
}

fn is_later(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::DateTimeOffset(one), Value::DateTimeOffset(other)) => one > other,
        _ => true,
    }
}
