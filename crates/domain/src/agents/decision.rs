//! What a check-in comes to: whether the configuration is delivered, and the state that it is in on the device.

use check_in::{ConfigurationVersion, ReportedOutcome, RunReport};
use engine::Error;

use crate::firmware::run_state::RunState;

/// What decides about a device to which a configuration is meant to go.
pub(super) struct Situation<'a> {
    /// The configuration that is meant for it, in its version now.
    pub(super) meant: &'a ConfigurationVersion,
    /// Whether the device can take a configuration of its format.
    pub(super) is_applicable: bool,
    /// The configuration that it applied last.
    pub(super) applied: Option<&'a ConfigurationVersion>,
    /// What it says became of that, if it has not said so before.
    pub(super) run: Option<&'a RunReport>,
    /// Whether settings wait for a restart.
    pub(super) is_reboot_pending: bool,
    /// The state that the configuration was in.
    pub(super) state: RunState,
    /// Whether attributes changed since the run that the device spoke of last.
    pub(super) is_changed: bool,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DeliveryDecision {
    /// Whether the configuration is delivered.
    pub(super) delivers: bool,
    /// The state that it is in.
    pub(super) state: RunState,
}

const DELIVERY: DeliveryDecision = DeliveryDecision { delivers: true, state: RunState::Pending };

impl Situation<'_> {
    /// Decides. `agrees` says whether the attributes have the values of the configuration, which tells success only after a run
    /// in which nothing was refused. It is asked if one of both changed, or if the configuration is on its way; there is no
    /// answer if its file cannot be read.
    pub(super) fn decide(
        &self,
        agrees: impl FnOnce() -> Result<Option<bool>, Error>,
    ) -> Result<DeliveryDecision, Error> {
        let stays = |state| Ok(DeliveryDecision { delivers: false, state });
        if !self.is_applicable {
            return stays(RunState::NotApplicable);
        }
        if self.applied != Some(self.meant) {
            return Ok(DELIVERY);
        }
        if let Some(run) = self.run {
            return match state_of(run, self.is_reboot_pending) {
                // It was so when the run ended; something has changed since.
                RunState::Success if self.is_changed && agrees()? == Some(false) => Ok(DELIVERY),
                state => stays(state),
            };
        }
        match self.state {
            // Nothing was ever said of it.
            RunState::Unknown | RunState::NotApplicable => Ok(DELIVERY),
            _ if self.is_reboot_pending => stays(self.state),
            // What was refused may be taken now; until then it stays refused.
            RunState::Fail | RunState::ScriptError => {
                Ok(DeliveryDecision { delivers: true, state: self.state })
            }
            RunState::Success if !self.is_changed => stays(self.state),
            RunState::Success | RunState::Pending => match agrees()? {
                Some(true) => stays(RunState::Success),
                Some(false) => Ok(DELIVERY),
                None => stays(self.state),
            },
        }
    }
}

/// The state that a report puts a configuration in.
fn state_of(run: &RunReport, is_reboot_pending: bool) -> RunState {
    let has = |outcome| run.results.iter().any(|result| result.outcome == outcome);
    if run.error.is_some() {
        RunState::ScriptError
    } else if has(ReportedOutcome::Refused) {
        RunState::Fail
    } else if is_reboot_pending || has(ReportedOutcome::NeedsReboot) {
        RunState::Pending
    } else {
        RunState::Success
    }
}

/// The first thing that went wrong in a run; none if nothing did.
pub(super) fn first_error(run: &RunReport) -> Option<String> {
    if let Some(error) = &run.error {
        return Some(error.clone());
    }
    let refused = run.results.iter().find(|result| result.outcome == ReportedOutcome::Refused)?;
    let reason = refused.reason.as_deref().unwrap_or("refused");
    Some(format!("{}: {reason}", refused.name))
}

#[cfg(test)]
mod tests {
    use check_in::{ConfigurationVersion, ReportedOutcome, ReportedSetting, RunReport};

    use super::{DeliveryDecision, Situation, first_error};
    use crate::firmware::run_state::RunState;

