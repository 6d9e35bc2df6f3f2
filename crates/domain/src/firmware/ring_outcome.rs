//! What a report counts for the ring of its device: one number in the state of the device, by which a rollout is counted from an
//! index alone.

use std::collections::BTreeMap;

use store::ValueCount;

use super::rollout::{Rollout, RolloutProgress};
use super::run_state::RunState;

/// The rings that fit into the number.
const RINGS_MAX: i64 = 100;
/// The changes of rings that fit into the number, before they begin again.
const EPOCHS_MAX: i64 = 1_000;
const OUTCOMES: i64 = 10;

/// The number of a report: of a version, under rings as they were changed so often, by a device of a ring.
pub(super) fn outcome_number(version: i64, epoch: i64, ring: usize, state: RunState) -> i64 {
    let ring = i64::try_from(ring).unwrap_or(RINGS_MAX - 1).min(RINGS_MAX - 1);
    let generation = version * EPOCHS_MAX + epoch.rem_euclid(EPOCHS_MAX);
    (generation * RINGS_MAX + ring) * OUTCOMES + state as i64
}

/// The numbers of devices of a ring by what they reported.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Outcomes {
    successes: i64,
    failures: i64,
    pending: i64,
}

/// What was reported of a version, by ring.
#[derive(Clone, Debug, Default)]
pub(super) struct RingCounts(BTreeMap<usize, Outcomes>);

/// What the numbers of all reports come to for one version.
pub(super) fn count(counts: &[ValueCount], progress: &RolloutProgress) -> RingCounts {
    let mut rings: BTreeMap<usize, Outcomes> = BTreeMap::new();
    let generation = progress.version * EPOCHS_MAX + progress.epoch.rem_euclid(EPOCHS_MAX);
    for ValueCount { value, count, .. } in counts {
        let ring = value.div_euclid(OUTCOMES).rem_euclid(RINGS_MAX);
        if value.div_euclid(OUTCOMES * RINGS_MAX) != generation {
            continue;
        }
        let outcomes = rings.entry(usize::try_from(ring).unwrap_or_default()).or_default();
        let count = i64::try_from(*count).unwrap_or(i64::MAX);
        let state = usize::try_from(value.rem_euclid(OUTCOMES)).ok();
        match state.and_then(|state| RunState::ALL.get(state)) {
            Some(RunState::Success) => outcomes.successes += count,
            Some(RunState::Fail | RunState::ScriptError) => outcomes.failures += count,
            Some(RunState::Pending | RunState::Unknown) => outcomes.pending += count,
            Some(RunState::NotApplicable) | None => {}
        }
    }
    RingCounts(rings)
}

impl RingCounts {
    /// The failures of all rings.
    pub(super) fn failures(&self) -> i64 {
        self.0.values().map(|outcomes| outcomes.failures).sum()
    }

    /// Whether enough devices of a ring succeeded, and none is still at it.
    pub(super) fn is_well(&self, ring: usize, minimum_successes: i64) -> bool {
        let outcomes = self.0.get(&ring).copied().unwrap_or_default();
        outcomes.successes >= minimum_successes && outcomes.pending == 0
    }

    /// Why a rollout halts; none if it goes on.
    pub(super) fn halt_reason(
        &self,
        rollout: &Rollout,
        progress: &RolloutProgress,
        halt_after_failures: i64,
    ) -> Option<String> {
        let failures = self.failures() - progress.failures_forgiven;
        let reported = failures + self.0.values().map(|outcomes| outcomes.successes).sum::<i64>();
        let most = rollout.halt_after_failures.unwrap_or(halt_after_failures);
        if most > 0 && failures >= most {
            return Some(format!("{failures} devices failed; {most} failures halt the rollout."));
        }
        let percent = rollout.halt_after_failures_percent?;
        (failures > 0 && failures * 100 >= percent * reported)
            .then(|| format!("{failures} of {reported} devices failed; {percent} percent halt the rollout."))
    }
}

#[cfg(test)]
mod tests {
    use odata::Key;
    use store::ValueCount;

    use super::super::rollout::{Rollout, RolloutProgress};
    use super::super::run_state::RunState;
    use super::{count, outcome_number};

    fn counted(version: i64, epoch: i64, ring: usize, state: RunState, count: u64) -> ValueCount {
        ValueCount { owner: Key::parse("c"), value: outcome_number(version, epoch, ring, state), count }
    }

    #[test]
    fn only_reports_of_the_version_and_its_rings_count() {
        let progress =
            RolloutProgress { version: 3, epoch: 2, current_ring: 1, ..RolloutProgress::default() };
        let counts = [
            counted(3, 2, 1, RunState::Success, 5),
            counted(3, 2, 1, RunState::Fail, 1),
            counted(3, 2, 2, RunState::ScriptError, 1),
            counted(3, 2, 2, RunState::Pending, 7),
            counted(3, 2, 2, RunState::Success, 7),
            counted(2, 2, 1, RunState::Fail, 100),
            counted(3, 1, 1, RunState::Fail, 100),
            ValueCount { owner: Key::parse("c"), value: 0, count: 100 },
        ];
        let rings = count(&counts, &progress);
        assert_eq!(rings.failures(), 2);
        assert_eq!([5, 6].map(|least| rings.is_well(1, least)), [true, false]);
        assert!(!rings.is_well(2, 1) && !rings.is_well(3, 1));
    }

    #[test]
    fn a_rollout_halts_by_number_or_by_percent() {
        let progress = |failures_forgiven| RolloutProgress {
            version: 1,
            current_ring: 1,
            failures_forgiven,
            ..RolloutProgress::default()
        };
        let counts = [counted(1, 0, 1, RunState::Success, 6), counted(1, 0, 1, RunState::Fail, 2)];
        for (most, percent, by_default, forgiven, halts) in [
            (Some(2), None, 0, 0, true),
            (Some(3), None, 1, 0, false),
            (None, None, 2, 0, true),
            (None, None, 0, 0, false),
            (None, None, 2, 1, false),
            (None, Some(25), 0, 0, true),
            (None, Some(26), 0, 0, false),
            (None, Some(1), 0, 2, false),
        ] {
            let rollout = Rollout {
                halt_after_failures: most,
                halt_after_failures_percent: percent,
                ..Rollout::default()
            };
            let progress = progress(forgiven);
            let reason = count(&counts, &progress).halt_reason(&rollout, &progress, by_default);
            assert_eq!(reason.is_some(), halts, "{most:?} {percent:?} {by_default} {forgiven}");
        }
    }
}
