//! `hardwareConfigurations/{id}/deviceRunStates`: how a configuration fared on each device. Whoever writes one, what it counts
//! for its user is written with it.

use engine::handlers::{Behaviour, Deletion, Names, StartError};
use engine::{Context, EntityAddress, Error, Handlers};
use futures_util::future::BoxFuture;
use odata::date_time::Ticks;
use odata::edm::SetId;
use odata::{Key, Record, Value};
use store::Change;

use super::run_state::RunStateValues;
use super::sets::{DEVICE_STATE, DEVICE_STATES};
use super::user_run_states::{UserRunStates, UserShare};

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
        pub(super) assignment_filter_ids,
    }
}

/// Registers the behaviour of the states of devices.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let states = DeviceRunStates::new(names)?;
    handlers.set(states.set, states);
    Ok(())
}

/// The states of devices.
pub(super) struct DeviceRunStates {
    pub(super) set: SetId,
    pub(super) slots: DeviceStateSlots,
    pub(super) states: RunStateValues,
    users: UserRunStates,
}

impl DeviceRunStates {
    pub(super) fn new(names: &Names<'_>) -> Result<DeviceRunStates, StartError> {
        Ok(DeviceRunStates {
            set: names.set(DEVICE_STATES)?,
            slots: DeviceStateSlots::new(names)?,
            states: RunStateValues::new(names)?,
            users: UserRunStates::new(names)?,
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

    /// The changes that the end of a state brings for its user.
    pub(super) async fn ended(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        state: &Record,
    ) -> Result<Vec<Change>, Error> {
        self.users.moved(context, configuration, self.share(state), None).await
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
            self.users.moved(context, configuration, from, to).await
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
            Ok(Deletion::Now(self.ended(context, configuration_of(address)?, &state).await?))
        })
    }
}

/// The configuration that an address is below.
fn configuration_of(address: &EntityAddress) -> Result<&Key, Error> {
    let configuration = address.collection.parent.as_ref();
    configuration.ok_or_else(|| Error::defect("a run state belongs to no configuration"))
}
