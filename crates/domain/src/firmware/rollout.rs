//! `hardwareConfigurations/{id}/rollout`: in which order a configuration reaches its devices, and how far it has come.

use engine::handlers::{Names, StartError};
use engine::{Context, Error};
use odata::edm::TypeId;
use odata::{Key, Record, Value};

use super::sets::ROLLOUT;
use crate::derived_key::derived_key;

const RING: &str = "muster.ring";

engine::slots! {
    /// Where a rollout says what was asked for, and how far it has come.
    pub(super) struct RolloutSlots of ROLLOUT {
        pub(super) is_atomic,
        pub(super) rings,
        pub(super) halt_after_failures,
        pub(super) halt_after_failures_percent,
        pub(super) current_ring,
        pub(super) epoch,
        pub(super) failures_forgiven,
        pub(super) halt_reason,
        pub(super) is_halted,
        pub(super) version,
    }
}

engine::slots! {
    /// Where a ring says whom it has.
    struct RingSlots of RING {
        percent,
        group_id,
        minimum_successes,
    }
}

/// How a configuration reaches its devices.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Rollout {
    /// Whether a device applies all settings or none.
    pub(crate) is_atomic: bool,
    pub(crate) rings: Vec<Ring>,
    pub(super) halt_after_failures: Option<i64>,
    pub(super) halt_after_failures_percent: Option<i64>,
    pub(super) progress: RolloutProgress,
}

/// How far a version of a configuration has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RolloutProgress {
    pub(super) version: i64,
    /// How often the rings were changed.
    pub(super) epoch: i64,
    /// The number of the last ring that has started, from 1.
    pub(super) current_ring: usize,
    pub(super) failures_forgiven: i64,
    pub(super) halt_reason: Option<Box<str>>,
    pub(super) is_halted: bool,
}

/// Some of the devices of a configuration, which have it before others.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ring {
    pub(super) members: RingMembers,
    pub(super) minimum_successes: i64,
}

/// The devices of a ring, of those that are in none before it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum RingMembers {
    /// So many in a hundred.
    Percent(i64),
    Group(Key),
}

impl Default for Rollout {
    /// What holds where nobody has said anything.
    fn default() -> Rollout {
        Rollout {
            is_atomic: true,
            rings: Vec::new(),
            halt_after_failures: None,
            halt_after_failures_percent: None,
            progress: RolloutProgress::default(),
        }
    }
}

impl Rollout {
    /// The groups that its rings name.
    pub(super) fn groups(&self) -> impl Iterator<Item = &Key> {
        self.rings.iter().filter_map(|ring| match &ring.members {
            RingMembers::Group(group) => Some(group),
            RingMembers::Percent(_) => None,
        })
    }

    /// How far this version has come: a new version starts with the first ring.
    pub(super) fn progress(&self, version: i64) -> RolloutProgress {
        match self.progress.version == version {
            true => self.progress.clone(),
            false => RolloutProgress {
                version,
                epoch: self.progress.epoch,
                current_ring: 1,
                ..RolloutProgress::default()
            },
        }
    }

    /// The number of the ring that a device is in, from 1; after the last come the devices that are in none. It is always the
    /// same, as long as its groups are.
    pub(super) fn ring_of(&self, device: &Key, is_in: impl Fn(&Key) -> bool) -> usize {
        let point = point_of(device);
        let mut percent_before = 0;
        let found = self.rings.iter().position(|ring| match &ring.members {
            RingMembers::Group(group) => is_in(group),
            RingMembers::Percent(percent) => {
                percent_before += percent;
                point < percent_before * POINTS_PER_PERCENT
            }
        });
        found.unwrap_or(self.rings.len()) + 1
    }
}

const POINTS_PER_PERCENT: i64 = 100;

/// The place of a device among all, by a hash of its id: 0 to 9,999.
fn point_of(device: &Key) -> i64 {
    let hash = derived_key(b"ring", &device.to_bytes()).to_bytes();
    let number = hash.iter().rev().take(7).fold(0, |number: i64, byte| number << 8 | i64::from(*byte));
    number % (100 * POINTS_PER_PERCENT)
}

/// The reader of rollouts.
pub(super) struct Rollouts {
    pub(super) slots: RolloutSlots,
    ring: RingSlots,
    entity_type: TypeId,
}

impl Rollouts {
    pub(super) fn new(names: &Names<'_>) -> Result<Rollouts, StartError> {
        Ok(Rollouts {
            slots: RolloutSlots::new(names)?,
            ring: RingSlots::new(names)?,
            entity_type: names.structured(ROLLOUT)?,
        })
    }

    /// A rollout of which nobody has said anything.
    pub(super) fn empty(&self, context: &Context<'_>) -> Record {
        Record::empty(self.entity_type, context.model().structured(self.entity_type).slots)
    }

    /// Reads what is stored.
    pub(super) fn read(&self, record: &Record) -> Rollout {
        let slots = &self.slots;
        let number = |slot| match record.get(slot) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let rings = match record.get(slots.rings) {
            Some(Value::Collection(rings)) => rings.iter().filter_map(|ring| self.ring(ring)).collect(),
            _ => Vec::new(),
        };
        Rollout {
            is_atomic: record.get(slots.is_atomic) != Some(&Value::Boolean(false)),
            rings,
            halt_after_failures: number(slots.halt_after_failures),
            halt_after_failures_percent: number(slots.halt_after_failures_percent),
            progress: RolloutProgress {
                version: number(slots.version).unwrap_or(0),
                epoch: number(slots.epoch).unwrap_or(0),
                current_ring: number(slots.current_ring).and_then(|ring| ring.try_into().ok()).unwrap_or(0),
                failures_forgiven: number(slots.failures_forgiven).unwrap_or(0),
                halt_reason: record.text(slots.halt_reason).map(Box::from),
                is_halted: record.get(slots.is_halted) == Some(&Value::Boolean(true)),
            },
        }
    }

