//! `hardwareConfigurations/{id}/deviceRunStates`: how a configuration fared on each device. Whoever writes one, what it counts
//! for its user is written with it.

use std::sync::Arc;

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::Change;

use super::ring_outcome::outcome_number;
use super::rollouts::advance;
use super::run_state::RunStateValues;
use super::sets::{DEVICE_STATE, DEVICE_STATES};
use super::user_run_states::{UserRunStates, UserShare};
use super::winners::{RingPlace, Winners};

engine::slots! {
    /// Where the state of a device says what was reported, and for whom it counts.
    pub(super) struct DeviceStateSlots of DEVICE_STATE {
        pub(super) configuration_state,
        pub(super) configuration_output,
        pub(super) configuration_error,
        pub(super) internal_version,
        pub(super) last_state_update_date_time,
        pub(super) device_name,
        pub(super) os_version,
        pub(super) upn,
        pub(super) user_id,
        ring_outcome,
    }
}

/// Registers the behaviour of the states of devices.
pub(super) fn register(
    names: &Names<'_>,
    handlers: &mut Handlers,
    winners: Arc<Winners>,
) -> Result<(), StartError> {
    let states = DeviceRunStates::new(names, winners)?;
    handlers.set(states.set, states);
    Ok(())
}

/// The states of devices.
pub(super) struct DeviceRunStates {
    pub(super) set: SetId,
    pub(super) slots: DeviceStateSlots,
    pub(super) states: RunStateValues,
    users: UserRunStates,
    winners: Arc<Winners>,
}

impl DeviceRunStates {
    pub(super) fn new(names: &Names<'_>, winners: Arc<Winners>) -> Result<DeviceRunStates, StartError> {
        Ok(DeviceRunStates {
            set: names.set(DEVICE_STATES)?,
            slots: DeviceStateSlots::new(names)?,
            states: RunStateValues::new(names)?,
            users: UserRunStates::new(names)?,
            winners,
        })
    }

    /// What a state counts for a user; none if it names none.
    fn share(&self, state: &Record) -> Option<UserShare> {
        let user = state.text(self.slots.upn).filter(|user| !user.trim().is_empty())?;
        let at = match state.get(self.slots.last_state_update_date_time) {
            Some(Value::DateTimeOffset(at)) => *at,
            _ => Ticks(0),
        };
        let state = self.states.state(state, self.slots.configuration_state);
        Some(UserShare { user_principal_name: user.into(), state, at })
    }

    /// Says in a state what it counts for the ring of its device, and gives the job that looks at the rings.
    async fn counted_in_ring(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        device: &Key,
        state: &mut Record,
    ) -> Result<Option<Change>, Error> {
        let ring = self.winners.ring(context, configuration, device).await?;
        let number = ring.as_ref().map_or(0, |RingPlace { ring, epoch }| {
            let version = match state.get(self.slots.internal_version) {
                Some(Value::Int(version)) => *version,
                _ => 0,
            };
            outcome_number(version, *epoch, *ring, self.states.state(state, self.slots.configuration_state))
        });
        let before = state.get(self.slots.ring_outcome).cloned();
        state.set(self.slots.ring_outcome, Value::Int(number));
        let is_news = ring.is_some() && before != Some(Value::Int(number));
        Ok(is_news.then(|| advance(context, configuration)))
    }

    /// The changes that the end of states brings for their users, each given with its configuration.
    pub(super) async fn ended(
        &self,
        context: &Context<'_>,
        ended: impl IntoIterator<Item = (&Key, &Record)>,
    ) -> Result<Vec<Change>, Error> {
        let share =
            |(configuration, state): (&Key, &Record)| Some((configuration.clone(), self.share(state)?));
        let shares = ended.into_iter().filter_map(share).collect();
        self.users.left(context, shares).await
    }
}

impl Behaviour for DeviceRunStates {
    fn before_create(&self, context: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        if record.get(self.slots.last_state_update_date_time).is_none() {
            record.set(self.slots.last_state_update_date_time, Value::DateTimeOffset(context.now));
        }
        Ok(())
    }

    fn admit<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
        before: Option<&'a Record>,
        next: &'a mut Record,
    ) -> BoxFuture<'a, Result<Vec<Change>, Error>> {
        Box::pin(async move {
            let configuration = configuration_of(address)?;
            let (from, to) = (before.and_then(|before| self.share(before)), self.share(next));
            let mut changes = self.users.moved(context, configuration, from, to).await?;
            changes.extend(self.counted_in_ring(context, configuration, &address.key, next).await?);
            Ok(changes)
        })
    }

    fn delete<'a>(
        &'a self,
        context: &'a Context<'a>,
        address: &'a EntityAddress,
    ) -> BoxFuture<'a, Result<Deletion, Error>> {
        Box::pin(async move {
            let Some(row) = context.row(address).await? else { return Ok(Deletion::Now(Vec::new())) };
            let state = context.store.record(self.set, &row)?;
            Ok(Deletion::Now(self.ended(context, [(configuration_of(address)?, &state)]).await?))
        })
    }
}

/// The configuration that an address is below.
fn configuration_of(address: &EntityAddress) -> Result<&Key, Error> {
    let configuration = address.collection.parent.as_ref();
    configuration.ok_or_else(|| Error::defect("a run state belongs to no configuration"))
}
