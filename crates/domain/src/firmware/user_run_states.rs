//! `hardwareConfigurations/{id}/userRunStates`: how many of a user's devices are in which state. What devices report is counted
//! in the unit that stores it.

use std::collections::BTreeMap;

use engine::handlers::{Behaviour, Names, StartError};
use engine::{Collection, Context, Error, Handlers, generic};
use odata::date_time::Ticks;
use odata::edm::{SetId, TypeId};
use odata::{Key, Record, Value};
use store::{Change, Row};

use super::run_state::{Counters, RunState, RunStateValues};
use super::sets::{USER_STATE, USER_STATES};
use crate::derived_key::derived_key;

engine::slots! {
    /// Where the state of a user says whose it is, and when it changed.
    struct UserSlots of USER_STATE {
        upn,
        user_name,
        user_email,
        last_state_update_date_time,
        worst_state,
    }
}

/// Registers the behaviour of the states of users.
pub(super) fn register(names: &Names<'_>, handlers: &mut Handlers) -> Result<(), StartError> {
    let users = UserRunStates::new(names)?;
    handlers.set(users.set, users);
    Ok(())
}

/// The user that a device counts for, and the state that it counts in.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct UserShare {
    pub(super) user_principal_name: Box<str>,
    pub(super) state: RunState,
    pub(super) at: Ticks,
}

/// The states of users.
pub(super) struct UserRunStates {
    set: SetId,
    entity_type: TypeId,
    slots: UserSlots,
    counters: Counters,
    states: RunStateValues,
}

impl UserRunStates {
    pub(super) fn new(names: &Names<'_>) -> Result<UserRunStates, StartError> {
        Ok(UserRunStates {
            set: names.set(USER_STATES)?,
            entity_type: names.structured(USER_STATE)?,
            slots: UserSlots::new(names)?,
            counters: Counters::new(names, USER_STATE, "DeviceCount")?,
            states: RunStateValues::new(names)?,
        })
    }

    /// The changes of the states of users when a device of one of them goes from one state to another. A state without users
    /// counts for nobody.
    pub(super) async fn moved(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        from: Option<UserShare>,
        to: Option<UserShare>,
    ) -> Result<Vec<Change>, Error> {
        let is_counted_alike = |from: &UserShare, to: &UserShare| {
            key_of(&from.user_principal_name) == key_of(&to.user_principal_name) && from.state == to.state
        };
        match (&from, &to) {
            (Some(from), Some(to)) if is_counted_alike(from, to) => Ok(Vec::new()),
            (Some(from), Some(to))
                if key_of(&from.user_principal_name) == key_of(&to.user_principal_name) =>
            {
                let counts = [(from.state, -1), (to.state, 1)];
                self.counted(context, configuration, to, &counts).await
            }
            _ => {
                let mut changes = Vec::new();
                for (share, more) in [(&from, -1), (&to, 1)] {
                    if let Some(share) = share {
                        let counts = [(share.state, more)];
                        changes.extend(self.counted(context, configuration, share, &counts).await?);
                    }
                }
                Ok(changes)
            }
        }
    }

    /// The changes of the states of users when devices of theirs leave configurations, all in one unit.
    pub(super) async fn left(
        &self,
        context: &Context<'_>,
        shares: Vec<(Key, UserShare)>,
    ) -> Result<Vec<Change>, Error> {
        // By configuration and user.
        let mut of_users: BTreeMap<(Key, Key), Vec<UserShare>> = BTreeMap::new();
        for (configuration, share) in shares {
            let place = (configuration, key_of(&share.user_principal_name));
            of_users.entry(place).or_default().push(share);
        }
        let mut changes = Vec::new();
        for ((configuration, _), shares) in of_users {
            let counts: Vec<(RunState, i64)> = shares.iter().map(|share| (share.state, -1)).collect();
            if let Some(share) = shares.first() {
                changes.extend(self.counted(context, &configuration, share, &counts).await?);
            }
        }
        Ok(changes)
    }

    /// The changes that count devices of a user.
    async fn counted(
        &self,
        context: &Context<'_>,
        configuration: &Key,
        share: &UserShare,
        counts: &[(RunState, i64)],
    ) -> Result<Vec<Change>, Error> {
        let key = key_of(&share.user_principal_name);
        let row = context.get(self.set, Some(configuration), &key).await?;
        let mut record = match &row {
            Some(row) => context.store.record(self.set, row)?,
            None => Record::empty(self.entity_type, context.model().structured(self.entity_type).slots),
        };
        counts.iter().for_each(|(state, more)| self.counters.add(&mut record, *state, *more));
        let collection = Collection { parent: Some(configuration.clone()), ..Collection::of(self.set) };
        match (row, self.counters.is_empty(&record)) {
            (Some(row), true) => Ok(vec![self.end(configuration, row)]),
            (None, true) => Ok(Vec::new()),
            (Some(row), false) => {
                self.name(&mut record, share);
                generic::next_state(context, &collection, &row, record).await
            }
            (None, false) => {
                self.name(&mut record, share);
                generic::insertion(context, &collection, &key, record).await
            }
        }
    }

    fn name(&self, record: &mut Record, share: &UserShare) {
        let text = |text: &str| Value::String(text.into());
        record.set(self.slots.upn, text(&share.user_principal_name));
        record.set(self.slots.user_email, text(&share.user_principal_name));
        record.set(self.slots.user_name, text(&share.user_principal_name));
        record.set(self.slots.last_state_update_date_time, Value::DateTimeOffset(share.at));
    }

    fn end(&self, configuration: &Key, row: Row) -> Change {
        let parent = Some(configuration.clone());
        Change::Delete { set: self.set, parent, key: row.key, expected: row.version }
    }

    fn set_worst_state(&self, record: &mut Record) {
        let worst = self.counters.worst(record);
        record.set(self.slots.worst_state, self.states.value(worst));
    }
}

/// The key of the state of a user, always the same.
fn key_of(user_principal_name: &str) -> Key {
    derived_key(b"user run state", user_principal_name.to_lowercase().as_bytes())
}

impl Behaviour for UserRunStates {
    fn before_create(&self, _: &Context<'_>, record: &mut Record) -> Result<(), Error> {
        self.set_worst_state(record);
        Ok(())
    }

    fn before_update(&self, _: &Context<'_>, _: &Record, after: &mut Record) -> Result<(), Error> {
        self.set_worst_state(after);
        Ok(())
    }
}