    fn ring(&self, ring: &Value) -> Option<Ring> {
        let Value::Complex(ring) = ring else { return None };
        let number = |slot| match ring.get(slot) {
            Some(Value::Int(number)) => Some(*number),
            _ => None,
        };
        let group = ring.text(self.ring.group_id).map(|group| RingMembers::Group(Key::parse(group)));
        let members = number(self.ring.percent).map(RingMembers::Percent).or(group)?;
        Some(Ring { members, minimum_successes: number(self.ring.minimum_successes).unwrap_or(1) })
    }

    /// Writes how far it has come.
    pub(super) fn write(&self, record: &mut Record, progress: &RolloutProgress) {
        let slots = &self.slots;
        let reason = progress.halt_reason.clone().map_or(Value::Null, Value::String);
        record.set(slots.version, Value::Int(progress.version));
        record.set(slots.epoch, Value::Int(progress.epoch));
        record.set(slots.current_ring, Value::Int(progress.current_ring.try_into().unwrap_or(0)));
        record.set(slots.failures_forgiven, Value::Int(progress.failures_forgiven));
        record.set(slots.halt_reason, reason);
        record.set(slots.is_halted, Value::Boolean(progress.is_halted));
    }

    /// Refuses rings that say nothing, or too much.
    pub(super) fn check(&self, record: &Record) -> Result<(), Error> {
        let wrong = |property: &str, message: String| {
            Err(Error::bad_request(message).coded(odata::code::INVALID_VALUE).about(property))
        };
        for (name, slot, most) in [
            ("haltAfterFailures", self.slots.halt_after_failures, i64::from(i32::MAX)),
            ("haltAfterFailuresPercent", self.slots.halt_after_failures_percent, 100),
        ] {
            if let Some(Value::Int(number)) = record.get(slot)
                && !(1..=most).contains(number)
            {
                return wrong(name, format!("The property '{name}' is between 1 and {most}, not {number}."));
            }
        }
        let Some(Value::Collection(rings)) = record.get(self.slots.rings) else { return Ok(()) };
        let mut percent_of_all = 0;
        for (at, ring) in rings.iter().enumerate() {
            let Value::Complex(ring) = ring else { continue };
            let name = format!("rings/{at}");
            let group = ring.text(self.ring.group_id).filter(|group| !group.trim().is_empty());
            match (ring.get(self.ring.percent), group) {
                (Some(Value::Int(percent)), None) if (1..=100).contains(percent) => percent_of_all += percent,
                (Some(Value::Int(percent)), None) => {
                    return wrong(
                        &name,
                        format!("The 'percent' of a ring is between 1 and 100, not {percent}."),
                    );
                }
                (Some(Value::Int(_)), Some(_)) | (_, None) => {
                    return wrong(&name, "A ring has either 'percent' or 'groupId'.".to_owned());
                }
                (_, Some(_)) => {}
            }
            if let Some(Value::Int(least)) = ring.get(self.ring.minimum_successes)
                && *least < 1
            {
                return wrong(&name, format!("The 'minimumSuccesses' of a ring is at least 1, not {least}."));
            }
        }
        match percent_of_all > 100 {
            true => {
                wrong("rings", format!("The rings have {percent_of_all} percent of the devices together."))
            }
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;

    use super::{Ring, RingMembers, Rollout};

    fn rollout(members: Vec<RingMembers>) -> Rollout {
        let ring = |members| Ring { members, minimum_successes: 1 };
        Rollout { rings: members.into_iter().map(ring).collect(), ..Rollout::default() }
    }

    #[test]
    fn percents_are_shares_of_all_devices() {
        let rollout = rollout(vec![RingMembers::Percent(5), RingMembers::Percent(20)]);
        let mut devices = [0_i32; 4];
        for _ in 0..20_000 {
            devices[rollout.ring_of(&Key::new(), |_| false)] += 1;
        }
        for (ring, expected) in [(1, 1_000), (2, 4_000), (3, 15_000)] {
            assert!((devices[ring] - expected).abs() < 300, "ring {ring}: {devices:?}");
        }
    }

    #[test]
    fn a_device_is_always_in_the_same_ring() {
        let key = Key::parse("0f6c1f57-7a5c-4b3c-9c40-6f7d2ac61d7e");
        let group = Key::parse("g");
        let by_group = rollout(vec![RingMembers::Group(group.clone()), RingMembers::Percent(100)]);
        assert_eq!(by_group.ring_of(&key, |known| *known == group), 1);
        assert_eq!(by_group.ring_of(&key, |_| false), 2);
        let by_percent: Vec<usize> = [1, 50, 100]
            .map(|percent| rollout(vec![RingMembers::Percent(percent)]).ring_of(&key, |_| false))
            .into();
        assert_eq!(by_percent, [2, 2, 1]);
        assert_eq!(rollout(Vec::new()).ring_of(&key, |_| false), 1);
    }
}
