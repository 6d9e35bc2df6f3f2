//! What was measured, and the table that is printed of it.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::time::Duration;

use super::stage::Fault;

/// The figures of a round, or of several.
#[derive(Clone, Debug, Default)]
pub struct RoundFigures {
    /// The writes that were acknowledged, and those of which the clients never heard.
    pub acknowledged: usize,
    pub in_doubt: usize,
    /// How long each answer took.
    pub answers: Vec<Duration>,
    /// How long each server took from a primary's being there to an acknowledged write.
    pub recoveries: Vec<Duration>,
}

impl RoundFigures {
    /// The longest time that an answer took, or a recovery.
    pub fn longest(&self) -> Duration {
        longest(&self.answers).max(longest(&self.recoveries))
    }

    fn add(&mut self, other: RoundFigures) {
        self.acknowledged += other.acknowledged;
        self.in_doubt += other.in_doubt;
        self.answers.extend(other.answers);
        self.recoveries.extend(other.recoveries);
    }
}

impl Display for RoundFigures {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} acknowledged, {} in doubt, answers {:.2?} at most, recovery {:.2?} (median {:.2?})",
            self.acknowledged,
            self.in_doubt,
            longest(&self.answers),
            longest(&self.recoveries),
            median(&self.recoveries)
        )
    }
}

/// The figures of all rounds that held, by the kind of fault.
#[derive(Default)]
pub struct Figures {
    of_faults: BTreeMap<String, (usize, RoundFigures)>,
    loads: Vec<f64>,
}

impl Figures {
    pub fn note(&mut self, fault: Fault, round: RoundFigures) {
        let (rounds, sum) = self.of_faults.entry(format!("{fault:?}")).or_default();
        *rounds += 1;
        sum.add(round);
        self.loads.extend(load());
    }

    /// A line for each kind of fault, one for all, and how busy the machine was.
    pub fn table(&self) -> String {
        let mut all = (0, RoundFigures::default());
        let mut lines: Vec<String> = Vec::new();
        for (fault, (rounds, sum)) in &self.of_faults {
            lines.push(format!("{fault}, {rounds} rounds: {sum}"));
            all.0 += rounds;
            all.1.add(sum.clone());
        }
        lines.push(format!("all {} rounds: {}; none lost, none doubled", all.0, all.1));
        let least = self.loads.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.loads.iter().copied().fold(0.0, f64::max);
        lines.push(format!("the load of the machine was {least} to {most}"));
        lines.join("\n")
    }
}

/// The processes that wanted to run, on average of the last minute.
fn load() -> Option<f64> {
    let text = std::fs::read_to_string("/proc/loadavg").ok()?;
    text.split(' ').next()?.parse().ok()
}

fn longest(times: &[Duration]) -> Duration {
    times.iter().max().copied().unwrap_or_default()
}

fn median(times: &[Duration]) -> Duration {
    let mut times = times.to_vec();
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