    fn run(outcomes: &[ReportedOutcome]) -> RunReport {
        let result = |outcome: &ReportedOutcome| ReportedSetting {
            name: "WakeOnLan".into(),
            outcome: *outcome,
            reason: (*outcome == ReportedOutcome::Refused).then(|| "read-only-now".into()),
        };
        let results = outcomes.iter().map(result).collect();
        RunReport { attributes_digest: String::new(), results, error: None }
    }

    #[test]
    fn each_situation_has_its_state() {
        use ReportedOutcome::{Already, Changed, NeedsReboot, Refused};
        use RunState::{Fail, NotApplicable, Pending, ScriptError, Success, Unknown};
        let version = |version| ConfigurationVersion { id: "c".into(), version };
        let (meant, older) = (version(2), version(1));
        let broken = RunReport { error: Some("line 1".into()), ..RunReport::default() };
        let situation = Situation {
            meant: &meant,
            is_applicable: true,
            applied: Some(&meant),
            run: None,
            is_reboot_pending: false,
            state: Success,
            is_changed: false,
        };
        type Case<'a> = (&'a str, Situation<'a>, Option<bool>, (bool, RunState));
        let runs = [run(&[Already, Changed]), run(&[Changed, NeedsReboot]), run(&[Already, Refused]), broken];
        let cases: Vec<Case<'_>> = vec![
            (
                "another vendor",
                Situation { is_applicable: false, applied: None, ..situation },
                None,
                (false, NotApplicable),
            ),
            ("new", Situation { applied: None, state: Unknown, ..situation }, None, (true, Pending)),
            ("a newer version", Situation { applied: Some(&older), ..situation }, None, (true, Pending)),
            (
                "done, and undone since",
                Situation { run: Some(&runs[0]), is_changed: true, state: Pending, ..situation },
                Some(false),
                (true, Pending),
            ),
            ("done", Situation { run: Some(&runs[0]), state: Pending, ..situation }, None, (false, Success)),
            (
                "done, with a restart to come",
                Situation { run: Some(&runs[0]), is_reboot_pending: true, ..situation },
                None,
                (false, Pending),
            ),
            ("one needs a restart", Situation { run: Some(&runs[1]), ..situation }, None, (false, Pending)),
            ("one is refused", Situation { run: Some(&runs[2]), ..situation }, None, (false, Fail)),
            ("no file", Situation { run: Some(&runs[3]), ..situation }, None, (false, ScriptError)),
            ("nothing new", Situation { ..situation }, None, (false, Success)),
            ("refused, and tried again", Situation { state: Fail, ..situation }, None, (true, Fail)),
            (
                "no file, and tried again",
                Situation { state: ScriptError, ..situation },
                None,
                (true, ScriptError),
            ),
            ("drifted", Situation { is_changed: true, ..situation }, Some(false), (true, Pending)),
            ("changed elsewhere", Situation { is_changed: true, ..situation }, Some(true), (false, Success)),
            (
                "a restart is to come",
                Situation { is_reboot_pending: true, is_changed: true, state: Pending, ..situation },
                None,
                (false, Pending),
            ),
            ("restarted", Situation { state: Pending, ..situation }, Some(true), (false, Success)),
            ("restarted in vain", Situation { state: Pending, ..situation }, Some(false), (true, Pending)),
            ("it can be set now", Situation { state: NotApplicable, ..situation }, None, (true, Pending)),
        ];
        for (name, situation, agrees, (delivers, state)) in cases {
            let decided =
                situation.decide(|| Ok(Some(agrees.unwrap_or_else(|| panic!("{name}: asked in vain")))));
            assert_eq!(decided.unwrap(), DeliveryDecision { delivers, state }, "{name}");
        }
    }

    #[test]
    fn the_first_error_is_that_of_the_file_or_else_of_a_setting() {
        let refused = run(&[ReportedOutcome::Changed, ReportedOutcome::Refused]);
        assert_eq!(first_error(&refused).as_deref(), Some("WakeOnLan: read-only-now"));
        let file = RunReport { error: Some("line 1".into()), ..refused };
        assert_eq!(first_error(&file).as_deref(), Some("line 1"));
        assert_eq!(first_error(&run(&[ReportedOutcome::Changed])), None);
    }
}
